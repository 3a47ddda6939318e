"""`/api/v1/attempts`: handshakes that were refused."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.store.views.journal import AttemptRow, list_attempts

router = APIRouter(prefix="/attempts", tags=["attempts"])

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


@router.get(
    "",
    operation_id="list_attempts",
    summary="List refused handshakes, the latest first",
    response_model=models.Page[models.Attempt],
)
async def list_all(
    deps: Deps,
    station_id: Annotated[Text | None, Query(examples=["CP-007"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    rows = await list_attempts(
        deps.engine,
        station_id=station_id,
        before=decode_cursor("attempts", cursor, tuple[_Time, str, str, str]),
        limit=limit + 1,
    )
    return json_response(page(rows, limit, _item, _cursor))


def _cursor(row: AttemptRow) -> str:
    return encode_cursor(
        "attempts", row["last_at"], row["station_id"], row["remote_host"], row["reason"]
    )


def _item(row: AttemptRow) -> dict[str, Any]:
    return {**row, "first_at": moment(row["first_at"]), "last_at": moment(row["last_at"])}
