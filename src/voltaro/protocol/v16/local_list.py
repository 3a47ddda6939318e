"""SendLocalList (1.6 §5.15) and GetLocalListVersion (1.6 §5.10)."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
    Ask,
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unspeakable,
    ask,
)
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
#: 1.6 §5.15: what a station that could not apply a difference is sent everything for.
_UNFIT: Final = frozenset({"Failed", "VersionMismatch"})


@dataclass(slots=True)
class _Sending:
    """How far a command got: its last message, and what came of it."""

    messages: int = 0
    version: int = 0
    status: str = ""
    update: Update = Update.FULL

    @property
    def is_unfit(self) -> bool:
        return self.update is Update.DIFFERENTIAL and self.status in _UNFIT


def _send(command: SendLocalList) -> Conversation:
    entries = _speakable(command, command.entries)
    whole = _speakable(command, command.whole)
    if not entries and command.update is Update.DIFFERENTIAL:
        return Conclusion(detail="the station holds that already")
    versions, sending = iter(command.versions), _Sending()
    yield from _put(command, command.update, entries, versions, sending)
    detail = None
    if sending.is_unfit:
        detail = f"the station answered {sending.status} to a difference: all of it was sent"
        yield from _put(command, Update.FULL, whole, versions, sending)
    result: dict[str, Any] = {
        "status": sending.status,
        "version": sending.version,
        "messages": sending.messages,
    }
    if left_out := len(command.whole) - len(whole):
        result["left_out"] = left_out
        detail = detail or f"{left_out} tokens are too long for OCPP 1.6"
    return Conclusion(result=result, detail=detail)


def _put(
    command: SendLocalList,
    update: Update,
    entries: Sequence[ListEntry],
    versions: Iterator[int],
    sending: _Sending,
) -> Generator[Ask, Any, None]:
    """As many messages as it takes, until one is not accepted; all but the first change the list."""
    size = command.per_message or len(entries) or 1
    for start in range(0, max(len(entries), 1), size):
        sending.update = update if start == 0 else Update.DIFFERENTIAL
        sending.version = next(versions)
        sending.messages += 1
        request = wire.SendLocalListRequest(
            list_version=sending.version,
            update_type=_UPDATE[sending.update],
            local_authorization_list=[_write(each) for each in entries[start : start + size]]
            or None,
        )
        answer: wire.SendLocalListResponse = yield ask(request)
        sending.status = answer.status
        if answer.status != "Accepted":
            return


def _speakable(command: SendLocalList, entries: Sequence[ListEntry]) -> list[ListEntry]:
    fitting = [each for each in entries if len(each.token.value) <= _LONGEST_TAG]
    if command.named and len(fitting) < len(entries):
        raise Unspeakable("a token of OCPP 1.6 has at most 20 characters", "tokens")
    return fitting


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
    CommandRoute(SendLocalList, _send),
    CommandRoute(GetLocalListVersion, _ask_version),
)
