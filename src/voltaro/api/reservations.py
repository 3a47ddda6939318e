"""`/api/v1/reservations`: what was reserved, and what came of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.services.errors import NotFound
from voltaro.store.views.reservations import ReservationRow, find_reservation, list_reservations

router = APIRouter(prefix="/reservations", tags=["reservations"])

StateWord = Literal[
    "requested", "active", "unknown", "refused", "used", "cancelled", "expired", "ended"
]


class Reservation(BaseModel):
    """One request for a reservation, and what came of it."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    station_id: str = Field(examples=["CP-001"])
    reservation_id: int = Field(description="What the station calls it.", examples=[17])
    evse_id: int | None = Field(description="null: any of them.", examples=[1])
    token: str = Field(examples=["04A2B7C1"])
    group_token: str | None = Field(examples=["fleet"])
    expires_at: datetime | None = Field(examples=["2026-11-03T08:00:00.000Z"])
    state: StateWord = Field(
        description="requested: not answered yet; unknown: no answer came. ended: it was replaced, "
        "the station did not have it, or its connector went out of service.",
        examples=["used"],
    )
    answer: str | None = Field(description="The station's own word.", examples=["Accepted"])
    detail: str | None = Field(
        description="Why it ended.", examples=["the station reported Faulted"]
    )
    transaction_id: UUID | None = Field(
        description="The transaction that used it.",
        examples=["019a5c1e-9a01-7d7c-8b9e-0e6f0a4ad001"],
    )
    requested_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    ended_at: datetime | None = Field(examples=["2026-11-03T07:40:12.004Z"])


@router.get(
    "",
    operation_id="list_reservations",
    summary="List reservations, newest first",
    response_model=models.Page[Reservation],
)
async def list_all(
    *,
    deps: Deps,
    station_id: Annotated[Text | None, Query(examples=["CP-001"])] = None,
    state: Annotated[StateWord | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("reservations", cursor, tuple[UUID])
    rows = await list_reservations(
        deps.engine,
        now=deps.clock(),
        station_id=station_id,
        state=state,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("reservations", row["id"]))
    )


@router.get(
    "/{key}",
    operation_id="get_reservation",
    summary="Show a reservation",
    response_model=Reservation,
)
async def show(deps: Deps, key: Annotated[str, Path(description="Its `id`, a UUID.")]) -> Response:
    row = await find_reservation(deps.engine, _uuid(key), now=deps.clock())
    if row is None:
        raise NotFound(f"there is no reservation {key!r}")
    return json_response(_item(row))


def _item(row: ReservationRow) -> dict[str, Any]:
    return {
        **row,
        "expires_at": moment(row["expires_at"]),
        "requested_at": moment(row["requested_at"]),
        "ended_at": moment(row["ended_at"]),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no reservation {text!r}") from None
