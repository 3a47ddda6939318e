"""Setting and clearing charging profiles, and what they come to (2.x K01, K08, K10)."""

from collections.abc import Iterable
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
from voltaro.domain.command import CommandState
from voltaro.domain.composite_schedule import CompositePeriod, CompositeSchedule
from voltaro.domain.schedule_comparison import shown_schedule
from voltaro.domain.smart_charging import Purpose
from voltaro.protocol.amounts import are_usual
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unspeakable,
    ask,
)
from voltaro.protocol.moments import moment_in
from voltaro.protocol.profile_words import PURPOSES_OF_21, refuse_words_of_21
from voltaro.protocol.v2.smart_charging import (
    PURPOSE_OF,
    PURPOSES,
    UNIT_OF,
    UNITS,
    evse_number,
    place_of,
    read_profile,
    write_profile,
)
from voltaro.protocol.wire import v21 as wire

#: Everything that we can clear, where 2.x must be told what (K10.FR.02).
_OURS_OF_201: Final = (Purpose.STATION_MAX, Purpose.TX_DEFAULT, Purpose.TX)
_OURS: Final = (*_OURS_OF_201, Purpose.PRIORITY, Purpose.LOCAL_GENERATION)
_201: Final = "OCPP 2.0.1"
_NONE_HELD: Final = "the station holds no such profile"


def _set(command: SetChargingProfile) -> Conversation:
    """What would be valid beside it goes first (K01.FR.06)."""
    for profile_id in command.displaced:
        yield ask(_write_clear(ClearCriteria(profile_id=profile_id)))
    yield ask(_write_set(command))
    return None


def _set_201(command: SetChargingProfile) -> Conversation:
    refuse_words_of_21(command.profile, _201)
    return (yield from _set(command))


def _write_set(command: SetChargingProfile) -> wire.SetChargingProfileRequest:
    return wire.SetChargingProfileRequest(
        evse_id=evse_number(command.where), charging_profile=write_profile(command.profile)
    )


def _installed(
    req: wire.SetChargingProfileRequest,
    res: wire.SetChargingProfileResponse | None,
    target: Target,
) -> tuple[MirrorChanged, ...]:
    if res is None or res.status != "Accepted":
        return ()
    where, profile = place_of(req.evse_id), read_profile(req.charging_profile)
    if where is None or profile is None:
        return ()
    step = ProfileInstalled(
        where=where, profile=profile, source=target.author, at=target.at, by_id=True
    )
    return (MirrorChanged(target.station_id, step),)


def _clear(command: ClearChargingProfile) -> Conversation:
    return (yield from _clear_each(command, _OURS))


def _clear_201(command: ClearChargingProfile) -> Conversation:
    if command.criteria.purpose in PURPOSES_OF_21:
        raise Unspeakable(f"{_201} has no purpose {command.criteria.purpose}", "purpose")
    return (yield from _clear_each(command, _OURS_OF_201))


def _clear_each(command: ClearChargingProfile, ours: Iterable[Purpose]) -> Conversation:
    """Without any criterion one CALL for each purpose: 2.x has no word for all of them."""
    criteria = command.criteria
    if criteria.purpose is Purpose.EXTERNAL:  # K10.FR.06
        raise Unspeakable("external limits are cleared by whoever set them", "purpose")
    if criteria != ClearCriteria():
        response = yield ask(_write_clear(criteria))
        return Conclusion(detail=_NONE_HELD) if response.status == "Unknown" else None
    words = []
    for purpose in ours:
        response = yield ask(_write_clear(ClearCriteria(purpose=purpose)))
        words.append(response.status)
    if "Accepted" in words:
        return Conclusion(state=CommandState.ACCEPTED, answer="Accepted")
    return Conclusion(detail=_NONE_HELD)


def _write_clear(criteria: ClearCriteria) -> wire.ClearChargingProfileRequest:
    if criteria.profile_id is not None:  # the others do not count then
        return wire.ClearChargingProfileRequest(charging_profile_id=criteria.profile_id)
    where, purpose = criteria.where, criteria.purpose
    return wire.ClearChargingProfileRequest(
        charging_profile_criteria=wire.ClearChargingProfileType(
            evse_id=evse_number(where) if where is not None else None,
            charging_profile_purpose=PURPOSES[purpose] if purpose is not None else None,
            stack_level=criteria.stack_level,
        )
    )


def _cleared(
    req: wire.ClearChargingProfileRequest,
    res: wire.ClearChargingProfileResponse | None,
    target: Target,
) -> tuple[MirrorChanged, ...]:
    """What the station has removed, or does not know, is gone here as well."""
    if res is None or res.status not in {"Accepted", "Unknown"}:
        return ()
    criteria = _read_clear(req)
    if criteria is None:
        return ()
    return (MirrorChanged(target.station_id, ProfilesCleared(criteria)),)


def _read_clear(req: wire.ClearChargingProfileRequest) -> ClearCriteria | None:
    """None where it fits nothing that the mirror can hold, external profiles among them."""
    if req.charging_profile_id is not None:
        known = are_usual((req.charging_profile_id,))
        return ClearCriteria(profile_id=req.charging_profile_id) if known else None
    asked = req.charging_profile_criteria or wire.ClearChargingProfileType()
    evse_id, word = asked.evse_id, asked.charging_profile_purpose
    where = place_of(evse_id) if evse_id is not None else None
    purpose = PURPOSE_OF.get(word) if word is not None else None
    nowhere = evse_id is not None and where is None
    unknown = word is not None and purpose in {None, Purpose.EXTERNAL}
    if nowhere or unknown or not are_usual((asked.stack_level,)):
        return None
    return ClearCriteria(where=where, purpose=purpose, stack_level=asked.stack_level)


def _composite(command: GetCompositeSchedule) -> Conversation:
    response = yield ask(
        wire.GetCompositeScheduleRequest(
            duration=command.duration_s,
            charging_rate_unit=UNITS[command.unit] if command.unit is not None else None,
            evse_id=evse_number(command.where),
        )
    )
    if response.status != "Accepted":
        return None
    told = _read_composite(response.schedule)
    if told is None:
        return Conclusion(detail="the station did not say which schedule, or from when on")
    return Conclusion(result={"station": shown_schedule(told)})


def _read_composite(schedule: wire.CompositeScheduleType | None) -> CompositeSchedule | None:
    if schedule is None:
        return None
    start_at, unit = moment_in(schedule.schedule_start), UNIT_OF.get(schedule.charging_rate_unit)
    periods = sorted(schedule.charging_schedule_period, key=lambda each: each.start_period)
    if start_at is None or unit is None:
        return None
    return CompositeSchedule(
        start_at=start_at,
        duration_s=schedule.duration,
        rate_unit=unit,
        periods=tuple(
            CompositePeriod(
                start_s=each.start_period, limit=each.limit, number_phases=each.number_phases
            )
            for each in periods
        ),
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
    CommandRoute(SetChargingProfile, _set),
    CommandRoute(ClearChargingProfile, _clear),
    CommandRoute(GetCompositeSchedule, _composite),
)
#: What 2.0.1 has fewer words for.
COMMANDS_201 = (
    CommandRoute(SetChargingProfile, _set_201),
    CommandRoute(ClearChargingProfile, _clear_201),
)
