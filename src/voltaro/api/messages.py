"""`/api/v1/messages`: the journal of exchanges with stations."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import ApiDeps, Deps, Summarise
from voltaro.api.errors import Problem
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, Text
from voltaro.services.errors import NotFound
from voltaro.store.views.journal import MessageFilter, MessageRow, find_message, list_messages

router = APIRouter(prefix="/messages", tags=["messages"])

#: A text is looked for in all stations' messages of so long.
_SEARCHED = timedelta(days=7)
_LONGEST_TEXT = 200

MessageId = Annotated[
    str,
    Path(
        description="The message's `id`, a UUID.", examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"]
    ),
]


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
    direction: Annotated[
        Literal["in", "out"] | None, Query(description='"in": the station asked.')
    ] = None,
    action: Annotated[Text | None, Query(examples=["BootNotification"])] = None,
    verdict: Annotated[Text | None, Query(examples=["ok"])] = None,
    failed: Annotated[
        bool | None, Query(description="Whether the verdict is another than ok and repeated.")
    ] = None,
    text: Annotated[
        Text | None,
        Query(
            description="Part of the frame or the reply, in any case. Only with `station_id`, or "
            "with a `since` in the last seven days.",
            min_length=1,
            max_length=_LONGEST_TEXT,
            examples=["04A2B7C1"],
        ),
    ] = None,
    since: Annotated[Moment | None, Query(description="From this time on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("messages", cursor, tuple[UUID])
    wanted = MessageFilter(
        station_id=station_id,
        direction=direction,
        action=action,
        verdict=verdict,
        failed=failed,
        text=text,
        since=since,
        until=until,
    )
    _check_effort(wanted, deps.clock())
    rows = await list_messages(deps.engine, wanted, before=key[0] if key else None, limit=limit + 1)

    def item(row: MessageRow) -> dict[str, Any]:
        return message_item(row, deps.summarise)

    return json_response(page(rows, limit, item, lambda row: encode_cursor("messages", row["id"])))


@router.get(
    "/{message_id}",
    operation_id="get_message",
    summary="Show a message",
    response_model=models.Message,
)
async def show(deps: Deps, message_id: MessageId) -> Response:
    return json_response(message_item(await message_of(deps, message_id), deps.summarise))


async def message_of(deps: ApiDeps, message_id: str) -> MessageRow:
    """The message of this id.

    Raises:
        NotFound: there is none, or none any more.
    """
    try:
        row = await find_message(deps.engine, UUID(message_id))
    except ValueError:
        row = None
    if row is None:
        raise NotFound("there is no such message")
    return row


def message_item(row: MessageRow, summarise: Summarise) -> dict[str, Any]:
    """A message as everybody sees it, in lists and live."""
    return {
        **row,
        "received_at": moment(row["received_at"]),
        "summary": summarise(row["action"], row["frame"], row["reply"]),
    }


def _check_effort(wanted: MessageFilter, now: datetime) -> None:
    """No index helps to find a text: looking for it must have some bound."""
    recent = wanted.since is not None and wanted.since >= now - _SEARCHED
    if wanted.text is not None and wanted.station_id is None and not recent:
        detail = "give station_id too, or a since in the last seven days"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            f"text: {detail}",
            errors=[{"parameter": "text", "detail": detail}],
        )
