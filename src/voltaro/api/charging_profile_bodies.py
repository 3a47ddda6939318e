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
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
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


class Period(models.Body):
    """Until the next one starts."""

    start_s: _Whole = Field(
        description="Seconds from the start of the schedule; the first is 0.", examples=[0]
    )
    limit: _Rate = Field(
        description="In A for each phase or W for all of them, with at most one decimal.",
        examples=[16],
    )
    number_phases: _Whole | None = Field(
        None, description="1 to 3; null: 3 where it matters.", examples=[3]
    )
    phase_to_use: _Whole | None = Field(
        None, description="1 to 3, only with `number_phases` 1.", examples=[None]
    )


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

    purpose: Literal["station_max", "tx_default", "tx"] = Field(
        description="station_max: the whole station; tx_default: every transaction that has no "
        "profile of its own; tx: one transaction."
    )
    stack_level: _Whole = Field(
        0, description="Of several of a purpose the highest counts; from 0."
    )
    kind: Literal["absolute", "recurring", "relative"] = Field(
        description="What times count from: `start_at`, each day or week, or the transaction."
    )
    recurrency: Literal["daily", "weekly"] | None = Field(
        None, description="Only of a recurring profile."
    )
    valid_from: Moment | None = Field(None, description="RFC 3339, with its zone.")
    valid_to: Moment | None = Field(None, description="The first moment when it is not valid.")
    schedules: list[Schedule] = Field(
        max_length=100, description="One to three; OCPP 1.6 takes one."
    )


class ShownProfile(BaseModel):
    purpose: Literal["station_max", "tx_default", "tx", "external"] = Field(examples=["tx_default"])
    stack_level: int = Field(examples=[0])
    kind: Literal["absolute", "recurring", "relative"] = Field(examples=["absolute"])
    recurrency: Literal["daily", "weekly"] | None = Field(examples=[None])
    valid_from: datetime | None = Field(examples=[None])
    valid_to: datetime | None = Field(examples=["2026-12-31T23:00:00.000Z"])
    schedules: list[Schedule]


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
    )


def _schedule(number: int, body: Schedule) -> ChargingSchedule:
    return ChargingSchedule(
        id=number,
        rate_unit=RateUnit(body.rate_unit.lower()),
        start_at=body.start_at,
        duration_s=body.duration_s,
        min_charging_rate=body.min_charging_rate,
        periods=tuple(SchedulePeriod(**each.model_dump()) for each in body.periods),
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
    }


def schedule_item(schedule: ChargingSchedule) -> dict[str, Any]:
    """A schedule as it is shown."""
    return {
        "rate_unit": schedule.rate_unit.value.upper(),
        "start_at": moment(schedule.start_at),
        "duration_s": schedule.duration_s,
        "min_charging_rate": schedule.min_charging_rate,
        "periods": schedule.periods,
    }
