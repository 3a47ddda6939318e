"""Messages on a station's display: set, told and cleared (2.x block O)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Rule, StationEvent
from voltaro.domain.reports import Report, ReportQuery, ReportSaved, with_part


class DisplayPriority(StrEnum):
    """Which message is shown where several could be (2.x MessagePriorityEnumType)."""

    #: Whatever else there is; a station has at most one (O01.FR.15).
    ALWAYS_FRONT = "always_front"
    #: Before those of the normal cycle.
    IN_FRONT = "in_front"
    NORMAL_CYCLE = "normal_cycle"


class DisplayState(StrEnum):
    """While the station is in this state (2.x MessageStateEnumType)."""

    CHARGING = "charging"
    FAULTED = "faulted"
    IDLE = "idle"
    UNAVAILABLE = "unavailable"
    #: Words of 2.1.
    SUSPENDED = "suspended"
    DISCHARGING = "discharging"


class DisplayFormat(StrEnum):
    """What the content of a message is (2.x MessageFormatEnumType)."""

    ASCII = "ascii"
    HTML = "html"
    URI = "uri"
    UTF8 = "utf8"
    #: A word of 2.1: the text that the code says.
    QRCODE = "qrcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayMessage:
    """A message as a station has it; one with the same number replaces it (O06).

    `priority` and `format` are None for words that we do not know; `state` is so as well, and for
    any state. It is shown from `start_at` until `end_at`, or the end of the transaction with
    `station_ref`, and then gone (O01.FR.07, O02.FR.02). `language` is an RFC 5646 tag.
    """

    message_id: int
    priority: DisplayPriority | None
    content: str
    format: DisplayFormat | None
    language: str | None = None
    state: DisplayState | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    station_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesTold:
    """The station has these now."""

    messages: tuple[DisplayMessage, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageCleared:
    """The station has none with this number."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMessagesGone:
    """The station has none but those that it told since then."""

    since: datetime


DisplayStep: TypeAlias = MessagesTold | MessageCleared | OtherMessagesGone


@dataclass(frozen=True, slots=True)
class DisplayChanged(Change):
    """One kind of change for all steps, since their order matters."""

    station_id: str
    step: DisplayStep


class DisplayMessagesPart(StationEvent, kw_only=True):
    """One message of a list of display messages; such parts have no numbers."""

    request_id: int
    is_last: bool
    messages: tuple[DisplayMessage, ...]


def _take(event: DisplayMessagesPart, report: Report | None) -> Decision[None]:
    """Keep what it tells, asked for or not; after the last part, what was left out is gone."""
    told = MessagesTold(messages=event.messages, at=event.received_at)
    kept = DisplayChanged(event.station_id, told)
    if report is None:
        return Decision(None, (kept,))
    report = with_part(report, report.following, is_last=event.is_last)
    saved = ReportSaved(event.station_id, report)
    if not (report.is_complete and report.covers_all):
        return Decision(None, (kept, saved))
    gone = DisplayChanged(event.station_id, OtherMessagesGone(since=report.begun_at))
    return Decision(None, (kept, saved, gone))


DISPLAY_MESSAGES_PART: Rule[DisplayMessagesPart, Report | None, None] = Rule(
    lambda event: ReportQuery(event.station_id, event.request_id), _take
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisplayMessage(Command):
    """Show a message, in place of the one with its number."""

    name: ClassVar[str] = "set_display_message"

    message_id: int
    display_priority: DisplayPriority
    content: str
    format: DisplayFormat
    language: str | None = None
    state: DisplayState | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    station_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDisplayMessages(Command):
    """Tell the messages that fit all that is given; without any of it, all there are."""

    name: ClassVar[str] = "get_display_messages"

    request_id: int
    message_ids: tuple[int, ...] = ()
    display_priority: DisplayPriority | None = None
    state: DisplayState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearDisplayMessage(Command):
    """Show the message with this number no more."""

    name: ClassVar[str] = "clear_display_message"

    message_id: int
