"""`/api/v1/stations/{id}/display-messages`: what a station's display has to show."""

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
from voltaro.domain.display_messages import DisplayFormat, DisplayPriority, DisplayState
from voltaro.services.errors import NotFound
from voltaro.store.views.display_messages import DisplayMessageRow, list_display_messages
from voltaro.store.views.stations import find_station

router = APIRouter(prefix="/stations", tags=["stations"])

_Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class DisplayMessage(BaseModel):
    """A message on a station's display (OCPP 2.x), as the station told it, or took it from us."""

    message_id: int = Field(description="One with the same number replaces it.", examples=[1])
    priority: DisplayPriority | None = Field(
        description="null: a word that we do not know.", examples=["normal_cycle"]
    )
    content: str = Field(examples=["Closed for repairs on Sunday."])
    format: DisplayFormat | None = Field(
        description="null: a word that we do not know.", examples=["utf8"]
    )
    language: str | None = Field(description="An RFC 5646 tag.", examples=["en"])
    state: DisplayState | None = Field(
        description="Shown only in this state; null: in any, or a word that we do not know.",
        examples=["idle"],
    )
    start_at: datetime | None = Field(
        description="Not shown before.", examples=["2026-11-03T07:00:00.000Z"]
    )
    end_at: datetime | None = Field(description="Gone from then on.", examples=[None])
    station_ref: str | None = Field(
        description="Gone with this transaction, by its id on the wire.", examples=[None]
    )
    told_at: datetime = Field(
        description="When the station told it, or took it, last.",
        examples=["2026-11-03T07:15:00.381Z"],
    )


@router.get(
    "/{station_id}/display-messages",
    operation_id="list_display_messages",
    summary="List the messages on a station's display by number",
    response_model=models.Page[DisplayMessage],
)
async def list_all(
    *, deps: Deps, station_id: StationId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """As they were told last; the command `get_display_messages` has them told again."""
    key = decode_cursor("display_messages", cursor, tuple[_Number])
    if "\0" in station_id or await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    rows = await list_display_messages(
        deps.engine,
        station_id,
        deps.clock(),
        after=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("display_messages", row["message_id"]))
    )


def _item(row: DisplayMessageRow) -> dict[str, Any]:
    return {
        **row,
        "start_at": moment(row["start_at"]),
        "end_at": moment(row["end_at"]),
        "told_at": moment(row["told_at"]),
    }
