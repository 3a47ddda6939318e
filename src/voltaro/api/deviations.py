"""`/api/v1/stations/{id}/deviations`: how a station departs from the specification."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.store.views.stations import find_station
from voltaro.store.views.tolerance import DeviationRow, list_deviations

router = APIRouter(prefix="/stations", tags=["stations"])

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Deviation(BaseModel):
    """One way of being wrong, in one place of one message, however often it happened."""

    kind: str = Field(description="A stable word.", examples=["time_without_zone"])
    action: str = Field(
        description="Empty where no message could be made out.", examples=["MeterValues"]
    )
    pointer: str = Field(
        description='JSON pointer; "*" for places in lists, empty for the whole message.',
        examples=["/meterValue/*/timestamp"],
    )
    count: int = Field(examples=[1204])
    first_at: datetime = Field(examples=["2026-11-03T06:15:00.000Z"])
    last_at: datetime = Field(examples=["2026-11-03T07:15:00.000Z"])
    frame: str = Field(
        description="The last message that did so; secrets in it are masked.",
        examples=['[2,"17","MeterValues",{}]'],
    )


@router.get(
    "/{station_id}/deviations",
    operation_id="list_deviations",
    summary="List how a station departs from the specification, the latest first",
    response_model=models.Page[Deviation],
)
async def list_all(
    deps: Deps, station_id: StationId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    before = decode_cursor("deviations", cursor, tuple[_Time, str, str, str])
    if "\0" in station_id or await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    rows = await list_deviations(deps.engine, station_id, before=before, limit=limit + 1)
    return json_response(page(rows, limit, _item, _cursor))


def _cursor(row: DeviationRow) -> str:
    return encode_cursor("deviations", row["last_at"], row["kind"], row["action"], row["pointer"])


def _item(row: DeviationRow) -> dict[str, Any]:
    return {**row, "first_at": moment(row["first_at"]), "last_at": moment(row["last_at"])}
