"""SendLocalList (1.6 §5.15) and GetLocalListVersion (1.6 §5.10)."""

from typing import Final

from voltaro.domain.authorization import Authorization, AuthorizationStatus
from voltaro.domain.ids import IdToken
from voltaro.domain.local_list import (
    GetLocalListVersion,
    ListAnswered,
    ListEntry,
    ListSent,
    LocalListChanged,
    SendLocalList,
    Update,
    Verdict,
    VersionReported,
)
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    ask,
)
from voltaro.protocol.list_sending import sending
from voltaro.protocol.moments import parse_moment
from voltaro.protocol.rpc import clean
from voltaro.protocol.v16.authorization import write_id_tag_info
from voltaro.protocol.wire import v16 as wire

_LONGEST_TAG: Final = 20
_UPDATE: Final[dict[Update, wire.SendLocalListRequestUpdateType]] = {
    Update.FULL: "Full",
    Update.DIFFERENTIAL: "Differential",
}
_VERDICT: Final = {
    "Accepted": Verdict.ACCEPTED,
    "NotSupported": Verdict.NOT_SUPPORTED,
    "VersionMismatch": Verdict.VERSION_MISMATCH,
}
_STATUS: Final = {
    "Accepted": AuthorizationStatus.ACCEPTED,
    "Blocked": AuthorizationStatus.BLOCKED,
    "Expired": AuthorizationStatus.EXPIRED,
    "Invalid": AuthorizationStatus.INVALID,
    "ConcurrentTx": AuthorizationStatus.CONCURRENT_TX,
}


def _send(
    version: int, update: Update, entries: list[wire.AuthorizationData]
) -> wire.SendLocalListRequest:
    return wire.SendLocalListRequest(
        list_version=version,
        update_type=_UPDATE[update],
        local_authorization_list=entries or None,
    )


def _write(entry: ListEntry) -> wire.AuthorizationData:
    known = entry.authorization
    return wire.AuthorizationData(
        id_tag=entry.token.value, id_tag_info=write_id_tag_info(known) if known else None
    )


def _read(data: wire.AuthorizationData) -> ListEntry:
    return ListEntry(IdToken(clean(data.id_tag)[0]), _read_info(data.id_tag_info))


def _read_info(tag: wire.IdTagInfo | None) -> Authorization | None:
    if tag is None:
        return None
    return Authorization(
        _STATUS[tag.status],
        group_token=clean(tag.parent_id_tag)[0] if tag.parent_id_tag else None,
        expires_at=parse_moment(tag.expiry_date) if tag.expiry_date else None,
    )


def _sent(req: wire.SendLocalListRequest, target: Target) -> tuple[LocalListChanged, ...]:
    step = ListSent(version=req.list_version, at=target.at)
    return (LocalListChanged(target.station_id, step),)


def _answered(
    req: wire.SendLocalListRequest, res: wire.SendLocalListResponse | None, target: Target
) -> tuple[LocalListChanged, ...]:
    step = ListAnswered(
        version=req.list_version,
        update=Update.FULL if req.update_type == "Full" else Update.DIFFERENTIAL,
        entries=tuple(_read(each) for each in req.local_authorization_list or ()),
        verdict=_VERDICT.get(res.status, Verdict.FAILED) if res else Verdict.FAILED,
    )
    return (LocalListChanged(target.station_id, step),)


def _ask_version(_command: GetLocalListVersion) -> Conversation:
    answer: wire.GetLocalListVersionResponse = yield ask(wire.GetLocalListVersionRequest())
    detail = {0: "the list is empty", -1: "the station has no lists"}.get(answer.list_version)
    return Conclusion(result={"version": answer.list_version}, detail=detail)


def _version(
    _req: wire.GetLocalListVersionRequest,
    res: wire.GetLocalListVersionResponse | None,
    target: Target,
) -> tuple[LocalListChanged, ...]:
    if res is None:
        return ()
    step = VersionReported(version=res.list_version, at=target.at)
    return (LocalListChanged(target.station_id, step),)


def _unnamable(token: IdToken) -> str | None:
    if len(token.value) > _LONGEST_TAG:
        return f"a token of OCPP 1.6 has at most {_LONGEST_TAG} characters"
    return None


CALLS = (
    CallRoute(
        request=wire.SendLocalListRequest,
        response=wire.SendLocalListResponse,
        before=_sent,
        after=_answered,
    ),
    CallRoute(
        request=wire.GetLocalListVersionRequest,
        response=wire.GetLocalListVersionResponse,
        after=_version,
    ),
)
COMMANDS = (
    CommandRoute(SendLocalList, sending(_write, _send, _unnamable)),
    CommandRoute(GetLocalListVersion, _ask_version),
)
