"""Limits that somebody else has set: told when they begin or change, and when they end (K11-K14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from voltaro.domain.charging_mirror import ExternalReleased, MirrorChanged
from voltaro.domain.decision import Change, Decision, Nothing, Rule, StationEvent
from voltaro.domain.smart_charging import ChargingSchedule, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimit:
    """A limit of `limit_source` (EMS, SO, …) at an EVSE or the whole station.

    `schedules` are empty where the station did not say how much is left. `grid_critical`: whether
    the grid depends on it. `local_generation`: whether it is what is generated on the spot and may
    be taken on top (2.1 K24). None where that was not said.
    """

    where: Where
    limit_source: str
    grid_critical: bool | None
    local_generation: bool | None = None
    schedules: tuple[ChargingSchedule, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReleased:
    """A source limits no longer. `where` None: wherever it did."""

    where: Where | None
    limit_source: str

    def frees(self, limit: ChargingLimit) -> bool:
        return limit.limit_source == self.limit_source and self.where in {None, limit.where}


LimitStep: TypeAlias = ChargingLimit | LimitReleased


@dataclass(frozen=True, slots=True)
class LimitsChanged(Change):
    """One kind of change for both steps, since their order within a batch matters."""

    station_id: str
    step: LimitStep


class LimitNotified(StationEvent, kw_only=True):
    """`where` None: at an EVSE that cannot be."""

    where: Where | None
    limit_source: str
    grid_critical: bool | None
    local_generation: bool | None = None
    schedules: tuple[ChargingSchedule, ...]


class LimitCleared(StationEvent, kw_only=True):
    """`where` None: wherever the source limits."""

    where: Where | None
    limit_source: str


def remaining(steps: Iterable[LimitStep]) -> tuple[ChargingLimit, ...]:
    """Which limits that a sequence of steps brought are in force after the last one."""
    left: dict[tuple[Where, str], ChargingLimit] = {}
    for step in steps:
        if isinstance(step, ChargingLimit):
            left[step.where, step.limit_source] = step
        else:
            left = {place: limit for place, limit in left.items() if not step.frees(limit)}
    return tuple(left.values())


def _notified(event: LimitNotified, _facts: None) -> Decision[None]:
    if event.where is None:
        return Decision(None)
    limit = ChargingLimit(
        where=event.where,
        limit_source=event.limit_source,
        grid_critical=event.grid_critical,
        local_generation=event.local_generation,
        schedules=event.schedules,
        at=event.received_at,
    )
    return Decision(None, (LimitsChanged(event.station_id, limit),))


def _cleared(event: LimitCleared, _facts: None) -> Decision[None]:
    """What was reported of it as a profile is gone with it (K13.FR.01)."""
    released = LimitReleased(where=event.where, limit_source=event.limit_source)
    profiles = ExternalReleased(where=event.where, limit_source=event.limit_source)
    changes = (
        LimitsChanged(event.station_id, released),
        MirrorChanged(event.station_id, profiles),
    )
    return Decision(None, changes)


LIMIT_NOTIFIED: Rule[LimitNotified, None, None] = Rule(lambda _event: Nothing(), _notified)
LIMIT_CLEARED: Rule[LimitCleared, None, None] = Rule(lambda _event: Nothing(), _cleared)
