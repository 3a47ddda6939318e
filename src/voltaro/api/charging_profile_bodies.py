"""The bodies of charging profiles: as they come in, as they are shown, and what is wrong with them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, WithJsonSchema

from voltaro.api import models
from voltaro.api.bodies import moment
from voltaro.api.errors import FieldError, Problem
from voltaro.api.parameters import Moment
from voltaro.domain.period_control import (
    FrequencyPoint,
    OperationMode,
    PeriodControl,
    SignalPoint,
)
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    LimitAtSoc,
    ProfileKind,
    ProfileTemplate,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from voltaro.services.charging_profiles import ProfileRefused

_LARGEST = 2**31 - 1

UnitWord = Literal["A", "W"]
_Whole = Annotated[StrictInt, Field(ge=-_LARGEST, le=_LARGEST)]
_Rate = Annotated[
    Decimal, Field(gt=-(10**9), lt=10**9), WithJsonSchema({"type": "number", "maximum": 999999999})
]


_Signed = Annotated[
    Decimal, Field(gt=-(10**9), lt=10**9), WithJsonSchema({"type": "number", "maximum": 999999999})
]
_Rated = Field(None, examples=[None])


class FrequencyPointBody(models.Body):
    """At this frequency of the grid (Hz) so much power (W)."""

    frequency: _Signed = Field(examples=[50.2])
    power: _Signed = Field(examples=[-3000])


class SignalPointBody(models.Body):
    """At this aFRR signal so much power (W)."""

    signal: _Whole = Field(examples=[1])
    power: _Signed = Field(examples=[500])


class Control(models.Body):
    """What a period does beside limiting; rates are in `rate_unit`. OCPP 2.1 only.

    What is `…_l2` or `…_l3` is for that phase; then the value without is for the first. What the
    vehicle gives back is negative.
    """

    operation_mode: OperationMode | None = Field(
        None, description="null: charging_only.", examples=["central_setpoint"]
    )
    limit_l2: _Signed | None = _Rated
    limit_l3: _Signed | None = _Rated
    discharge_limit: _Signed | None = _Rated
    discharge_limit_l2: _Signed | None = _Rated
    discharge_limit_l3: _Signed | None = _Rated
    setpoint: _Signed | None = Field(None, examples=[-5000])
    setpoint_l2: _Signed | None = _Rated
    setpoint_l3: _Signed | None = _Rated
    setpoint_reactive: _Signed | None = _Rated
    setpoint_reactive_l2: _Signed | None = _Rated
    setpoint_reactive_l3: _Signed | None = _Rated
    preconditioning_request: bool | None = None
    evse_sleep: bool | None = None
    v2x_baseline: _Signed | None = _Rated
    v2x_freq_watt_curve: list[FrequencyPointBody] = Field([], max_length=20)
    v2x_signal_watt_curve: list[SignalPointBody] = Field([], max_length=20)


class LimitAtSocBody(models.Body):
    """What counts once the vehicle's battery is so full, where that is less."""

    soc: Annotated[StrictInt, Field(ge=0, le=100)] = Field(description="Percent.", examples=[80])
    limit: _Signed = Field(examples=[6000])


class Period(models.Body):
    """Until the next one starts."""

    start_s: _Whole = Field(
        description="Seconds from the start of the schedule; the first is 0.", examples=[0]
    )
    limit: _Rate | None = Field(
        None,
        description="In A for each phase or W for all of them, with at most one decimal. Absent only "
        "where `control` says what counts.",
        examples=[16],
    )
    number_phases: _Whole | None = Field(
        None, description="1 to 3; null: 3 where it matters.", examples=[3]
    )
    phase_to_use: _Whole | None = Field(
        None, description="1 to 3, only with `number_phases` 1.", examples=[None]
    )
    control: Control | None = Field(None, examples=[None])


class Schedule(models.Body):
    rate_unit: UnitWord = Field(examples=["A"])
    start_at: Moment | None = Field(
        None,
        description="RFC 3339, with its zone. Needed when recurring, not allowed when relative; "
        "null in an absolute template: when it is set.",
        examples=["2026-11-03T00:00:00.000Z"],
    )
    duration_s: _Whole | None = Field(
        None, description="null: the last period does not end.", examples=[86400]
    )
    min_charging_rate: _Rate | None = Field(
        None, description="Below it charging is inefficient, in `rate_unit`.", examples=[None]
    )
    limit_at_soc: LimitAtSocBody | None = Field(None, description="2.1 only.", examples=[None])
    use_local_time: bool | None = Field(
        None, description="The station's own zone counts. OCPP 2.1 only.", examples=[None]
    )
    randomized_delay_s: Annotated[StrictInt, Field(ge=0, le=_LARGEST)] | None = Field(
        None, description="All periods but the first begin up to so much later. 2.1 only."
    )
    periods: list[Period] = Field(max_length=1024)


_EXAMPLE: models.Example = {
    "purpose": "tx_default",
    "stack_level": 0,
    "kind": "recurring",
    "recurrency": "daily",
    "schedules": [
        {
            "rate_unit": "W",
            "start_at": "2026-11-03T00:00:00Z",
            "duration_s": 86400,
            "periods": [
                {"start_s": 0, "limit": 11000},
                {"start_s": 28800, "limit": 6000},
                {"start_s": 72000, "limit": 11000},
            ],
        }
    ],
}


class ChargingProfileBody(models.Body):
    """A whole charging profile in words of OCPP 2.x, without what is known only when it is set."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    purpose: Literal["station_max", "tx_default", "tx", "priority", "local_generation"] = Field(
        description="station_max: the whole station; tx_default: every transaction that has no "
        "profile of its own; tx: one transaction. OCPP 2.1: priority waits until it is asked for; "
        "local_generation is allowed on top."
    )
    stack_level: _Whole = Field(
        0, description="Of several of a purpose the highest counts; from 0."
    )
    kind: Literal["absolute", "recurring", "relative", "dynamic"] = Field(
        description="What times count from: `start_at`, each day or week, or the transaction. "
        "dynamic (OCPP 2.1): one period, in force until it is told anew."
    )
    recurrency: Literal["daily", "weekly"] | None = Field(
        None, description="Only of a recurring profile."
    )
    valid_from: Moment | None = Field(None, description="RFC 3339, with its zone.")
    valid_to: Moment | None = Field(None, description="The first moment when it is not valid.")
    schedules: list[Schedule] = Field(
        max_length=100, description="One to three; OCPP 1.6 takes one."
    )
    max_offline_duration_s: Annotated[StrictInt, Field(ge=0, le=_LARGEST)] | None = Field(
        None, description="Not valid while the station is offline for longer. OCPP 2.1 only."
    )
    invalid_after_offline: bool | None = Field(
        None, description="Nor when it is back after that. OCPP 2.1 only."
    )
    dyn_update_interval_s: Annotated[StrictInt, Field(ge=0, le=_LARGEST)] | None = Field(
        None, description="How often the station asks for a dynamic profile anew. OCPP 2.1 only."
    )


class ShownProfile(BaseModel):
    purpose: Literal[
        "station_max", "tx_default", "tx", "external", "priority", "local_generation"
    ] = Field(examples=["tx_default"])
    stack_level: int = Field(examples=[0])
    kind: Literal["absolute", "recurring", "relative", "dynamic"] = Field(examples=["absolute"])
    recurrency: Literal["daily", "weekly"] | None = Field(examples=[None])
    valid_from: datetime | None = Field(examples=[None])
    valid_to: datetime | None = Field(examples=["2026-12-31T23:00:00.000Z"])
    schedules: list[Schedule]
    max_offline_duration_s: int | None = Field(None, examples=[None])
    invalid_after_offline: bool | None = Field(None, examples=[None])
    dyn_update_interval_s: int | None = Field(None, examples=[None])


class _Fault(FieldError):
    code: str


def profile_problem(refused: ProfileRefused, place: Callable[[str], str]) -> Problem:
    """All faults at once; `place` makes a pointer into the body of one into the profile."""
    errors: list[_Fault] = [
        {"code": fault.code.value, "pointer": place(fault.pointer), "detail": fault.detail}
        for fault in refused.faults
    ]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", str(refused), errors=errors)


def template_of(body: ChargingProfileBody) -> ProfileTemplate:
    """The template that a body describes."""
    return ProfileTemplate(
        stack_level=body.stack_level,
        purpose=Purpose(body.purpose),
        kind=ProfileKind(body.kind),
        recurrency=Recurrency(body.recurrency) if body.recurrency is not None else None,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        schedules=tuple(_schedule(n, each) for n, each in enumerate(body.schedules, start=1)),
        max_offline_duration_s=body.max_offline_duration_s,
        invalid_after_offline=body.invalid_after_offline,
        dyn_update_interval_s=body.dyn_update_interval_s,
    )


def _schedule(number: int, body: Schedule) -> ChargingSchedule:
    return ChargingSchedule(
        id=number,
        rate_unit=RateUnit(body.rate_unit.lower()),
        start_at=body.start_at,
        duration_s=body.duration_s,
        min_charging_rate=body.min_charging_rate,
        limit_at_soc=(
            LimitAtSoc(**body.limit_at_soc.model_dump()) if body.limit_at_soc is not None else None
        ),
        use_local_time=body.use_local_time,
        randomized_delay_s=body.randomized_delay_s,
        periods=tuple(map(_period, body.periods)),
    )


def _period(body: Period) -> SchedulePeriod:
    return SchedulePeriod(
        start_s=body.start_s,
        limit=body.limit,
        number_phases=body.number_phases,
        phase_to_use=body.phase_to_use,
        control=_control(body.control) if body.control is not None else None,
    )


def _control(body: Control) -> PeriodControl:
    curves = {"v2x_freq_watt_curve", "v2x_signal_watt_curve"}
    return PeriodControl(
        **body.model_dump(exclude=curves),
        v2x_freq_watt_curve=tuple(
            FrequencyPoint(**each.model_dump()) for each in body.v2x_freq_watt_curve
        ),
        v2x_signal_watt_curve=tuple(
            SignalPoint(**each.model_dump()) for each in body.v2x_signal_watt_curve
        ),
    )


def profile_item(profile: ChargingProfile | ProfileTemplate) -> dict[str, Any]:
    """A profile as it is shown, without what only its place gives it."""
    return {
        "purpose": profile.purpose.value,
        "stack_level": profile.stack_level,
        "kind": profile.kind.value,
        "recurrency": profile.recurrency,
        "valid_from": moment(profile.valid_from),
        "valid_to": moment(profile.valid_to),
        "schedules": [schedule_item(each) for each in profile.schedules],
    } | _told(
        max_offline_duration_s=profile.max_offline_duration_s,
        invalid_after_offline=profile.invalid_after_offline,
        dyn_update_interval_s=profile.dyn_update_interval_s,
    )


def schedule_item(schedule: ChargingSchedule) -> dict[str, Any]:
    """A schedule as it is shown."""
    return {
        "rate_unit": schedule.rate_unit.value.upper(),
        "start_at": moment(schedule.start_at),
        "duration_s": schedule.duration_s,
        "min_charging_rate": schedule.min_charging_rate,
        "periods": [_period_item(each) for each in schedule.periods],
    } | _told(
        limit_at_soc=schedule.limit_at_soc,
        use_local_time=schedule.use_local_time,
        randomized_delay_s=schedule.randomized_delay_s,
    )


def _period_item(period: SchedulePeriod) -> dict[str, Any]:
    return {
        "start_s": period.start_s,
        "limit": period.limit,
        "number_phases": period.number_phases,
        "phase_to_use": period.phase_to_use,
    } | _told(control=period.control)


def _told(**fields: Any) -> dict[str, Any]:
    """What OCPP 2.1 alone knows is shown where there is any."""
    return {name: value for name, value in fields.items() if value is not None}
