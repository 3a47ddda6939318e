"""`/api/v1/messages`: the journal of exchanges with stations."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, Text
from voltaro.store.views.journal import MessageRow, list_messages

router = APIRouter(prefix="/messages", tags=["messages"])


@router.get(
    "",
    operation_id="list_messages",
    summary="List messages, newest first",
    response_model=models.Page[models.Message],
)
async def list_all(
    *,
    deps: Deps,
    station_id: Annotated[Text | None, Query(examples=["CP-001"])] = None,
    action: Annotated[Text | None, Query(examples=["BootNotification"])] = None,
    verdict: Annotated[Text | None, Query(examples=["ok"])] = None,
    since: Annotated[Moment | None, Query(description="From this time on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("messages", cursor, tuple[UUID])
    rows = await list_messages(
        deps.engine,
        station_id=station_id,
        action=action,
        verdict=verdict,
        since=since,
        until=until,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, message_item, lambda row: encode_cursor("messages", row["id"]))
    )


def message_item(row: MessageRow) -> dict[str, Any]:
    """A message as everybody sees it, in lists and live."""
    return {**row, "received_at": moment(row["received_at"])}
