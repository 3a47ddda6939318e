"""The composite schedule: what all charging profiles of a station together allow, over time.

Our own calculation from the mirror (1.6 §3.13.2 and §3.13.3, K08); the station's may differ by
what only it knows. All arithmetic is in whole seconds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import (
    ChargingProfile,
    InstalledProfile,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
    Where,
)

_CYCLE_S = {Recurrency.DAILY: 86_400, Recurrency.WEEKLY: 604_800}
_PHASES = 3
NOMINAL_VOLTAGE_V = Decimal(230)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What goes on at the EVSE. `station_ref` None: no transaction.

    `voltage_v` is the nominal one of a phase, not a measured one (1.6 §7.12).
    """

    station_ref: str | None = None
    started_at: datetime | None = None
    voltage_v: Decimal = NOMINAL_VOLTAGE_V


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositePeriod:
    """From `start_s` until the next period. `limit` None: nothing limits.

    `number_phases` None: no profile says; then 3 are meant where it matters.
    """

    start_s: int
    limit: Decimal | None
    number_phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSchedule:
    """Periods count from `start_at`, a whole second; the first is at 0, neighbours differ."""

    start_at: datetime
    duration_s: int
    rate_unit: RateUnit
    periods: tuple[CompositePeriod, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """One profile as seconds from the schedule's start at 0.

    It is valid in `[valid_from, valid_to)`, begins at `start`, and goes on until `length` after it
    or, when it recurs, after each beginning of a cycle.
    """

    unit: RateUnit
    periods: tuple[SchedulePeriod, ...]
    starts: tuple[int, ...]
    start: int
    length: int | None
    cycle: int | None
    valid_from: int | None
    valid_to: int | None

    def at(self, second: int) -> SchedulePeriod | None:
        """The period that counts then; None where the profile says nothing."""
        if self.valid_from is not None and second < self.valid_from:
            return None
        if self.valid_to is not None and second >= self.valid_to:
            return None
        since = second - self.start
        if since < 0:
            return None
        if self.cycle is not None:
            since %= self.cycle
        if self.length is not None and since >= self.length:
            return None
        begun = bisect_right(self.starts, since)
        return self.periods[begun - 1] if begun else None

    def turns(self, end: int) -> Iterator[int]:
        """The seconds after 0 and before `end` where what it says may change."""
        offsets = (*self.starts, *(() if self.length is None else (self.length,)))
        for begin in self._begins(end):
            yield from (begin + each for each in offsets if 0 < begin + each < end)
        bounds = (self.valid_from, self.valid_to)
        yield from (each for each in bounds if each is not None and 0 < each < end)

    def _begins(self, end: int) -> Iterable[int]:
        if self.cycle is None:
            return (self.start,)
        # From the cycle that is under way at 0; before the first one there is none.
        first = max(0, -self.start // self.cycle)
        return range(self.start + first * self.cycle, end, self.cycle)


#: Profiles of one purpose and place by stack level, the highest first.
_Stack: TypeAlias = Sequence[_Course]
#: Of these stacks the first that says something counts.
_Choice: TypeAlias = Sequence[_Stack]


def composite(
    installed: Iterable[InstalledProfile],
    *,
    where: Where,
    at: datetime,
    duration_s: int,
    unit: RateUnit,
    situation: Situation,
) -> CompositeSchedule:
    """What is allowed at an EVSE, or to the whole station, in the `duration_s` from `at` on.

    For each purpose the profile with the highest stack level among those that say something for
    the moment prevails; the lowest of the purposes counts, rounded down to one decimal. A profile
    of the transaction overrules the default ones, and a default profile of the EVSE those of the
    station. Without a transaction it is as if one started at `at` (K08.FR.06).

    For the station only its own limits count, not those of its EVSEs. Of several schedules of a
    profile the first counts, since which one the vehicle chose is not known here.
    """
    held = tuple(installed)
    at = at.replace(microsecond=0)
    started_at = situation.started_at or at

    def stack(purpose: Purpose, place: Where) -> _Stack:
        found = [
            each.profile for each in held if each.profile.purpose is purpose and each.where == place
        ]
        if purpose is Purpose.TX:
            found = [each for each in found if _limits_it(each, situation)]
        found.sort(key=lambda each: each.stack_level, reverse=True)
        return [_course(each, at, started_at) for each in found]

    choices: list[_Choice] = [
        (stack(Purpose.STATION_MAX, Scope.STATION),),
        (stack(Purpose.EXTERNAL, Scope.STATION),),
    ]
    if where is not Scope.STATION:
        default = (stack(Purpose.TX_DEFAULT, where), stack(Purpose.TX_DEFAULT, Scope.STATION))
        choices += [(stack(Purpose.EXTERNAL, where),), (stack(Purpose.TX, where), *default)]
    return CompositeSchedule(
        start_at=at,
        duration_s=duration_s,
        rate_unit=unit,
        periods=tuple(_merged(choices, duration_s, unit, situation.voltage_v)),
    )


def _limits_it(profile: ChargingProfile, situation: Situation) -> bool:
    """A profile that came with a remote start does not name its transaction."""
    return situation.station_ref is not None and profile.station_ref in {
        None,
        situation.station_ref,
    }


def _course(profile: ChargingProfile, at: datetime, started_at: datetime) -> _Course:
    schedule = profile.schedules[0]
    start_at = None if profile.kind is ProfileKind.RELATIVE else schedule.start_at
    recurrency = profile.recurrency if profile.kind is ProfileKind.RECURRING else None
    cycle = _CYCLE_S[recurrency] if recurrency is not None else None
    return _Course(
        unit=schedule.rate_unit,
        periods=schedule.periods,
        starts=tuple(period.start_s for period in schedule.periods),
        # "If absent the schedule will be relative to start of charging" (1.6 §7.13).
        start=_seconds(at, start_at or started_at),
        # "The remainder periods SHALL not be executed" beyond the recurrence (1.6 §5.16.4).
        length=min(
            (each for each in (schedule.duration_s, cycle) if each is not None), default=None
        ),
        cycle=cycle,
        valid_from=_seconds(at, profile.valid_from) if profile.valid_from else None,
        valid_to=_seconds(at, profile.valid_to) if profile.valid_to else None,
    )


def _seconds(at: datetime, moment: datetime) -> int:
    return (moment.replace(microsecond=0) - at) // timedelta(seconds=1)


def _merged(
    choices: Sequence[_Choice], duration_s: int, unit: RateUnit, voltage_v: Decimal
) -> Iterator[CompositePeriod]:
    turns = {0}
    for choice in choices:
        for stack in choice:
            for course in stack:
                turns.update(course.turns(duration_s))
    before: tuple[Decimal | None, int | None] | None = None
    for second in sorted(turns):
        prevailing = [each for choice in choices if (each := _prevailing(choice, second))]
        now = _lowest(prevailing, unit, voltage_v)
        if now != before:
            yield CompositePeriod(start_s=second, limit=now[0], number_phases=now[1])
        before = now


def _prevailing(choice: _Choice, second: int) -> tuple[RateUnit, SchedulePeriod] | None:
    for stack in choice:
        for course in stack:
            if (period := course.at(second)) is not None:
                return course.unit, period
    return None


def _lowest(
    prevailing: Sequence[tuple[RateUnit, SchedulePeriod]], unit: RateUnit, voltage_v: Decimal
) -> tuple[Decimal | None, int | None]:
    """The limit and the phases that are within every one of the limits, in power and in current.

    Compared is what each allows a phase, in W: 10 A on three phases and 5 kW on one are together
    10 A on one phase, which is neither the lower power nor the lower current of the two alone.
    """
    limiting = [
        (each, period, allowed)
        for each, period in prevailing
        if (allowed := period.allowed(each)) is not None
    ]
    if not limiting:
        return None, None
    said = [period.number_phases for _, period, _ in limiting]
    phases = min(each or _PHASES for each in said)
    volts = Fraction(voltage_v)
    phase_w = min(
        Fraction(allowed) * volts
        if each is RateUnit.A
        else Fraction(allowed) / (period.number_phases or _PHASES)
        for each, period, allowed in limiting
    )
    limit = phase_w / volts if unit is RateUnit.A else phase_w * phases
    return _tenths(limit), phases if any(said) else None


def _tenths(limit: Fraction) -> Decimal:
    """Rounded down, so that it is never above what is allowed."""
    return Decimal(limit.numerator * 10 // limit.denominator).scaleb(-1)
