"""What is wrong with a charging profile before it is set (1.6 §3.13 and §5.16, 2.x K01 and block Q)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from voltaro.domain.ids import Scope
from voltaro.domain.period_control import RATES, OperationMode, PeriodControl
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    InstalledProfile,
    ProfileKind,
    ProfileLimits,
    ProfileTemplate,
    Purpose,
    SchedulePeriod,
    Where,
    replaces,
)

_MOST_SCHEDULES = 3
_PHASES = range(1, 4)
_LEAST_POINTS = 2
#: Modes in which power is not what a profile says.
_WITHOUT_RATES = frozenset({OperationMode.IDLE, OperationMode.LOCAL_FREQUENCY})


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
    PROFILE_ID = "profile_id"
    LIMIT_MISSING = "limit_missing"
    OPERATION_MODE = "operation_mode"
    RANDOMIZED_DELAY = "randomized_delay"
    DYNAMIC_PERIODS = "dynamic_periods"
    UPDATES = "updates"
    TOO_MANY_PROFILES = "too_many_profiles"


@dataclass(frozen=True, slots=True)
class ProfileFault:
    """`pointer` (RFC 6901) names the place in the profile, by the names of its fields."""

    code: FaultCode
    pointer: str
    detail: str


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
        *_number_faults(profile, limits),
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


def _number_faults(profile: ChargingProfile, limits: ProfileLimits) -> Iterator[ProfileFault]:
    if limits.external_ids and profile.profile_id <= limits.external_ids:  # K01.FR.80
        detail = f"this station keeps the numbers up to {limits.external_ids} for itself"
        yield ProfileFault(FaultCode.PROFILE_ID, "/profile_id", detail)


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
        yield from _delay_faults(profile, schedule, f"/schedules/{n}")
    yield from _dynamic_faults(profile)
    if profile.purpose is Purpose.PRIORITY:
        yield from _priority_faults(profile)


def _dynamic_faults(profile: ChargingProfile | ProfileTemplate) -> Iterator[ProfileFault]:
    """One period, in force at once (K28.FR.01, FR.02), and updates of nothing else (K01.FR.122)."""
    if profile.kind is not ProfileKind.DYNAMIC:
        if profile.dyn_update_interval_s is not None:
            detail = "only a dynamic profile is updated"
            yield ProfileFault(FaultCode.UPDATES, "/dyn_update_interval_s", detail)
        return
    if len(profile.schedules) != 1 or len(profile.schedules[0].periods) != 1:
        detail = "a dynamic profile has one schedule with one period"
        yield ProfileFault(FaultCode.DYNAMIC_PERIODS, "/schedules", detail)


def _priority_faults(profile: ChargingProfile | ProfileTemplate) -> Iterator[ProfileFault]:
    """It lasts as long as the transaction (K01.FR.70), and only charges (K01.FR.71)."""
    for n, schedule in enumerate(profile.schedules):
        if schedule.duration_s is not None:
            detail = "a profile for priority charging has no duration"
            yield ProfileFault(FaultCode.DURATION, f"/schedules/{n}/duration_s", detail)
        for m, period in enumerate(schedule.periods):
            if _mode(period) is not OperationMode.CHARGING_ONLY:
                place = f"/schedules/{n}/periods/{m}/control/operation_mode"
                detail = "a profile for priority charging only charges"
                yield ProfileFault(FaultCode.OPERATION_MODE, place, detail)


def _delay_faults(
    profile: ChargingProfile | ProfileTemplate, schedule: ChargingSchedule, pointer: str
) -> Iterator[ProfileFault]:
    if schedule.randomized_delay_s and profile.purpose not in {Purpose.TX, Purpose.TX_DEFAULT}:
        detail = "only limits of transactions begin at random"  # K01.FR.95
        yield ProfileFault(FaultCode.RANDOMIZED_DELAY, f"{pointer}/randomized_delay_s", detail)


def _mode(period: SchedulePeriod) -> OperationMode:
    """What is left out is charging only (K01.FR.110)."""
    told = period.control.operation_mode if period.control is not None else None
    return told or OperationMode.CHARGING_ONLY


def _control_faults(period: SchedulePeriod, pointer: str) -> Iterator[ProfileFault]:
    control, mode = period.control or PeriodControl(), _mode(period)
    if mode is OperationMode.CHARGING_ONLY and period.limit is None and control.setpoint is None:
        detail = "a period that only charges has a limit"
        yield ProfileFault(FaultCode.LIMIT_MISSING, f"{pointer}/limit", detail)
    rates = {name: getattr(control, name) for name in RATES if name != "v2x_baseline"}
    named = [f"control/{name}" for name, rate in rates.items() if rate is not None]
    named += ["limit"] if period.limit is not None else []
    if mode in _WITHOUT_RATES and named:  # Q08.FR.01, Q10.FR.01
        detail = f"a period of the mode {mode} has neither limits nor set points"
        yield ProfileFault(FaultCode.OPERATION_MODE, f"{pointer}/{named[0]}", detail)
    if mode is OperationMode.LOCAL_FREQUENCY and (
        control.v2x_baseline is None or len(control.v2x_freq_watt_curve) < _LEAST_POINTS
    ):  # Q08.FR.02
        detail = "local frequency control has a baseline and a curve of two points or more"
        yield ProfileFault(FaultCode.OPERATION_MODE, f"{pointer}/control", detail)


def _start_faults(
    profile: ChargingProfile | ProfileTemplate, *, needed: bool
) -> Iterator[ProfileFault]:
    """An absolute or recurring schedule has a start, a relative one has none (K01.FR.40, 41)."""
    relative = profile.kind is ProfileKind.RELATIVE
    if profile.kind is ProfileKind.DYNAMIC:
        return  # it is in force at once
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
        if period.limit is not None:
            yield from _rate_faults(period.limit, f"{place}/{n}/limit")
        yield from _control_faults(period, f"{place}/{n}")
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
