"""SendLocalList (D01) and GetLocalListVersion (D02)."""

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
from voltaro.protocol.v2.authorization import (
    LONGEST_TOKEN,
    LONGEST_TOKEN_21,
    TOKEN_TYPES_201,
    write_token,
    write_token_info,
)
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_UPDATE: Final[dict[Update, wire.UpdateEnumType]] = {
    Update.FULL: "Full",
    Update.DIFFERENTIAL: "Differential",
}
_VERDICT: Final = {
    "Accepted": Verdict.ACCEPTED,
    "VersionMismatch": Verdict.VERSION_MISMATCH,
}
_status = reader(AuthorizationStatus)


def _send(
    version: int, update: Update, entries: list[wire.AuthorizationData]
) -> wire.SendLocalListRequest:
    return wire.SendLocalListRequest(
        version_number=version,
        update_type=_UPDATE[update],
        # D01.FR.04: an empty list is left out.
        local_authorization_list=entries or None,
    )


def _write(entry: ListEntry, longest: int = LONGEST_TOKEN_21) -> wire.AuthorizationData:
    known = entry.authorization
    return wire.AuthorizationData(
        id_token=write_token(entry.token),
        id_token_info=write_token_info(known, longest) if known else None,
    )


def _write_201(entry: ListEntry) -> wire.AuthorizationData:
    return _write(entry, LONGEST_TOKEN)


def _unnamable(token: IdToken) -> str | None:
    if len(token.value) > LONGEST_TOKEN_21:
        return f"a token of OCPP 2.1 has at most {LONGEST_TOKEN_21} characters"
    return None


def _unnamable_201(token: IdToken) -> str | None:
    if len(token.value) > LONGEST_TOKEN:
        return f"a token of OCPP 2.0.1 has at most {LONGEST_TOKEN} characters"
    if token.type not in {None, *TOKEN_TYPES_201}:
        return f"OCPP 2.0.1 has no tokens of type {token.type}"
    return None


def _read(data: wire.AuthorizationData) -> ListEntry:
    token = data.id_token
    return ListEntry(IdToken(clean(token.id_token)[0], token.type), _read_info(data.id_token_info))


def _read_info(told: wire.IdTokenInfoType | None) -> Authorization | None:
    if told is None:
        return None
    group, expires_at = told.group_id_token, told.cache_expiry_date_time
    return Authorization(
        # Words of the wire that we never say ourselves all mean: not now, or not here.
        _status(told.status) or AuthorizationStatus.INVALID,
        group_token=clean(group.id_token)[0] if group else None,
        expires_at=parse_moment(expires_at) if expires_at else None,
    )


def _sent(req: wire.SendLocalListRequest, target: Target) -> tuple[LocalListChanged, ...]:
    step = ListSent(version=req.version_number, at=target.at)
    return (LocalListChanged(target.station_id, step),)


def _answered(
    req: wire.SendLocalListRequest, res: wire.SendLocalListResponse | None, target: Target
) -> tuple[LocalListChanged, ...]:
    step = ListAnswered(
        version=req.version_number,
        update=Update.FULL if req.update_type == "Full" else Update.DIFFERENTIAL,
        entries=tuple(_read(each) for each in req.local_authorization_list or ()),
        verdict=_VERDICT.get(res.status, Verdict.FAILED) if res else Verdict.FAILED,
    )
    return (LocalListChanged(target.station_id, step),)


def _ask_version(_command: GetLocalListVersion) -> Conversation:
    answer: wire.GetLocalListVersionResponse = yield ask(wire.GetLocalListVersionRequest())
    version = answer.version_number
    return Conclusion(
        result={"version": version}, detail="the station has no list" if version == 0 else None
    )


def _version(
    _req: wire.GetLocalListVersionRequest,
    res: wire.GetLocalListVersionResponse | None,
    target: Target,
) -> tuple[LocalListChanged, ...]:
    if res is None:
        return ()
    step = VersionReported(version=res.version_number, at=target.at)
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
    CommandRoute(SendLocalList, sending(_write, _send, _unnamable)),
    CommandRoute(GetLocalListVersion, _ask_version),
)
COMMANDS_201 = (CommandRoute(SendLocalList, sending(_write_201, _send, _unnamable_201)),)
