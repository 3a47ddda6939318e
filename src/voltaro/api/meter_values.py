"""`/api/v1/stations/{id}/meter-values`: what meters said while nobody charged, and the main meter."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from voltaro.api import models
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit
from voltaro.api.parameters import Moment
from voltaro.api.stations import StationId
from voltaro.api.transactions import meter_values_cursor, meter_values_page
from voltaro.services.errors import NotFound
from voltaro.store.views.transactions import list_idle_meter_values

router = APIRouter(tags=["stations"])

_LARGEST = 2**31 - 1


@router.get(
    "/stations/{station_id}/meter-values",
    operation_id="list_station_meter_values",
    summary="List a station's meter values outside transactions by time",
    response_model=models.Page[models.MeterValue],
)
async def list_all(
    *,
    deps: Deps,
    station_id: StationId,
    evse_id: Annotated[
        int | None, Query(ge=0, le=_LARGEST, description="0: the station's main meter.")
    ] = None,
    since: Annotated[Moment | None, Query(description="Sampled at or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Sampled before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """They outlive their station. Those of a transaction are listed under it."""
    if "\0" in station_id:
        raise NotFound("there is no such station")
    after, skip = meter_values_cursor(cursor)
    begin = after or since
    rows = await list_idle_meter_values(
        deps.engine,
        station_id,
        evse_id=evse_id,
        since=begin,
        until=until,
        skip=skip,
        limit=limit + 1,
    )
    return json_response(meter_values_page(rows, limit, begin, skip))
