"""Charging profiles: setting, clearing, and what comes of them (1.6 §5.5, §5.7, §5.16, §7.8-7.14)."""

from datetime import datetime
from typing import Final

from voltaro.domain.charging_commands import (
    ClearChargingProfile,
    GetCompositeSchedule,
    SetChargingProfile,
)
from voltaro.domain.charging_mirror import (
    ClearCriteria,
    MirrorChanged,
    ProfileInstalled,
    ProfilesCleared,
)
from voltaro.domain.composite_schedule import CompositePeriod, CompositeSchedule
from voltaro.domain.ids import Scope
from voltaro.domain.schedule_comparison import shown_schedule
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
    Where,
)
from voltaro.protocol.amounts import LARGEST, are_usual, are_usual_rates, plain
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unspeakable,
    ask,
    single,
)
from voltaro.protocol.moments import moment_in, write_moment
from voltaro.protocol.profile_words import refuse_words_of_21
from voltaro.protocol.wire import v16 as wire

_PURPOSES: Final[dict[Purpose, wire.ChargingProfileChargingProfilePurpose]] = {
    Purpose.STATION_MAX: "ChargePointMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
_KINDS: Final[dict[ProfileKind, wire.ChargingProfileChargingProfileKind]] = {
    ProfileKind.ABSOLUTE: "Absolute",
    ProfileKind.RECURRING: "Recurring",
    ProfileKind.RELATIVE: "Relative",
}
_RECURRENCIES: Final[dict[Recurrency, wire.ChargingProfileRecurrencyKind]] = {
    Recurrency.DAILY: "Daily",
    Recurrency.WEEKLY: "Weekly",
}
_UNITS: Final[dict[RateUnit, wire.ChargingScheduleChargingRateUnit]] = {
    RateUnit.A: "A",
    RateUnit.W: "W",
}
_PURPOSE_OF: Final = {word: purpose for purpose, word in _PURPOSES.items()}
_KIND_OF: Final = {word: kind for kind, word in _KINDS.items()}
_RECURRENCY_OF: Final = {word: recurrency for recurrency, word in _RECURRENCIES.items()}
_UNIT_OF: Final = {word: unit for unit, word in _UNITS.items()}


def write_profile(profile: ChargingProfile) -> wire.ChargingProfile:
    """The profile in words of 1.6.

    Raises:
        Unspeakable: it has several schedules, names a phase, or limits what has no number.
    """
    refuse_words_of_21(profile, "OCPP 1.6")
    if len(profile.schedules) != 1:
        raise Unspeakable("a profile of OCPP 1.6 has one schedule", "profile/schedules")
    purpose = _PURPOSES.get(profile.purpose)
    if purpose is None:
        raise Unspeakable("OCPP 1.6 has no such purpose", "profile/purpose")
    recurrency = profile.recurrency
    return wire.ChargingProfile(
        charging_profile_id=profile.profile_id,
        transaction_id=transaction_number(profile.station_ref) if profile.station_ref else None,
        stack_level=profile.stack_level,
        charging_profile_purpose=purpose,
        charging_profile_kind=_KINDS[profile.kind],
        recurrency_kind=_RECURRENCIES[recurrency] if recurrency is not None else None,
        valid_from=_written(profile.valid_from),
        valid_to=_written(profile.valid_to),
        charging_schedule=_write_schedule(profile.schedules[0]),
    )


def read_profile(profile: wire.ChargingProfile) -> ChargingProfile | None:
    """The profile in our words; None where it says what the mirror cannot hold."""
    ref, schedule = profile.transaction_id, profile.charging_schedule
    recurs = profile.recurrency_kind
    purpose = _PURPOSE_OF.get(profile.charging_profile_purpose)
    kind = _KIND_OF.get(profile.charging_profile_kind)
    unit = _UNIT_OF.get(schedule.charging_rate_unit)
    if purpose is None or kind is None or unit is None or not _can_be_held(profile):
        return None
    periods = (
        SchedulePeriod(
            start_s=each.start_period, limit=each.limit, number_phases=each.number_phases
        )
        for each in schedule.charging_schedule_period
    )
    return ChargingProfile(
        profile_id=profile.charging_profile_id,
        stack_level=profile.stack_level,
        purpose=purpose,
        kind=kind,
        recurrency=_RECURRENCY_OF.get(recurs) if recurs is not None else None,
        valid_from=_read(profile.valid_from),
        valid_to=_read(profile.valid_to),
        station_ref=str(ref) if ref is not None else None,
        schedules=(
            ChargingSchedule(
                id=1,
                rate_unit=unit,
                start_at=_read(schedule.start_schedule),
                duration_s=schedule.duration,
                min_charging_rate=schedule.min_charging_rate,
                periods=tuple(sorted(periods, key=lambda each: each.start_s)),
            ),
        ),
    )


def transaction_number(station_ref: str) -> int:
    """The id of a transaction on the wire.

    Raises:
        Unspeakable: it is none of 1.6.
    """
    number = int(station_ref) if station_ref.isascii() and station_ref.isdigit() else -1
    if not 0 <= number <= LARGEST:
        raise Unspeakable("a transaction of OCPP 1.6 has a number", "station_ref")
    return number


def _write_schedule(schedule: ChargingSchedule) -> wire.ChargingSchedule:
    for each in schedule.periods:
        if each.phase_to_use is not None:
            raise Unspeakable("OCPP 1.6 cannot say which phase to use", "profile/schedules")
    least = schedule.min_charging_rate
    return wire.ChargingSchedule(
        duration=schedule.duration_s,
        start_schedule=_written(schedule.start_at),
        charging_rate_unit=_UNITS[schedule.rate_unit],
        charging_schedule_period=[
            wire.ChargingSchedulePeriod(
                start_period=each.start_s,
                limit=plain(each.limit),
                number_phases=each.number_phases,
            )
            for each in schedule.periods
            if each.limit is not None
        ],
        min_charging_rate=plain(least) if least is not None else None,
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else write_moment(at)


def _read(text: str | None) -> datetime | None:
    return None if text is None else moment_in(text)


def _can_be_held(profile: wire.ChargingProfile) -> bool:
    schedule = profile.charging_schedule
    periods = schedule.charging_schedule_period
    rates = (schedule.min_charging_rate, *(each.limit for each in periods))
    numbers = (
        profile.charging_profile_id,
        profile.transaction_id,
        profile.stack_level,
        schedule.duration,
        *(each.start_period for each in periods),
        *(each.number_phases for each in periods),
    )
    times = (profile.valid_from, profile.valid_to, schedule.start_schedule)
    return (
        are_usual(numbers)
        and are_usual_rates(rates)
        and all(text is None or moment_in(text) is not None for text in times)
    )


def _connector(where: Where) -> int:
    return 0 if where is Scope.STATION else where


def _place(connector_id: int) -> Where | None:
    """None where there cannot be a connector."""
    if connector_id == 0:
        return Scope.STATION
    return connector_id if 0 < connector_id <= LARGEST else None


def _write_set(command: SetChargingProfile) -> wire.SetChargingProfileRequest:
    return wire.SetChargingProfileRequest(
        connector_id=_connector(command.where), cs_charging_profiles=write_profile(command.profile)
    )


def _installed(
    req: wire.SetChargingProfileRequest,
    res: wire.SetChargingProfileResponse | None,
    target: Target,
) -> tuple[MirrorChanged, ...]:
    if res is None or res.status != "Accepted":
        return ()
    where, profile = _place(req.connector_id), read_profile(req.cs_charging_profiles)
    if where is None or profile is None:
        return ()
    step = ProfileInstalled(where=where, profile=profile, source=target.author, at=target.at)
    return (MirrorChanged(target.station_id, step),)


def _clear(command: ClearChargingProfile) -> Conversation:
    response = yield ask(_write_clear(command))
    if response.status == "Unknown":
        return Conclusion(detail="the station holds no such profile")
    return None


def _write_clear(command: ClearChargingProfile) -> wire.ClearChargingProfileRequest:
    criteria = command.criteria
    purpose = _PURPOSES.get(criteria.purpose) if criteria.purpose is not None else None
    if criteria.purpose is not None and purpose is None:
        raise Unspeakable("OCPP 1.6 has no such purpose", "purpose")
    return wire.ClearChargingProfileRequest(
        id=criteria.profile_id,
        connector_id=_connector(criteria.where) if criteria.where is not None else None,
        charging_profile_purpose=purpose,
        stack_level=criteria.stack_level,
    )


def _cleared(
    req: wire.ClearChargingProfileRequest,
    res: wire.ClearChargingProfileResponse | None,
    target: Target,
) -> tuple[MirrorChanged, ...]:
    """What the station has removed, or does not know, is gone here as well."""
    if res is None or res.status not in {"Accepted", "Unknown"}:
        return ()
    connector, purpose = req.connector_id, req.charging_profile_purpose
    where = _place(connector) if connector is not None else None
    nowhere = req.id is None and connector is not None and where is None
    if nowhere or not are_usual((req.id, req.stack_level)):
        return ()
    criteria = ClearCriteria(
        profile_id=req.id,
        where=where,
        purpose=_PURPOSE_OF[purpose] if purpose is not None else None,
        stack_level=req.stack_level,
    )
    return (MirrorChanged(target.station_id, ProfilesCleared(criteria)),)


def _composite(command: GetCompositeSchedule) -> Conversation:
    response = yield ask(
        wire.GetCompositeScheduleRequest(
            connector_id=_connector(command.where),
            duration=command.duration_s,
            charging_rate_unit=_UNITS[command.unit] if command.unit is not None else None,
        )
    )
    if response.status != "Accepted":
        return None
    told = _read_composite(response, command)
    if told is None:
        return Conclusion(detail="the station did not say which schedule, or from when on")
    return Conclusion(result={"station": shown_schedule(told)})


def _read_composite(
    response: wire.GetCompositeScheduleResponse, command: GetCompositeSchedule
) -> CompositeSchedule | None:
    schedule = response.charging_schedule
    if schedule is None:
        return None
    # Quirk: the start inside the schedule, where it must be omitted (1.6 erratum 3.57).
    start_at = _read(response.schedule_start) or _read(schedule.start_schedule)
    unit = _UNIT_OF.get(schedule.charging_rate_unit)
    if start_at is None or unit is None:
        return None
    periods = (
        CompositePeriod(
            start_s=each.start_period, limit=each.limit, number_phases=each.number_phases
        )
        for each in schedule.charging_schedule_period
    )
    return CompositeSchedule(
        start_at=start_at,
        duration_s=command.duration_s if schedule.duration is None else schedule.duration,
        rate_unit=unit,
        periods=tuple(sorted(periods, key=lambda each: each.start_s)),
    )


CALLS = (
    CallRoute(
        request=wire.SetChargingProfileRequest,
        response=wire.SetChargingProfileResponse,
        after=_installed,
    ),
    CallRoute(
        request=wire.ClearChargingProfileRequest,
        response=wire.ClearChargingProfileResponse,
        after=_cleared,
    ),
    CallRoute(request=wire.GetCompositeScheduleRequest, response=wire.GetCompositeScheduleResponse),
)
COMMANDS = (
    CommandRoute(SetChargingProfile, single(_write_set)),
    CommandRoute(ClearChargingProfile, _clear),
    CommandRoute(GetCompositeSchedule, _composite),
)
