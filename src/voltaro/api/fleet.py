"""`/api/v1/fleet`: every station and every open session, and where the stream goes on."""

import zlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import encoded, moment
from voltaro.api.console import takes_gzip
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.stations import RegistrationWord, live_part
from voltaro.api.transactions import live_session_item
from voltaro.store.views.fleet import (
    FleetStationRow,
    list_fleet_stations,
    list_open_transactions,
)
from voltaro.store.views.transactions import TransactionRow

router = APIRouter(prefix="/fleet", tags=["fleet"])

#: So many are read and encoded at a time: meanwhile nobody else is served.
_AT_ONCE = 1000


class FleetStation(models.StationStatus):
    """What the console shows of a station in a list."""

    connectors: list[models.ConnectorDetails]  # type: ignore[assignment]  # lists are invariant
    site: str | None = Field(examples=["garage"])
    vendor: str | None = Field(examples=["ACME"])
    model: str | None = Field(examples=["Wall 22"])
    firmware_version: str | None = Field(examples=["1.4.2"])
    registration: RegistrationWord = Field(examples=["accepted"])
    strict: bool = Field(examples=[False])
    booted_at: datetime | None = Field(examples=["2026-11-03T05:00:00.000Z"])
    connected_at: datetime | None = Field(examples=["2026-11-03T05:00:00.000Z"])
    disconnected_at: datetime | None = Field(examples=[None])
    clock_skew_s: float | None = Field(
        description="By how much its clock is ahead of ours; negative: behind.", examples=[-1.5]
    )
    status_reported: str | None = Field(examples=[None])
    status_at: datetime | None = Field(examples=[None])
    error_code: str | None = Field(examples=[None])


class LiveSession(models.Session):
    """A session as the stream tells it."""

    charging_state: str | None = Field(examples=["charging"])
    flags: list[str] = Field(examples=[[]])


class Fleet(BaseModel):
    """By station id; sessions are those that are open."""

    cursor: str = Field(
        description="`/api/v1/events?after=` goes on from here.", examples=["5b1f09aa-1042"]
    )
    at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    stations: list[FleetStation]
    sessions: list[LiveSession]


@router.get(
    "",
    operation_id="get_fleet",
    summary="Show all stations and open sessions at once",
    response_model=Fleet,
)
async def fleet(request: Request, deps: Deps) -> Response:
    """The stream tells every change to what is shown here; take both to have it live."""
    # Before anything is read: what happens from now on is in the stream.
    head = {"cursor": deps.live.cursor(), "at": moment(deps.clock())}
    # Read before the answer begins, so that it can still be a failure.
    first = await list_fleet_stations(deps.engine, limit=_AT_ONCE)
    body = _body(deps, head, first)
    headers = {"Vary": "Accept-Encoding"}
    if takes_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = _zipped(body)
    return StreamingResponse(body, media_type="application/json", headers=headers)


async def _zipped(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """As gzip, quickly rather than small: what is the same in all stations goes to a tenth."""
    packer = zlib.compressobj(level=1, wbits=31)
    async for piece in body:
        yield packer.compress(piece)
    yield packer.flush()


async def _body(
    deps: ApiDeps, head: Mapping[str, Any], first: list[FleetStationRow]
) -> AsyncIterator[bytes]:
    yield encoded(head)[:-1] + b',"stations":['
    rows = first
    yield _joined(_station(deps, row) for row in rows)
    while len(rows) == _AT_ONCE:
        rows = await list_fleet_stations(deps.engine, after=rows[-1]["station_id"], limit=_AT_ONCE)
        yield b"," * bool(rows) + _joined(_station(deps, row) for row in rows)
    yield b'],"sessions":['
    after: tuple[str, UUID] | None = None
    now = deps.clock()
    while open_ones := await list_open_transactions(deps.engine, after=after, limit=_AT_ONCE):
        items = (
            live_session_item(cast("TransactionRow", row), now, deps.gauges) for row in open_ones
        )
        yield b"," * (after is not None) + _joined(items)
        after = open_ones[-1]["station_id"], open_ones[-1]["id"]
    yield b"]}"


def _joined(items: Any) -> bytes:
    return encoded(list(items))[1:-1]


def _station(deps: ApiDeps, row: FleetStationRow) -> dict[str, Any]:
    columns = cast("Mapping[str, Any]", row)
    live = deps.presence.get(row["station_id"])
    item = live_part(columns, deps.presence)
    skew = live.clock_skew if live else None
    # The table is a moment behind: where it knows of no end, it was just now.
    left = None if live else moment(row["disconnected_at"]) or item["last_seen"]
    return (
        item
        | {name: columns[name] for name in _PLAIN}
        | {
            "status_at": moment(row["status_at"]),
            "booted_at": moment(row["booted_at"]),
            "connected_at": moment(live.connected_at if live else row["connected_at"]),
            "disconnected_at": left,
            "clock_skew_s": row["clock_skew_s"] if skew is None else skew.total_seconds(),
        }
    )


_PLAIN = (
    "site",
    "vendor",
    "model",
    "firmware_version",
    "registration",
    "strict",
    "status_reported",
    "error_code",
)
