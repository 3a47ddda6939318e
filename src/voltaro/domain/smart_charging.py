"""Charging profiles: what limits a station, templates to make them of, and what is wrong with one.

OCPP 1.6 §3.13 and §5.16, 2.x functional block K.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

from voltaro.domain.ids import Scope

#: An EVSE by its number, from 1, or the whole station.
Where: TypeAlias = int | Literal[Scope.STATION]

#: The station's clock may be behind ours; a schedule that begins later leaves a gap until then.
START_SLACK = timedelta(minutes=1)
_MOST_SCHEDULES = 3
_PHASES = range(1, 4)


class Purpose(StrEnum):
    """What a profile is for (2.x ChargingProfilePurposeEnumType)."""

    STATION_MAX = "station_max"
    TX_DEFAULT = "tx_default"
    TX = "tx"
    #: Set by somebody else, an energy manager for example; a station may report it.
    EXTERNAL = "external"


class ProfileKind(StrEnum):
    """What the times of a schedule count from."""

    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    #: The start of the transaction.
    RELATIVE = "relative"


class Recurrency(StrEnum):
    """When a recurring schedule starts anew: every 24 hours, or every 7 days."""

    DAILY = "daily"
    WEEKLY = "weekly"


class RateUnit(StrEnum):
    """What a limit is in: ampere in each phase, or watt in all of them."""

    A = "a"
    W = "w"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """From `start_s` after the schedule's start until the next period. `number_phases` None is 3."""

    start_s: int
    limit: Decimal
    number_phases: int | None = None
    phase_to_use: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedule:
    """Periods in order of time. Without `duration_s` the last one does not end."""

    id: int
    rate_unit: RateUnit
    periods: tuple[SchedulePeriod, ...]
    start_at: datetime | None = None
    duration_s: int | None = None
    min_charging_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """One to three schedules, valid from `valid_from` until just before `valid_to`.

    Several schedules are alternatives for the vehicle to choose from (ISO 15118). `station_ref` is
    the transaction's id on the wire.
    """

    profile_id: int
    stack_level: int
    purpose: Purpose
    kind: ProfileKind
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    station_ref: str | None = None
    schedules: tuple[ChargingSchedule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTemplate:
    """A profile without what only a station and a moment can give.

    An absolute schedule without `start_at` starts when it is set.
    """

    stack_level: int
    purpose: Purpose
    kind: ProfileKind
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    schedules: tuple[ChargingSchedule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledProfile:
    """A profile that a station holds."""

    where: Where
    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLimits:
    """What a station said that it can take; None where it did not say.

    `max_periods` counts in each schedule, `max_installed` in the whole station.
    """

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_installed: int | None = None
    rate_units: frozenset[RateUnit] | None = None
    phase_switching: bool | None = None


class FaultCode(StrEnum):
    """Why a profile cannot be set."""

    EXTERNAL_PURPOSE = "external_purpose"
    STATION_ONLY = "station_only"
    EVSE_ONLY = "evse_only"
    TRANSACTION_MISSING = "transaction_missing"
    TRANSACTION_NOT_ALLOWED = "transaction_not_allowed"
    REMOTE_START_PURPOSE = "remote_start_purpose"
    RELATIVE_STATION_MAX = "relative_station_max"
    STACK_LEVEL = "stack_level"
    RECURRENCY_MISSING = "recurrency_missing"
    RECURRENCY_NOT_ALLOWED = "recurrency_not_allowed"
    VALIDITY = "validity"
    SCHEDULE_COUNT = "schedule_count"
    START_MISSING = "start_missing"
    START_NOT_ALLOWED = "start_not_allowed"
    DURATION = "duration"
    RATE_UNIT = "rate_unit"
    PERIODS_MISSING = "periods_missing"
    TOO_MANY_PERIODS = "too_many_periods"
    FIRST_PERIOD = "first_period"
    PERIOD_ORDER = "period_order"
    LIMIT = "limit"
    LIMIT_DIGITS = "limit_digits"
    NUMBER_PHASES = "number_phases"
    PHASE_TO_USE = "phase_to_use"
    TOO_MANY_PROFILES = "too_many_profiles"


@dataclass(frozen=True, slots=True)
class ProfileFault:
    """`pointer` (RFC 6901) names the place in the profile, by the names of its fields."""

    code: FaultCode
    pointer: str
    detail: str


def resolve(
    template: ProfileTemplate, *, profile_id: int, at: datetime, station_ref: str | None = None
) -> ChargingProfile:
    """The profile to set at `at`.

    An absolute schedule without a start gets one slightly before `at`, in whole seconds, so that
    nothing is unlimited meanwhile (1.6 §5.16.4).
    """
    start = at.replace(microsecond=0) - START_SLACK
    starts_now = template.kind is ProfileKind.ABSOLUTE
    return ChargingProfile(
        profile_id=profile_id,
        stack_level=template.stack_level,
        purpose=template.purpose,
        kind=template.kind,
        recurrency=template.recurrency,
        valid_from=template.valid_from,
        valid_to=template.valid_to,
        station_ref=station_ref,
        schedules=tuple(
            replace(each, start_at=each.start_at or start) if starts_now else each
            for each in template.schedules
        ),
    )


def replaces(profile: ChargingProfile, where: Where, held: InstalledProfile) -> bool:
    """Whether `held` goes when `profile` comes: same id, or same place, purpose and stack level."""
    return held.profile.profile_id == profile.profile_id or (
        (held.where, held.profile.purpose, held.profile.stack_level)
        == (where, profile.purpose, profile.stack_level)
    )


def check_profile(
    profile: ChargingProfile,
    where: Where | None,
    limits: ProfileLimits,
    installed: Collection[InstalledProfile] = (),
) -> tuple[ProfileFault, ...]:
    """Everything that is wrong with a profile that is to be set; nothing is, when it is empty.

    `where` None: it goes with a remote start, whose transaction has no id yet. `installed` is what
    the station holds already.
    """
    return (
        *_place_faults(profile, where),
        *_common_faults(profile, limits),
        *_start_faults(profile, needed=True),
        *_count_faults(profile, where, limits, installed),
    )


def check_template(template: ProfileTemplate) -> tuple[ProfileFault, ...]:
    """Everything that will be wrong with each profile made of it."""
    return (
        *_purpose_faults(template),
        *_common_faults(template, ProfileLimits()),
        *_start_faults(template, needed=template.kind is ProfileKind.RECURRING),
    )


def _place_faults(profile: ChargingProfile, where: Where | None) -> Iterator[ProfileFault]:
    yield from _purpose_faults(profile)
    purpose, station_ref = profile.purpose, profile.station_ref
    if where is None and purpose is not Purpose.TX:
        # "The purpose of this ChargingProfile SHALL be set to TxProfile" (1.6 §5.11).
        detail = "a remote start takes a profile for its transaction only"
        yield ProfileFault(FaultCode.REMOTE_START_PURPOSE, "/purpose", detail)
    elif purpose is Purpose.STATION_MAX and where is not Scope.STATION:
        detail = "a limit of the whole station cannot be set at an EVSE"
        yield ProfileFault(FaultCode.STATION_ONLY, "/purpose", detail)
    elif purpose is Purpose.TX and where is Scope.STATION:
        detail = "a limit of a transaction is set at its EVSE, not at the station"
        yield ProfileFault(FaultCode.EVSE_ONLY, "/purpose", detail)
    if purpose is Purpose.TX and where is not None and station_ref is None:
        # 1.6 §5.16.3, K01.FR.03
        detail = "it must name the transaction that it limits"
        yield ProfileFault(FaultCode.TRANSACTION_MISSING, "/station_ref", detail)
    if station_ref is not None and (purpose is not Purpose.TX or where is None):
        detail = (
            "a remote start has no transaction to name yet"
            if where is None
            else "only a limit of a transaction names one"
        )
        yield ProfileFault(FaultCode.TRANSACTION_NOT_ALLOWED, "/station_ref", detail)


def _purpose_faults(profile: ChargingProfile | ProfileTemplate) -> Iterator[ProfileFault]:
    if profile.purpose is Purpose.EXTERNAL:  # K01.FR.22
        detail = "external limits are reported by stations and cannot be set"
        yield ProfileFault(FaultCode.EXTERNAL_PURPOSE, "/purpose", detail)
    if profile.purpose is Purpose.STATION_MAX and profile.kind is ProfileKind.RELATIVE:
        # K01.FR.38: there is no transaction that it could be relative to.
        detail = "a limit of the whole station cannot count from a transaction's start"
        yield ProfileFault(FaultCode.RELATIVE_STATION_MAX, "/kind", detail)


def _common_faults(
    profile: ChargingProfile | ProfileTemplate, limits: ProfileLimits
) -> Iterator[ProfileFault]:
    most = limits.max_stack_level
    if profile.stack_level < 0 or (most is not None and profile.stack_level > most):
        bounds = "0 or more" if most is None else f"from 0 to {most} at this station"
        yield ProfileFault(FaultCode.STACK_LEVEL, "/stack_level", f"a stack level is {bounds}")
    recurring = profile.kind is ProfileKind.RECURRING
    if recurring and profile.recurrency is None:
        detail = "a recurring profile says whether daily or weekly"
        yield ProfileFault(FaultCode.RECURRENCY_MISSING, "/recurrency", detail)
    if not recurring and profile.recurrency is not None:
        detail = "only a recurring profile has a recurrency"
        yield ProfileFault(FaultCode.RECURRENCY_NOT_ALLOWED, "/recurrency", detail)
    valid_from, valid_to = profile.valid_from, profile.valid_to
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        detail = "it would end before it begins to be valid"
        yield ProfileFault(FaultCode.VALIDITY, "/valid_to", detail)
    if not 1 <= len(profile.schedules) <= _MOST_SCHEDULES:
        detail = f"a profile has 1 to {_MOST_SCHEDULES} schedules, not {len(profile.schedules)}"
        yield ProfileFault(FaultCode.SCHEDULE_COUNT, "/schedules", detail)
    for n, schedule in enumerate(profile.schedules):
        yield from _schedule_faults(schedule, f"/schedules/{n}", limits)


def _start_faults(
    profile: ChargingProfile | ProfileTemplate, *, needed: bool
) -> Iterator[ProfileFault]:
    """An absolute or recurring schedule has a start, a relative one has none (K01.FR.40, 41)."""
    relative = profile.kind is ProfileKind.RELATIVE
    for n, schedule in enumerate(profile.schedules):
        pointer = f"/schedules/{n}/start_at"
        if relative and schedule.start_at is not None:
            detail = "a relative schedule starts with the transaction, not at a time"
            yield ProfileFault(FaultCode.START_NOT_ALLOWED, pointer, detail)
        if needed and not relative and schedule.start_at is None:
            detail = "an absolute or recurring schedule needs its start"
            yield ProfileFault(FaultCode.START_MISSING, pointer, detail)


def _schedule_faults(
    schedule: ChargingSchedule, pointer: str, limits: ProfileLimits
) -> Iterator[ProfileFault]:
    if schedule.duration_s is not None and schedule.duration_s <= 0:
        yield ProfileFault(FaultCode.DURATION, f"{pointer}/duration_s", "a duration is above 0")
    if limits.rate_units is not None and schedule.rate_unit not in limits.rate_units:
        known = " and ".join(sorted(unit.value.upper() for unit in limits.rate_units)) or "none"
        detail = f"this station takes limits in {known}, not {schedule.rate_unit.value.upper()}"
        yield ProfileFault(FaultCode.RATE_UNIT, f"{pointer}/rate_unit", detail)
    if schedule.min_charging_rate is not None:
        yield from _rate_faults(schedule.min_charging_rate, f"{pointer}/min_charging_rate")
    periods, place = schedule.periods, f"{pointer}/periods"
    if not periods:
        yield ProfileFault(FaultCode.PERIODS_MISSING, place, "a schedule has at least one period")
    elif periods[0].start_s != 0:
        detail = "the first period starts at 0"
        yield ProfileFault(FaultCode.FIRST_PERIOD, f"{place}/0/start_s", detail)
    if limits.max_periods is not None and len(periods) > limits.max_periods:
        detail = f"this station takes {limits.max_periods} periods, not {len(periods)}"
        yield ProfileFault(FaultCode.TOO_MANY_PERIODS, place, detail)
    yield from _order_faults(periods, place)
    for n, period in enumerate(periods):
        yield from _rate_faults(period.limit, f"{place}/{n}/limit")
        yield from _phase_faults(period, f"{place}/{n}", limits)


def _order_faults(periods: Sequence[SchedulePeriod], place: str) -> Iterator[ProfileFault]:
    for n, (before, after) in enumerate(pairwise(periods), start=1):
        if after.start_s <= before.start_s:
            detail = f"it must start after the period before it, at {before.start_s}"
            yield ProfileFault(FaultCode.PERIOD_ORDER, f"{place}/{n}/start_s", detail)


def _rate_faults(rate: Decimal, pointer: str) -> Iterator[ProfileFault]:
    if not rate.is_finite() or rate < 0:
        yield ProfileFault(FaultCode.LIMIT, pointer, "a limit is a number from 0")
    elif (Fraction(rate) * 10).denominator != 1:
        # "Accepts at most one digit fraction (e.g. 8.1)" (1.6 §7.14).
        detail = f"a limit has at most one decimal, not {rate:f}"
        yield ProfileFault(FaultCode.LIMIT_DIGITS, pointer, detail)


def _phase_faults(
    period: SchedulePeriod, pointer: str, limits: ProfileLimits
) -> Iterator[ProfileFault]:
    if period.number_phases is not None and period.number_phases not in _PHASES:
        detail = "a period is for 1 to 3 phases"
        yield ProfileFault(FaultCode.NUMBER_PHASES, f"{pointer}/number_phases", detail)
    if period.phase_to_use is None:
        return
    place = f"{pointer}/phase_to_use"
    if period.phase_to_use not in _PHASES:
        yield ProfileFault(FaultCode.PHASE_TO_USE, place, "a phase is 1, 2 or 3")
    if period.number_phases != 1:  # K01.FR.19
        detail = "a phase can be named only with number_phases 1"
        yield ProfileFault(FaultCode.PHASE_TO_USE, place, detail)
    if limits.phase_switching is False:  # K01.FR.20
        yield ProfileFault(FaultCode.PHASE_TO_USE, place, "this station cannot choose the phase")


def _count_faults(
    profile: ChargingProfile,
    where: Where | None,
    limits: ProfileLimits,
    installed: Collection[InstalledProfile],
) -> Iterator[ProfileFault]:
    if limits.max_installed is None or where is None:
        return
    stays = sum(not replaces(profile, where, held) for held in installed)
    if stays >= limits.max_installed:
        detail = f"this station holds {limits.max_installed} profiles at most; clear one first"
        yield ProfileFault(FaultCode.TOO_MANY_PROFILES, "", detail)
