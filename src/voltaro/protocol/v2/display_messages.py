"""Messages on a station's display: set, told and cleared (O01-O06)."""

from typing import Final

from voltaro.domain.command import CommandState
from voltaro.domain.decision import Change
from voltaro.domain.display_messages import (
    DISPLAY_MESSAGES_PART,
    ClearDisplayMessage,
    DisplayChanged,
    DisplayFormat,
    DisplayMessage,
    DisplayMessagesPart,
    DisplayPriority,
    DisplayState,
    GetDisplayMessages,
    MessageCleared,
    MessagesTold,
    OtherMessagesGone,
    SetDisplayMessage,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.reports import Report, ReportSaved
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unspeakable,
    ask,
    single,
)
from voltaro.protocol.moments import moment_in, write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_NOTIFY: Final = "NotifyDisplayMessages"
#: From the answer to the last part.
_WITHIN_S: Final = 600
_UNKNOWN: Final = "Unknown"
_201: Final = "OCPP 2.0.1"
_LONGEST_OF_201: Final = 512
_STATES_OF_21: Final = frozenset({DisplayState.SUSPENDED, DisplayState.DISCHARGING})
_PRIORITIES: Final[dict[DisplayPriority, wire.MessagePriorityEnumType]] = {
    DisplayPriority.ALWAYS_FRONT: "AlwaysFront",
    DisplayPriority.IN_FRONT: "InFront",
    DisplayPriority.NORMAL_CYCLE: "NormalCycle",
}
_STATES: Final[dict[DisplayState, wire.MessageStateEnumType]] = {
    DisplayState.CHARGING: "Charging",
    DisplayState.FAULTED: "Faulted",
    DisplayState.IDLE: "Idle",
    DisplayState.UNAVAILABLE: "Unavailable",
    DisplayState.SUSPENDED: "Suspended",
    DisplayState.DISCHARGING: "Discharging",
}
_FORMATS: Final[dict[DisplayFormat, wire.MessageFormatEnumType]] = {
    DisplayFormat.ASCII: "ASCII",
    DisplayFormat.HTML: "HTML",
    DisplayFormat.URI: "URI",
    DisplayFormat.UTF8: "UTF8",
    DisplayFormat.QRCODE: "QRCODE",
}
_priority = reader(DisplayPriority)
_state = reader(DisplayState)
_format = reader(DisplayFormat)

# -- what a station tells


def _read(req: wire.NotifyDisplayMessagesRequest, origin: Origin) -> DisplayMessagesPart:
    return DisplayMessagesPart(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        request_id=req.request_id,
        is_last=not req.tbc,
        messages=tuple(_message(each) for each in req.message_info or ()),
    )


def _message(told: wire.MessageInfoType) -> DisplayMessage:
    return DisplayMessage(
        message_id=told.id,
        priority=_priority(told.priority),
        content=told.message.content,
        format=_format(told.message.format),
        language=told.message.language,
        state=_state(told.state or ""),
        # Not by `read_moment`: these may well lie ahead.
        start_at=moment_in(told.start_date_time) if told.start_date_time else None,
        end_at=moment_in(told.end_date_time) if told.end_date_time else None,
        station_ref=told.transaction_id,
    )


def _write(_reply: None) -> wire.NotifyDisplayMessagesResponse:
    return wire.NotifyDisplayMessagesResponse()


ROUTES = (Route(_NOTIFY, wire.NotifyDisplayMessagesRequest, _read, DISPLAY_MESSAGES_PART, _write),)

# -- what an exchange tells of the display


def _shown(
    req: wire.SetDisplayMessageRequest,
    res: wire.SetDisplayMessageResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    if res is None or res.status != "Accepted":
        return ()
    told = MessagesTold(messages=(_message(req.message),), at=target.at)
    return (DisplayChanged(target.station_id, told),)


def _cleared(
    req: wire.ClearDisplayMessageRequest,
    res: wire.ClearDisplayMessageResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    """One that the station does not know is not there either (O05.FR.02)."""
    if res is None or res.status not in {"Accepted", _UNKNOWN}:
        return ()
    return (DisplayChanged(target.station_id, MessageCleared(req.id)),)


def _list_begins(req: wire.GetDisplayMessagesRequest, target: Target) -> tuple[Change, ...]:
    report = Report(request_id=req.request_id, covers_all=_is_full(req), begun_at=target.at)
    return (ReportSaved(target.station_id, report),)


def _list_answered(
    req: wire.GetDisplayMessagesRequest,
    res: wire.GetDisplayMessagesResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    """Asked for all, `Unknown` says that there are none (O03.FR.06)."""
    if res is None or res.status != _UNKNOWN or not _is_full(req):
        return ()
    return (DisplayChanged(target.station_id, OtherMessagesGone(since=target.at)),)


def _is_full(req: wire.GetDisplayMessagesRequest) -> bool:
    return req.id is None and req.priority is None and req.state is None


def _tells(req: wire.GetDisplayMessagesRequest) -> Expectation:
    return Expectation(
        follows=Followed.REPORT,
        within_s=_WITHIN_S,
        missed="the station agreed, and did not tell its messages, or not all of them",
        request_id=req.request_id,
    )


# -- commands


def _write_set(command: SetDisplayMessage) -> wire.SetDisplayMessageRequest:
    return wire.SetDisplayMessageRequest(
        message=wire.MessageInfoType(
            id=command.message_id,
            priority=_PRIORITIES[command.display_priority],
            state=_STATES[command.state] if command.state else None,
            start_date_time=write_moment(command.start_at) if command.start_at else None,
            end_date_time=write_moment(command.end_at) if command.end_at else None,
            transaction_id=command.station_ref,
            message=wire.MessageContentType(
                format=_FORMATS[command.format],
                language=command.language,
                content=command.content,
            ),
        )
    )


def _write_set_201(command: SetDisplayMessage) -> wire.SetDisplayMessageRequest:
    if command.format is DisplayFormat.QRCODE:
        raise Unspeakable(f"{_201} has no format {command.format}", "format")
    if len(command.content) > _LONGEST_OF_201:
        raise Unspeakable(f"{_201} has at most {_LONGEST_OF_201} characters", "content")
    _refuse_states_of_21(command.state)
    return _write_set(command)


def _refuse_states_of_21(state: DisplayState | None) -> None:
    if state in _STATES_OF_21:
        raise Unspeakable(f"{_201} has no state {state}", "state")


def _get(command: GetDisplayMessages) -> Conversation:
    request = wire.GetDisplayMessagesRequest(
        id=list(command.message_ids) or None,
        request_id=command.request_id,
        priority=_PRIORITIES[command.display_priority] if command.display_priority else None,
        state=_STATES[command.state] if command.state else None,
    )
    answer: wire.GetDisplayMessagesResponse = yield ask(request)
    if answer.status == _UNKNOWN:  # O03.FR.06, O04.FR.02: that is the list
        return Conclusion(state=CommandState.DONE, detail="the station has no such messages")
    return None


def _get_201(command: GetDisplayMessages) -> Conversation:
    _refuse_states_of_21(command.state)
    return (yield from _get(command))


def _write_clear(command: ClearDisplayMessage) -> wire.ClearDisplayMessageRequest:
    return wire.ClearDisplayMessageRequest(id=command.message_id)


CALLS = (
    CallRoute(
        request=wire.SetDisplayMessageRequest,
        response=wire.SetDisplayMessageResponse,
        after=_shown,
    ),
    CallRoute(
        request=wire.GetDisplayMessagesRequest,
        response=wire.GetDisplayMessagesResponse,
        awaits=_tells,
        before=_list_begins,
        after=_list_answered,
        elicits=lambda _req: _NOTIFY,
    ),
    CallRoute(
        request=wire.ClearDisplayMessageRequest,
        response=wire.ClearDisplayMessageResponse,
        after=_cleared,
    ),
)
COMMANDS = (
    CommandRoute(SetDisplayMessage, single(_write_set)),
    CommandRoute(GetDisplayMessages, _get),
    CommandRoute(ClearDisplayMessage, single(_write_clear)),
)
#: What 2.0.1 has fewer words for.
COMMANDS_201 = (
    CommandRoute(SetDisplayMessage, single(_write_set_201)),
    CommandRoute(GetDisplayMessages, _get_201),
)
