"""Authorize (C01) and the idTokenInfo of every answer about a token."""

from typing import Literal

from voltaro.domain.authorization import (
    AUTHORIZE,
    Authorization,
    AuthorizationStatus,
    TokenPresented,
)
from voltaro.domain.ids import IdToken
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_STATUS: dict[
    AuthorizationStatus,
    Literal["Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "Unknown"],
] = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.NO_CREDIT: "NoCredit",
    AuthorizationStatus.UNKNOWN: "Unknown",
}
#: idToken is an identifierString of at most 36 characters in 2.0.1.
_LONGEST_TOKEN = 36


def read_token(token: wire.IdTokenType, origin: Origin) -> IdToken:
    return origin.token(token.id_token, token.type)


def write_token_info(authorization: Authorization) -> wire.IdTokenInfoType:
    """Group ids are given out by us, hence of type Central; one too long for 2.0.1 is left out."""
    group = authorization.group_token
    expires_at = authorization.expires_at
    return wire.IdTokenInfoType(
        status=_STATUS[authorization.status],
        cache_expiry_date_time=write_moment(expires_at) if expires_at else None,
        group_id_token=(
            wire.IdTokenType(id_token=group, type="Central")
            if group and len(group) <= _LONGEST_TOKEN
            else None
        ),
    )


def _read(req: wire.AuthorizeRequest, origin: Origin) -> TokenPresented:
    at = origin.received_at
    return TokenPresented(
        station_id=origin.station_id, at=at, received_at=at, token=read_token(req.id_token, origin)
    )


def _write(reply: Authorization) -> wire.AuthorizeResponse:
    return wire.AuthorizeResponse(id_token_info=write_token_info(reply))


ROUTES = (Route("Authorize", wire.AuthorizeRequest, _read, AUTHORIZE, _write),)
