"""`/api/v1/stations/{id}/connections`: when a station was connected, and how each socket ended."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.services.presence import Live
from voltaro.store.views.connections import ConnectionRow, list_connections
from voltaro.store.views.stations import find_station

router = APIRouter(prefix="/stations", tags=["stations"])


class Connection(BaseModel):
    """One socket of a station."""

    protocol: str = Field(examples=["ocpp2.0.1"])
    remote_address: str = Field(examples=["192.0.2.17"])
    connected_at: datetime = Field(examples=["2026-11-03T06:00:12.345Z"])
    last_seen_at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    disconnected_at: datetime | None = Field(
        description="null while it is open.", examples=["2026-11-03T07:15:03.010Z"]
    )
    reason: str | None = Field(
        description=(
            "How it ended: lost, superseded by a newer one, deleted, server_stopped, "
            "server_died, database_away."
        ),
        examples=["lost"],
    )


@router.get(
    "/{station_id}/connections",
    operation_id="list_connections",
    summary="List the sockets of a station, the newest first",
    response_model=models.Page[Connection],
)
async def list_all(
    deps: Deps, station_id: StationId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    if await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    key = decode_cursor("connections", cursor, tuple[int])
    rows = await list_connections(
        deps.engine, station_id, before=key[0] if key else None, limit=limit + 1
    )
    live = deps.presence.get(station_id)
    return json_response(
        page(
            rows,
            limit,
            lambda row: _item(row, live),
            lambda row: encode_cursor("connections", row["epoch"]),
        )
    )


def _item(row: ConnectionRow, live: Live | None) -> dict[str, Any]:
    now = live is not None and live.epoch == row["epoch"]
    last_seen_at = live.last_seen_at if live is not None and now else row["last_seen_at"]
    return {
        "protocol": row["protocol"],
        "remote_address": row["remote_address"],
        "connected_at": moment(row["connected_at"]),
        "last_seen_at": moment(last_seen_at),
        "disconnected_at": moment(row["disconnected_at"]),
        "reason": row["reason"],
    }
