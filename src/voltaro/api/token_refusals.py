"""`/api/v1/token-refusals`: tokens that stations were told not to accept."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment
from voltaro.domain.token_refusals import KEPT
from voltaro.store.views.token_refusals import TokenRefusalRow, list_token_refusals

router = APIRouter(prefix="/token-refusals", tags=["tokens"])

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
StatusWord = Literal["blocked", "concurrent_tx", "expired", "invalid", "no_credit", "unknown"]


class TokenRefusal(BaseModel):
    """How often a station was told this about a token."""

    token: str = Field(description="As it was presented last.", examples=["04A2B7C1"])
    station_id: str = Field(examples=["CP-001"])
    status: StatusWord = Field(
        description="What the station was told, in the words of OCPP 2.x.", examples=["unknown"]
    )
    count: int = Field(examples=[3])
    first_at: datetime = Field(examples=["2026-11-03T06:15:00.000Z"])
    last_at: datetime = Field(examples=["2026-11-03T07:15:00.000Z"])
    known: bool = Field(description="Whether the token is registered now.", examples=[False])


@router.get(
    "",
    operation_id="list_token_refusals",
    summary="List refused tokens, the latest first",
    response_model=models.Page[TokenRefusal],
)
async def list_all(
    *,
    deps: Deps,
    since: Annotated[
        Moment | None, Query(description="Refused from this time on; at most 30 days are kept.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Codes that drivers type (KeyCode) are not remembered."""
    oldest = deps.clock() - KEPT
    rows = await list_token_refusals(
        deps.engine,
        since=oldest if since is None else max(since, oldest),
        before=decode_cursor("token-refusals", cursor, tuple[_Time, str, str, str]),
        limit=limit + 1,
    )
    return json_response(page(rows, limit, _item, _cursor))


def _cursor(row: TokenRefusalRow) -> str:
    return encode_cursor(
        "token-refusals", row["last_at"], row["token_key"], row["station_id"], row["status"]
    )


def _item(row: TokenRefusalRow) -> dict[str, Any]:
    item: dict[str, Any] = {**row}
    del item["token_key"]
    return item | {"first_at": moment(row["first_at"]), "last_at": moment(row["last_at"])}
