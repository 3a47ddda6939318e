"""Whether schedules agree: a station's with ours (1.6 §5.7, K08), a vehicle's with ours (K15)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from voltaro.domain.composite_schedule import CompositePeriod, CompositeSchedule
from voltaro.domain.smart_charging import RateUnit

#: We round down to it, others to the nearest.
_STEP = Decimal("0.1")
#: A schedule that starts between two seconds has its turns one earlier or later.
_ROUNDING_S = 1


def differs_at(own: CompositeSchedule, told: CompositeSchedule) -> int | None:
    """The first second at which what the station told differs from our own; None: nowhere.

    Both have the same start and unit; the shorter one says how far they are compared. Where our
    own has no limit nothing is: what a station tells then is what it is built for. Phases are
    compared where both name them.
    """
    end = min(own.duration_s, told.duration_s)
    starts = {0, *(each.start_s for schedule in (own, told) for each in schedule.periods)}
    turns = sorted(each for each in starts if 0 <= each < end)
    since: int | None = None
    for begin, finish in pairwise((*turns, end)):
        if _agree(_at(own, begin), _at(told, begin)):
            since = None
            continue
        since = begin if since is None else since
        if finish - since > _ROUNDING_S or finish == end:
            return since
    return None


def exceeds_at(allowed: CompositeSchedule, planned: CompositeSchedule) -> int | None:
    """The first second at which more is planned than allowed; None: nowhere.

    Both have the same start and unit.
    """
    starts = {0, *(each.start_s for schedule in (allowed, planned) for each in schedule.periods)}
    for second in sorted(each for each in starts if each < planned.duration_s):
        limit, plan = _at(allowed, second), _at(planned, second)
        if limit is None or plan is None or limit.limit is None or plan.limit is None:
            continue
        if plan.limit > limit.limit + _STEP:
            return second
    return None


def shown_schedule(schedule: CompositeSchedule) -> dict[str, Any]:
    """A schedule as it is shown: start_at, duration_s, unit, periods. Limits are Decimal."""
    start_at = schedule.start_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {
        "start_at": start_at.replace("+00:00", "Z"),
        "duration_s": schedule.duration_s,
        "unit": schedule.rate_unit.value.upper(),
        "periods": [
            {"start_s": each.start_s, "limit": each.limit, "number_phases": each.number_phases}
            for each in schedule.periods
        ],
    }


def schedule_of(shown: Mapping[str, Any]) -> CompositeSchedule:
    """The schedule that is shown so."""
    return CompositeSchedule(
        start_at=datetime.fromisoformat(shown["start_at"]),
        duration_s=shown["duration_s"],
        rate_unit=RateUnit(shown["unit"].lower()),
        periods=tuple(CompositePeriod(**each) for each in shown["periods"]),
    )


def _at(schedule: CompositeSchedule, second: int) -> CompositePeriod | None:
    begun = (each for each in schedule.periods if each.start_s <= second)
    return max(begun, key=lambda each: each.start_s, default=None)


def _agree(own: CompositePeriod | None, told: CompositePeriod | None) -> bool:
    if own is None or own.limit is None:
        return True
    if told is None or told.limit is None:
        return False
    phases = {own.number_phases, told.number_phases} - {None}
    return abs(own.limit - told.limit) <= _STEP and len(phases) <= 1
