"""`/api/v1/stations/{id}/announcements`: swaps of batteries, DER, payments, priority (OCPP 2.1)."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.domain.announcements import Announcement as About
from voltaro.services.errors import NotFound
from voltaro.store.views.announcements import AnnouncementRow, list_announcements

router = APIRouter(prefix="/stations", tags=["stations"])

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Announcement(BaseModel):
    """Something that a station of 2.1 told and that nothing follows from here."""

    about: About = Field(
        description="battery_swap: batteries went in or out. der_alarm, der_control, der_report: "
        "controls of distributed energy resources. priority_charging: of a session. settlement: of "
        "a payment at a terminal.",
        examples=["settlement"],
    )
    at: datetime = Field(
        description="The station's time, or ours where it has none that can be trusted.",
        examples=["2026-11-03T07:15:00.000Z"],
    )
    clock_trusted: bool = Field(examples=[True])
    received_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    station_ref: str | None = Field(
        description="The transaction's id on the wire.", examples=["tx-17"]
    )
    details: dict[str, Any] = Field(
        description="What else the station said, in words of OCPP 2.1. Numbers with decimals are text.",
        examples=[{"pspRef": "8815", "status": "Settled", "settlementAmount": "12.5"}],
    )


@router.get(
    "/{station_id}/announcements",
    operation_id="list_announcements",
    summary="List what a station announced, the latest first",
    response_model=models.Page[Announcement],
)
async def list_all(
    deps: Deps,
    station_id: StationId,
    about: Annotated[About | None, Query(description="Only these.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """They stay when the station is deleted."""
    key = decode_cursor("announcements", cursor, tuple[_Number])
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_announcements(
        deps.engine, station_id, about=about, before=key[0] if key else None, limit=limit + 1
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("announcements", row["id"]))
    )


def _item(row: AnnouncementRow) -> dict[str, Any]:
    shown: dict[str, Any] = {name: value for name, value in row.items() if name != "id"}
    return shown | {"at": moment(row["at"]), "received_at": moment(row["received_at"])}
