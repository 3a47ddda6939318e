"""`/api/v1/stations/{id}/charging-limits`: what others allow a station, as it told."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response, moment
from voltaro.api.charging_profile_bodies import Schedule, schedule_item
from voltaro.api.deps import Deps
from voltaro.api.stations import StationId
from voltaro.domain.charging_limits import ChargingLimit
from voltaro.domain.ids import Scope
from voltaro.services.errors import NotFound
from voltaro.store.views.charging_limits import list_limits
from voltaro.store.views.stations import find_station

router = APIRouter(tags=["charging profiles"])


class ExternalChargingLimit(BaseModel):
    """A limit that somebody else has set; it ends when the station says so."""

    evse_id: int | None = Field(description="null: the whole station.", examples=[None])
    limit_source: str = Field(
        description="Who set it, in words of OCPP 2.x: EMS is an energy manager, SO the grid "
        "operator.",
        examples=["EMS"],
    )
    grid_critical: bool | None = Field(
        description="Whether the grid depends on it; null: the station did not say.",
        examples=[False],
    )
    local_generation: bool | None = Field(
        description="Whether it may be taken on top, since it is generated on the spot; null: the "
        "station did not say.",
        examples=[None],
    )
    schedules: list[Schedule] = Field(
        description="What is allowed; empty: the station did not say."
    )
    reported_at: datetime = Field(examples=["2026-11-03T07:12:44.120Z"])


class ExternalChargingLimits(BaseModel):
    items: list[ExternalChargingLimit]


@router.get(
    "/stations/{station_id}/charging-limits",
    operation_id="list_charging_limits",
    summary="List the limits that others have set at a station",
    response_model=ExternalChargingLimits,
)
async def limits(deps: Deps, station_id: StationId) -> Response:
    """Stations of OCPP 2.x tell them; those of the whole station come first."""
    if await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    rows = await list_limits(deps.engine, station_id)
    return json_response({"items": [_item(row) for row in rows]})


def _item(limit: ChargingLimit) -> dict[str, Any]:
    return {
        "evse_id": None if limit.where is Scope.STATION else limit.where,
        "limit_source": limit.limit_source,
        "grid_critical": limit.grid_critical,
        "local_generation": limit.local_generation,
        "schedules": [schedule_item(each) for each in limit.schedules],
        "reported_at": moment(limit.at),
    }
