"""`/api/v1/overview`: figures of the fleet, now and over the last days."""

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api.attention import items_now
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.errors import Problem
from voltaro.api.parameters import Text
from voltaro.domain.attention import counts
from voltaro.domain.overview import day_bounds, floored, stepped, utilisation
from voltaro.services.fleet_power import fleet_power_w
from voltaro.store.views.overview import read_overview

router = APIRouter(prefix="/overview", tags=["fleet"])

_DAY = timedelta(days=1)
_STEP = timedelta(minutes=5)
_DAYS = 7
_WEEKS = timedelta(weeks=4)


class PowerStep(BaseModel):
    """The mean of five minutes from `at` on; null where the server did not run."""

    at: datetime = Field(examples=["2026-11-03T07:10:00.000Z"])
    power_w: int | None = Field(examples=[48200])


class EnergyDay(BaseModel):
    """Of the sessions that began on that day."""

    day: date = Field(examples=["2026-11-03"])
    energy_wh: int = Field(examples=[412040])
    sessions: int = Field(examples=[31])


class Starts(BaseModel):
    """Of the last 24 hours."""

    accepted: int = Field(
        description="Sessions that began with an accepted token, or without one.", examples=[31]
    )
    refused: int = Field(
        description="Tokens that a station was told not to accept, once per token and station.",
        examples=[2],
    )


class Severities(BaseModel):
    """How many items `/api/v1/attention` has."""

    high: int = Field(examples=[1])
    medium: int = Field(examples=[4])
    low: int = Field(examples=[0])


class Overview(BaseModel):
    """Power is that of stations that are online, as far as it is measured or derived."""

    at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    power_w: int = Field(examples=[51300])
    power: list[PowerStep] = Field(description="The last 24 hours, oldest first.")
    power_yesterday: list[PowerStep] = Field(description="The 24 hours before those.")
    energy_days: list[EnergyDay] = Field(description="Seven days, today is the last.")
    starts: Starts
    utilisation: list[list[float | None]] | None = Field(
        description="Share of connectors in a session over the last four weeks, 0 to 1: seven "
        "days from Monday on, 24 hours each; null where nothing was recorded.",
        examples=[[[0.25] * 24] * 7],
    )
    attention: Severities


@router.get(
    "",
    operation_id="get_overview",
    summary="Show power, energy and starts of the fleet",
    response_model=Overview,
)
async def overview(
    deps: Deps,
    time_zone: Annotated[
        Text,
        Query(description="Where days and hours begin: an IANA name.", examples=["Europe/Berlin"]),
    ] = "UTC",
) -> Response:
    now, zone = deps.clock(), _zone(time_zone)
    days = day_bounds(now, zone, _DAYS)
    rows = await read_overview(
        deps.engine,
        power_since=floored(now, _STEP) - 2 * _DAY,
        step=_STEP,
        days=days,
        starts_since=now - _DAY,
        weeks_since=now - _WEEKS,
    )

    def power(until: datetime) -> list[dict[str, object]]:
        steps = stepped(rows.power_w, until=until, step=_STEP, span=_DAY)
        return [{"at": moment(at), "power_w": power_w} for at, power_w in steps]

    return json_response(
        {
            "at": moment(now),
            "power_w": fleet_power_w(deps.gauges, deps.presence),
            "power": power(now),
            "power_yesterday": power(now - _DAY),
            "energy_days": [
                {"day": day.date(), "energy_wh": energy_wh, "sessions": sessions}
                for day, (energy_wh, sessions) in zip(days, rows.days, strict=False)
            ],
            "starts": {"accepted": rows.accepted, "refused": rows.refused},
            "utilisation": utilisation(rows.sessions, rows.connectors, zone),
            "attention": counts(await items_now(deps, now)),
        }
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        detail = f"there is no time zone {name!r}; names are such as Europe/Berlin"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            f"time_zone: {detail}",
            errors=[{"parameter": "time_zone", "detail": detail}],
        ) from None
