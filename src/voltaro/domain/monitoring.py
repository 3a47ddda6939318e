"""Monitors of variables: which changes a station tells by itself (2.x N02-N06)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, TypeAlias

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Rule, StationEvent
from voltaro.domain.monitoring_events import EventOrigin
from voltaro.domain.reports import Report, ReportQuery, ReportSaved, Selection, with_part
from voltaro.domain.variables import Portion, Variable


class MonitorKind(StrEnum):
    """When a monitor tells (2.x MonitorEnumType; the last two are words of 2.1)."""

    UPPER_THRESHOLD = "upper_threshold"
    LOWER_THRESHOLD = "lower_threshold"
    #: At a change by more than its value; at any change where the variable is no number.
    DELTA = "delta"
    #: Every so many seconds as its value says.
    PERIODIC = "periodic"
    #: The same, counted from midnight.
    PERIODIC_CLOCK_ALIGNED = "periodic_clock_aligned"
    TARGET_DELTA = "target_delta"
    TARGET_DELTA_RELATIVE = "target_delta_relative"


class MonitoringBase(StrEnum):
    """Which of its own monitors a station uses (2.x MonitoringBaseEnumType)."""

    #: All that it came with; what was set stays.
    ALL = "all"
    #: Those that its maker recommends; what was set is gone.
    FACTORY_DEFAULT = "factory_default"
    HARD_WIRED_ONLY = "hard_wired_only"


class MonitoringCriterion(StrEnum):
    """What kind of monitors a report is about (2.x MonitoringCriterionEnumType)."""

    THRESHOLD = "threshold"
    DELTA = "delta"
    PERIODIC = "periodic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A monitor as a station has it. `severity` goes from 0, danger, to 9.

    With `in_transactions` it is active only during one. `kind` and `origin` are None for words that
    we do not know, or were not told; so is a `value` that is no number.
    """

    monitor_id: int
    variable: Variable
    kind: MonitorKind | None
    value: Decimal | None
    severity: int
    in_transactions: bool
    origin: EventOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorsTold:
    """The station has these now."""

    monitors: tuple[Monitor, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorsCleared:
    """The station has none with these numbers."""

    monitor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersGone:
    """The station has none but those that it told since then."""

    since: datetime


@dataclass(frozen=True, slots=True)
class CustomGone:
    """What was set by us is there no longer (N03.FR.04, .05)."""


MonitorsStep: TypeAlias = MonitorsTold | MonitorsCleared | OthersGone | CustomGone


@dataclass(frozen=True, slots=True)
class MonitorsChanged(Change):
    """One kind of change for all steps, since their order matters."""

    station_id: str
    step: MonitorsStep


class MonitorsPart(StationEvent, kw_only=True):
    """One message of a report of monitors; the first has number 0."""

    request_id: int
    number: int
    is_last: bool
    monitors: tuple[Monitor, ...]


def _take(event: MonitorsPart, report: Report | None) -> Decision[None]:
    """Keep what it tells, asked for or not; after the whole of it, what it left out is gone."""
    told = MonitorsTold(monitors=event.monitors, at=event.received_at)
    kept = MonitorsChanged(event.station_id, told)
    if report is None:
        return Decision(None, (kept,))
    report = with_part(report, event.number, is_last=event.is_last)
    saved = ReportSaved(event.station_id, report)
    if not (report.is_complete and report.covers_all):
        return Decision(None, (kept, saved))
    gone = MonitorsChanged(event.station_id, OthersGone(since=report.begun_at))
    return Decision(None, (kept, saved, gone))


MONITORS_PART: Rule[MonitorsPart, Report | None, None] = Rule(
    lambda event: ReportQuery(event.station_id, event.request_id), _take
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMonitoringBase(Command):
    """Use these of the station's own monitors."""

    name: ClassVar[str] = "set_monitoring_base"

    base: MonitoringBase


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMonitoringLevel(Command):
    """Tell no event of a higher number than `severity` (N05)."""

    name: ClassVar[str] = "set_monitoring_level"

    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSetting:
    """A monitor as it shall be; with `monitor_id` it replaces the one with that number."""

    variable: Variable
    kind: MonitorKind
    value: Decimal
    severity: int
    in_transactions: bool = False
    monitor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariableMonitoring(Command):
    """Set monitors, as many at a time as the station takes."""

    name: ClassVar[str] = "set_variable_monitoring"

    settings: tuple[MonitorSetting, ...]
    portion: Portion


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearVariableMonitoring(Command):
    """Remove monitors, as many at a time as the station takes."""

    name: ClassVar[str] = "clear_variable_monitoring"

    monitor_ids: tuple[int, ...]
    portion: Portion


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMonitoringReport(Command):
    """Tell the monitors that fit any of each list; an empty list fits all."""

    name: ClassVar[str] = "get_monitoring_report"

    request_id: int
    criteria: tuple[MonitoringCriterion, ...] = ()
    selections: tuple[Selection, ...] = ()
