"""Reports of a station's variables, told in parts (2.x B07, B08)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Query, Rule, StationEvent
from voltaro.domain.values import changed
from voltaro.domain.variables import Reading, ToldNoMore, VariablesChanged, VariablesRead

#: So many parts may come before one that is missing; beyond them the report stays incomplete.
_MOST_AHEAD: Final = 1000


class ReportBase(StrEnum):
    """What a base report tells (2.x ReportBaseEnumType)."""

    #: What an operator can set.
    CONFIGURATION = "configuration"
    #: All there is.
    FULL = "full"
    #: What tells whether the station can charge, and its problems.
    SUMMARY = "summary"


class Criterion(StrEnum):
    """Which components a report is about (2.x ComponentCriterionEnumType)."""

    ACTIVE = "active"
    AVAILABLE = "available"
    ENABLED = "enabled"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A component, or one variable of it by `name`; what is None does not narrow it."""

    component: str
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    name: str | None = None
    instance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBaseReport(Command):
    """Tell one of the base reports under this `request_id`."""

    name: ClassVar[str] = "get_base_report"

    request_id: int
    base: ReportBase


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReport(Command):
    """Tell what fits any of the `criteria` and any of the selections; an empty list fits all.

    A message of more than `most_bytes` is not sent; None: however long.
    """

    name: ClassVar[str] = "get_report"

    request_id: int
    criteria: tuple[Criterion, ...] = ()
    selections: tuple[Selection, ...] = ()
    most_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How much is here of a report that we asked for at `begun_at`, our time.

    All parts below `following` are here, and those `ahead` of it; `last` is the number of the last
    one, once that is here. With `covers_all`, what it does not tell does not exist.
    """

    request_id: int
    covers_all: bool
    begun_at: datetime
    following: int = 0
    ahead: frozenset[int] = frozenset()
    last: int | None = None

    @property
    def is_complete(self) -> bool:
        return self.last is not None and self.following > self.last


def with_part(report: Report, number: int, *, is_last: bool) -> Report:
    """The report once this part is here, in whatever order and however often it comes."""
    last = max(number, report.last or 0) if is_last else report.last
    following = report.following
    ahead = set(report.ahead)
    if number >= following and (number == following or len(ahead) < _MOST_AHEAD):
        ahead.add(number)
    while following in ahead:
        ahead.remove(following)
        following += 1
    return changed(report, following=following, ahead=frozenset(ahead), last=last)


class ReportPart(StationEvent, kw_only=True):
    """One message of a report; the first has number 0 (B07.FR.10)."""

    request_id: int
    number: int
    is_last: bool
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class ReportQuery(Query[Report | None]):
    """The report with this id; None: we did not ask for one, or forgot it."""

    station_id: str
    request_id: int


@dataclass(frozen=True, slots=True)
class ReportSaved(Change):
    """How much is here now; a new report replaces an older one with its id."""

    station_id: str
    report: Report


@dataclass(frozen=True, slots=True)
class InventoryAnswered(Change):
    """The station was asked for all its variables and said what it has to say to that."""

    station_id: str


def _take(event: ReportPart, report: Report | None) -> Decision[None]:
    """Keep what it tells; once the whole of it is here, what it left out is gone.

    A part that nobody asked for is kept as well: what it tells is still what the station has.
    """
    station_id = event.station_id
    read = VariablesRead(readings=event.readings, at=event.received_at, request_id=event.request_id)
    kept = VariablesChanged(station_id, read)
    if report is None:
        return Decision(None, (kept,))
    report = with_part(report, event.number, is_last=event.is_last)
    saved = ReportSaved(station_id, report)
    if not (report.is_complete and report.covers_all):
        return Decision(None, (kept, saved))
    gone = VariablesChanged(station_id, ToldNoMore(since=report.begun_at))
    return Decision(None, (kept, saved, gone))


REPORT_PART: Rule[ReportPart, Report | None, None] = Rule(
    lambda event: ReportQuery(event.station_id, event.request_id), _take
)
