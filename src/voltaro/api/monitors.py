"""`/api/v1/stations/{id}/monitors`: which changes of its variables a station tells by itself."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.api.stations import StationId
from voltaro.domain.monitoring import MonitorKind
from voltaro.domain.monitoring_events import EventOrigin
from voltaro.services.errors import NotFound
from voltaro.store.views.monitors import MonitorRow, list_monitors
from voltaro.store.views.stations import find_station

router = APIRouter(prefix="/stations", tags=["stations"])

_Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Monitor(BaseModel):
    """A monitor of a variable (OCPP 2.x), as the station told it, or took it from us."""

    monitor_id: int = Field(description="The station's number for it.", examples=[17])
    component: str = Field(examples=["EVSE"])
    component_instance: str | None = Field(examples=[None])
    evse_id: int | None = Field(examples=[1])
    connector_id: int | None = Field(examples=[None])
    name: str = Field(description="Of the variable.", examples=["AvailabilityState"])
    instance: str | None = Field(examples=[None])
    kind: MonitorKind | None = Field(
        description="null: a word that we do not know.", examples=["delta"]
    )
    value: models.Number | None = Field(
        description="The threshold, the change that counts, or seconds; null: not a number.",
        examples=[1],
    )
    severity: int = Field(description="0 is danger, 9 is of use to developers.", examples=[8])
    in_transactions: bool = Field(description="Active only during sessions.", examples=[False])
    origin: EventOrigin | None = Field(
        description="Who put it there; null: not told.", examples=["custom_monitor"]
    )
    told_at: datetime = Field(
        description="When the station told it, or took it, last.",
        examples=["2026-11-03T07:15:00.381Z"],
    )


@router.get(
    "/{station_id}/monitors",
    operation_id="list_monitors",
    summary="List the monitors of a station's variables by number",
    response_model=models.Page[Monitor],
)
async def list_all(
    *,
    deps: Deps,
    station_id: StationId,
    component: Annotated[Text | None, Query(examples=["EVSE"])] = None,
    name: Annotated[Text | None, Query(examples=["AvailabilityState"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """As they were told last; the command `get_monitoring_report` has them told again."""
    key = decode_cursor("monitors", cursor, tuple[_Number])
    if "\0" in station_id or await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    rows = await list_monitors(
        deps.engine,
        station_id,
        component=component,
        name=name,
        after=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("monitors", row["monitor_id"]))
    )


def _item(row: MonitorRow) -> dict[str, Any]:
    return {**row, "told_at": moment(row["told_at"])}
