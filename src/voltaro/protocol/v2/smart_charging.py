"""Charging profiles in words of 2.x (K01, ChargingProfileType)."""

from datetime import datetime
from typing import Final

from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    LimitAtSoc,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
    Where,
)
from voltaro.protocol.amounts import LARGEST, are_usual, are_usual_rates, plain
from voltaro.protocol.commands import Unspeakable
from voltaro.protocol.moments import moment_in, write_moment
from voltaro.protocol.v2.period_control import can_be_held, control_fields, read_control
from voltaro.protocol.wire import v21 as wire

PURPOSES: Final[dict[Purpose, wire.ChargingProfilePurposeEnumType]] = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
    Purpose.EXTERNAL: "ChargingStationExternalConstraints",
    Purpose.PRIORITY: "PriorityCharging",
    Purpose.LOCAL_GENERATION: "LocalGeneration",
}
UNITS: Final[dict[RateUnit, wire.ChargingRateUnitEnumType]] = {RateUnit.A: "A", RateUnit.W: "W"}
PURPOSE_OF: Final = {word: purpose for purpose, word in PURPOSES.items()}
UNIT_OF: Final = {word: unit for unit, word in UNITS.items()}

_KINDS: Final[dict[ProfileKind, wire.ChargingProfileKindEnumType]] = {
    ProfileKind.ABSOLUTE: "Absolute",
    ProfileKind.RECURRING: "Recurring",
    ProfileKind.RELATIVE: "Relative",
    ProfileKind.DYNAMIC: "Dynamic",
}
_RECURRENCIES: Final[dict[Recurrency, wire.RecurrencyKindEnumType]] = {
    Recurrency.DAILY: "Daily",
    Recurrency.WEEKLY: "Weekly",
}
_KIND_OF: Final = {word: kind for kind, word in _KINDS.items()}
_RECURRENCY_OF: Final = {word: recurrency for recurrency, word in _RECURRENCIES.items()}
#: "When omitted, 3 is assumed" (SetChargingProfile, numberPhases; K01.FR.49).
_ALL_PHASES: Final = 3


def evse_number(where: Where) -> int:
    """The EVSE on the wire: 0 is the whole station."""
    return 0 if where is Scope.STATION else where


def place_of(evse_id: int) -> Where | None:
    """None where there cannot be an EVSE."""
    if evse_id == 0:
        return Scope.STATION
    return evse_id if 0 < evse_id <= LARGEST else None


def write_profile(profile: ChargingProfile) -> wire.ChargingProfileType:
    """The profile in words of 2.x.

    Raises:
        Unspeakable: it is of others, and never sent (K01.FR.22).
    """
    if profile.purpose is Purpose.EXTERNAL:
        raise Unspeakable("external limits are reported by stations, never set", "profile/purpose")
    recurrency = profile.recurrency
    return wire.ChargingProfileType(
        id=profile.profile_id,
        stack_level=profile.stack_level,
        charging_profile_purpose=PURPOSES[profile.purpose],
        charging_profile_kind=_KINDS[profile.kind],
        recurrency_kind=_RECURRENCIES[recurrency] if recurrency is not None else None,
        valid_from=_written(profile.valid_from),
        valid_to=_written(profile.valid_to),
        transaction_id=profile.station_ref,
        charging_schedule=[_write_schedule(each) for each in profile.schedules],
        max_offline_duration=profile.max_offline_duration_s,
        invalid_after_offline_duration=profile.invalid_after_offline,
        dyn_update_interval=profile.dyn_update_interval_s,
    )


def read_profile(profile: wire.ChargingProfileType) -> ChargingProfile | None:
    """The profile in our words; None where it says what the mirror cannot hold."""
    purpose = PURPOSE_OF.get(profile.charging_profile_purpose)
    kind = _KIND_OF.get(profile.charging_profile_kind)
    recurs = profile.recurrency_kind
    schedules = [read_schedule(each) for each in profile.charging_schedule]
    told = [each for each in schedules if each is not None]
    times = (profile.valid_from, profile.valid_to, profile.dyn_update_time)
    numbers = (profile.max_offline_duration, profile.dyn_update_interval)
    if purpose is None or kind is None or len(told) < len(schedules):
        return None
    if not are_usual((profile.id, profile.stack_level, *numbers)) or not _are_times(times):
        return None
    return ChargingProfile(
        profile_id=profile.id,
        stack_level=profile.stack_level,
        purpose=purpose,
        kind=kind,
        recurrency=_RECURRENCY_OF.get(recurs) if recurs is not None else None,
        valid_from=_read(profile.valid_from),
        valid_to=_read(profile.valid_to),
        station_ref=profile.transaction_id,
        schedules=tuple(told),
        max_offline_duration_s=profile.max_offline_duration,
        invalid_after_offline=profile.invalid_after_offline_duration,
        dyn_update_interval_s=profile.dyn_update_interval,
        dyn_update_at=_read(profile.dyn_update_time),
    )


def read_schedule(schedule: wire.ChargingScheduleType) -> ChargingSchedule | None:
    """The schedule in our words; None where it says what the domain cannot hold."""
    unit = UNIT_OF.get(schedule.charging_rate_unit)
    periods = [_read_period(each) for each in schedule.charging_schedule_period]
    told = sorted((each for each in periods if each is not None), key=lambda period: period.start_s)
    if unit is None or len(told) < len(periods):
        return None
    at_soc = schedule.limit_at_soc
    rates = (schedule.min_charging_rate, at_soc.limit if at_soc is not None else None)
    numbers = (schedule.id, schedule.duration, schedule.randomized_delay)
    if not (are_usual(numbers) and are_usual_rates(rates)):
        return None
    if not _are_times((schedule.start_schedule,)):
        return None
    return ChargingSchedule(
        id=schedule.id,
        rate_unit=unit,
        start_at=_read(schedule.start_schedule),
        duration_s=schedule.duration,
        min_charging_rate=schedule.min_charging_rate,
        limit_at_soc=(
            LimitAtSoc(soc=at_soc.soc, limit=at_soc.limit) if at_soc is not None else None
        ),
        use_local_time=schedule.use_local_time,
        randomized_delay_s=schedule.randomized_delay,
        periods=tuple(told),
    )


def _write_schedule(schedule: ChargingSchedule) -> wire.ChargingScheduleType:
    least, at_soc = schedule.min_charging_rate, schedule.limit_at_soc
    return wire.ChargingScheduleType(
        id=schedule.id,
        start_schedule=_written(schedule.start_at),
        duration=schedule.duration_s,
        charging_rate_unit=UNITS[schedule.rate_unit],
        min_charging_rate=plain(least) if least is not None else None,
        limit_at_soc=(
            wire.LimitAtSoCType(soc=at_soc.soc, limit=plain(at_soc.limit))
            if at_soc is not None
            else None
        ),
        use_local_time=schedule.use_local_time,
        randomized_delay=schedule.randomized_delay_s,
        charging_schedule_period=[
            wire.ChargingSchedulePeriodType(
                start_period=each.start_s,
                limit=plain(each.limit) if each.limit is not None else None,
                number_phases=None if each.number_phases == _ALL_PHASES else each.number_phases,
                phase_to_use=each.phase_to_use,
                **control_fields(each.control),
            )
            for each in schedule.periods
        ],
    )


def _read_period(period: wire.ChargingSchedulePeriodType) -> SchedulePeriod | None:
    numbers = (period.start_period, period.number_phases, period.phase_to_use)
    if not (are_usual(numbers) and are_usual_rates((period.limit,)) and can_be_held(period)):
        return None
    return SchedulePeriod(
        start_s=period.start_period,
        limit=period.limit,
        number_phases=period.number_phases,
        phase_to_use=period.phase_to_use,
        control=read_control(period),
    )


def _are_times(texts: tuple[str | None, ...]) -> bool:
    return all(text is None or moment_in(text) is not None for text in texts)


def _written(at: datetime | None) -> str | None:
    return None if at is None else write_moment(at)


def _read(text: str | None) -> datetime | None:
    return None if text is None else moment_in(text)
