"""Authorize (1.6 §4.1) and the idTagInfo of every answer about a tag (1.6 §7.29)."""

from typing import Literal

from voltaro.domain.authorization import (
    AUTHORIZE,
    Authorization,
    AuthorizationStatus,
    ClearCache,
    TokenPresented,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire

_STATUS: dict[
    AuthorizationStatus, Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
] = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.NO_CREDIT: "Blocked",
    AuthorizationStatus.UNKNOWN: "Invalid",
}
#: parentIdTag is an idTag: CiString20.
_LONGEST_TAG = 20


def write_id_tag_info(authorization: Authorization) -> wire.IdTagInfo:
    """A group that 1.6 cannot spell is left out."""
    group = authorization.group_token
    expires_at = authorization.expires_at
    return wire.IdTagInfo(
        status=_STATUS[authorization.status],
        parent_id_tag=group if group and len(group) <= _LONGEST_TAG else None,
        expiry_date=write_moment(expires_at) if expires_at else None,
    )


def _read(req: wire.AuthorizeRequest, origin: Origin) -> TokenPresented:
    at = origin.received_at
    return TokenPresented(
        station_id=origin.station_id, at=at, received_at=at, token=origin.token(req.id_tag)
    )


def _write(reply: Authorization) -> wire.AuthorizeResponse:
    return wire.AuthorizeResponse(id_tag_info=write_id_tag_info(reply))


ROUTES = (Route("Authorize", wire.AuthorizeRequest, _read, AUTHORIZE, _write),)

CALLS = (CallRoute(request=wire.ClearCacheRequest, response=wire.ClearCacheResponse),)
COMMANDS = (CommandRoute(ClearCache, single(lambda _command: wire.ClearCacheRequest())),)
