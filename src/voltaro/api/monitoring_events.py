"""`/api/v1/stations/{id}/monitoring-events`: what a station told of its variables by itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.store.views.monitoring_events import MonitoringEventRow, list_monitoring_events

router = APIRouter(prefix="/stations", tags=["stations"])

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class MonitoringEvent(BaseModel):
    """A variable changed, crossed a threshold, or is told at intervals (OCPP 2.x NotifyEvent)."""

    event_id: int = Field(
        description="The station's number for it; negative for a value of a stream, which has none.",
        examples=[17],
    )
    cause: int | None = Field(description="`event_id` of what caused it.", examples=[None])
    at: datetime = Field(
        description="The station's time, or ours where it has none that can be trusted.",
        examples=["2026-11-03T07:15:00.000Z"],
    )
    clock_trusted: bool = Field(examples=[True])
    received_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    component: str = Field(examples=["ConnectorPlugRetentionLock"])
    component_instance: str | None = Field(examples=[None])
    evse_id: int | None = Field(examples=[1])
    connector_id: int | None = Field(examples=[1])
    name: str = Field(description="Of the variable.", examples=["Problem"])
    instance: str | None = Field(examples=[None])
    value: str | None = Field(
        description="Empty where it can only be written; null for a password.", examples=["true"]
    )
    trigger: Literal["alerting", "delta", "periodic"] | None = Field(
        description="null: a word that we do not know.", examples=["delta"]
    )
    origin: (
        Literal[
            "hard_wired_notification",
            "hard_wired_monitor",
            "preconfigured_monitor",
            "custom_monitor",
        ]
        | None
    ) = Field(
        description="What told it; null: a word that we do not know.",
        examples=["hard_wired_notification"],
    )
    cleared: bool = Field(description="It is back to normal.", examples=[False])
    tech_code: str | None = Field(examples=["E17"])
    tech_info: str | None = Field(examples=["lock motor stalls"])
    monitor_id: int | None = Field(description="Of the monitor that told it.", examples=[None])
    severity: int | None = Field(
        description="0 is danger, 9 is of use to developers; null: not told.", examples=[3]
    )
    station_ref: str | None = Field(
        description="The transaction's id on the wire.", examples=[None]
    )


@router.get(
    "/{station_id}/monitoring-events",
    operation_id="list_monitoring_events",
    summary="List the events of a station's variables, the latest first",
    response_model=models.Page[MonitoringEvent],
)
async def list_all(
    *,
    deps: Deps,
    station_id: StationId,
    component: Annotated[Text | None, Query(examples=["ConnectorPlugRetentionLock"])] = None,
    name: Annotated[Text | None, Query(examples=["Problem"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """They stay when the station is deleted."""
    key = decode_cursor("monitoring_events", cursor, tuple[_Number])
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_monitoring_events(
        deps.engine,
        station_id,
        component=component,
        name=name,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("monitoring_events", row["id"]))
    )


def _item(row: MonitoringEventRow) -> dict[str, Any]:
    shown: dict[str, Any] = {name: value for name, value in row.items() if name != "id"}
    return shown | {"at": moment(row["at"]), "received_at": moment(row["received_at"])}
