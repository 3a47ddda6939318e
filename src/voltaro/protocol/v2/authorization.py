"""Authorize (C01), ClearCache (C11), and how tokens and what we think of them are written."""

from typing import Literal

from voltaro.domain.authorization import (
    AUTHORIZE,
    Authorization,
    AuthorizationStatus,
    ClearCache,
    TokenPresented,
)
from voltaro.domain.ids import IdToken
from voltaro.protocol.commands import CallRoute, CommandRoute, single
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
#: idToken is an identifierString of at most 36 characters in 2.0.1, and of 255 in 2.1.
LONGEST_TOKEN = 36
LONGEST_TOKEN_21 = 255
#: IdTokenEnumType of 2.0.1; in 2.1 any text will do.
TOKEN_TYPES_201 = frozenset(
    {
        *("Central", "eMAID", "ISO14443", "ISO15693"),
        *("KeyCode", "Local", "MacAddress", "NoAuthorization"),
    }
)
#: What nearly all readers read, for a token that was registered without a type.
_USUAL_TYPE = "ISO14443"


def read_token(token: wire.IdTokenType, origin: Origin) -> IdToken:
    return origin.token(token.id_token, token.type)


def write_token(token: IdToken) -> wire.IdTokenType:
    """As stations know it; one of no type is what a reader of cards would tell."""
    return wire.IdTokenType(id_token=token.value, type=token.type or _USUAL_TYPE)


def write_group(group: str) -> wire.IdTokenType:
    """Group ids are given out by us, hence of type Central."""
    return wire.IdTokenType(id_token=group, type="Central")


def write_token_info(
    authorization: Authorization, longest: int = LONGEST_TOKEN
) -> wire.IdTokenInfoType:
    """A group of more than `longest` characters is left out."""
    group = authorization.group_token
    expires_at = authorization.expires_at
    return wire.IdTokenInfoType(
        status=_STATUS[authorization.status],
        cache_expiry_date_time=write_moment(expires_at) if expires_at else None,
        group_id_token=(write_group(group) if group and len(group) <= longest else None),
    )


def _read(req: wire.AuthorizeRequest, origin: Origin) -> TokenPresented:
    at = origin.received_at
    return TokenPresented(
        station_id=origin.station_id, at=at, received_at=at, token=read_token(req.id_token, origin)
    )


def _write(reply: Authorization) -> wire.AuthorizeResponse:
    return wire.AuthorizeResponse(id_token_info=write_token_info(reply))


def _write_21(reply: Authorization) -> wire.AuthorizeResponse:
    return wire.AuthorizeResponse(id_token_info=write_token_info(reply, LONGEST_TOKEN_21))


ROUTES = (Route("Authorize", wire.AuthorizeRequest, _read, AUTHORIZE, _write),)
ROUTES_21 = (Route("Authorize", wire.AuthorizeRequest, _read, AUTHORIZE, _write_21),)

CALLS = (CallRoute(request=wire.ClearCacheRequest, response=wire.ClearCacheResponse),)
COMMANDS = (CommandRoute(ClearCache, single(lambda _command: wire.ClearCacheRequest())),)
