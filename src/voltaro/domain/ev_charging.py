"""What vehicles need and plan, by high-level communication (2.x K15-K17)."""

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.composite_schedule import (
    CompositePeriod,
    CompositeSchedule,
    Situation,
    composite,
)
from voltaro.domain.decision import Decision, Nothing, Query, Rule, StationEvent
from voltaro.domain.schedule_comparison import exceeds_at
from voltaro.domain.smart_charging import ChargingSchedule, InstalledProfile

#: A plan is looked at so far; no vehicle stays longer.
_WEEK_S = 7 * 86_400


class EvNeedsNotified(StationEvent, kw_only=True):
    """A vehicle told what it needs; the station waits for a schedule, or goes without one."""

    evse_id: int


def _needs(_event: EvNeedsNotified, _facts: None) -> Decision[bool]:
    """No: nothing here makes a schedule for one vehicle, and none is promised (K15.FR.04).

    The station then offers what its default profiles allow. A profile for the transaction that is
    set later makes it negotiate anew (K16).
    """
    return Decision(reply=False)


class EvScheduleNotified(StationEvent, kw_only=True):
    """A vehicle's plan, from `starts_at` on. `schedule` None: in words that are not known here."""

    evse_id: int
    starts_at: datetime
    schedule: ChargingSchedule | None


@dataclass(frozen=True, slots=True)
class EvseProfilesQuery(Query["EvseProfiles"]):
    station_id: str
    evse_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseProfiles:
    """The profiles that a station holds, and what goes on at the EVSE."""

    held: tuple[InstalledProfile, ...]
    situation: Situation


def _planned(event: EvScheduleNotified, facts: EvseProfiles) -> Decision[bool]:
    """Whether the plan is within what we allow (K15.FR.11, K15.FR.12)."""
    schedule = event.schedule
    if schedule is None:
        return Decision(reply=False)
    last = max((each.start_s for each in schedule.periods), default=0)
    duration_s = min(max(schedule.duration_s or 0, last + 1), _WEEK_S)
    allowed = composite(
        facts.held,
        where=event.evse_id,
        at=event.starts_at,
        duration_s=duration_s,
        unit=schedule.rate_unit,
        situation=facts.situation,
    )
    planned = CompositeSchedule(
        start_at=allowed.start_at,
        duration_s=duration_s,
        rate_unit=schedule.rate_unit,
        periods=tuple(
            CompositePeriod(
                start_s=each.start_s, limit=each.limit, number_phases=each.number_phases
            )
            for each in schedule.periods
        ),
    )
    return Decision(reply=exceeds_at(allowed, planned) is None)


EV_NEEDS_NOTIFIED: Rule[EvNeedsNotified, None, bool] = Rule(lambda _event: Nothing(), _needs)
EV_SCHEDULE_NOTIFIED: Rule[EvScheduleNotified, EvseProfiles, bool] = Rule(
    lambda event: EvseProfilesQuery(event.station_id, event.evse_id), _planned
)
