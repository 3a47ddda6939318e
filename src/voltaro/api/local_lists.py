"""`/api/v1/stations/{id}/local-list`: whom a station lets charge by itself, as far as we know."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.domain.local_list import ListEntry
from voltaro.services.errors import NotFound
from voltaro.store.views.local_lists import find_local_list, list_entries
from voltaro.store.views.stations import find_station

router = APIRouter(prefix="/stations", tags=["local lists"])


class LocalListEntry(BaseModel):
    """What the station was told about a token."""

    token: str = Field(examples=["04A2B7C1"])
    status: Literal["accepted", "blocked", "concurrent_tx", "expired", "invalid"] = Field(
        examples=["accepted"]
    )
    group: str | None = Field(examples=["fleet"])
    expires_at: datetime | None = Field(examples=["2027-01-31T12:00:00.000Z"])


class LocalList(BaseModel):
    """The local authorization list of a station, by our record."""

    version: int = Field(description="0: nothing was ever put there.", examples=[4])
    in_step: bool = Field(
        description="Whether the station holds exactly this, for all we know; if not, "
        "the next list is sent in full.",
        examples=[True],
    )
    unanswered_version: int | None = Field(
        description="Sent, and not answered: it may be there instead.", examples=[None]
    )
    reported_version: int | None = Field(
        description="What the station last answered when asked; -1: it has no lists.",
        examples=[4],
    )
    reported_at: datetime | None = Field(examples=["2026-11-03T07:12:44.120Z"])
    supported: bool | None = Field(
        description="Whether the station has a list; null: it did not say.", examples=[True]
    )
    sent_at: datetime | None = Field(examples=["2026-11-03T07:10:02.004Z"])
    counts: dict[str, int] = Field(
        description="How many entries there are of each status.", examples=[{"accepted": 2}]
    )
    items: list[LocalListEntry] = Field(description="By token.")
    next_cursor: str | None = Field(examples=["WyJsb2NhbC1saXN0IiwiMDRhMiJd"])


@router.get(
    "/{station_id}/local-list",
    operation_id="get_local_list",
    summary="Show the local authorization list of a station",
    response_model=LocalList,
)
async def show(
    deps: Deps, station_id: StationId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    if await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    key = decode_cursor("local-list", cursor, tuple[str])
    view = await find_local_list(deps.engine, station_id)
    entries = await list_entries(
        deps.engine, station_id, after=key[0] if key else "", limit=limit + 1
    )
    known = view.known
    return json_response(
        {
            "version": known.version,
            "in_step": known.in_step,
            "unanswered_version": known.unanswered_version,
            "reported_version": known.reported_version,
            "reported_at": moment(known.reported_at),
            "supported": known.supported,
            "sent_at": moment(known.sent_at),
            "counts": view.counts,
        }
        | page(entries, limit, _item, lambda each: encode_cursor("local-list", each.token.key))
    )


def _item(entry: ListEntry) -> dict[str, Any]:
    known = entry.authorization
    assert known is not None
    return {
        "token": entry.token.value,
        "status": known.status,
        "group": known.group_token,
        "expires_at": moment(known.expires_at),
    }
