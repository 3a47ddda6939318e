"""`/api/v1/commands` and the two doors to a station: what was asked of stations, and asking."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response, moment
from voltaro.api.command_bodies import AnyCommandBody, build
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.api.stations import StationId
from voltaro.domain.command_record import CommandRecord
from voltaro.services.errors import NotFound
from voltaro.store.views.commands import list_commands

router = APIRouter(tags=["commands"], route_class=IdempotentRoute)

_LONGEST_WAIT_S = 120
_WAIT = re.compile(r"(?:^|[\s,;])wait\s*=\s*\"?(\d{1,6})\"?\s*(?=$|[,;])", re.IGNORECASE)

StateWord = Literal[
    "queued",
    "sent",
    "accepted",
    "scheduled",
    "reboot_required",
    "rejected",
    "call_error",
    "invalid_answer",
    "timed_out",
    "offline",
    "cancelled",
    "unknown",
    "done",
    "failed",
]
CommandId = Annotated[str, Path(description="The command's `id`, a UUID.")]


class CallError(BaseModel):
    """What the station said instead of an answer."""

    code: str = Field(examples=["NotSupported"])
    description: str = Field(examples=[""])
    details: dict[str, Any] = Field(examples=[{}])


class Command(BaseModel):
    """What was asked of a station, and what came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "Accepted is not done: `done` was proven by what followed."
        }
    )

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    station_id: str = Field(examples=["CP-001"])
    command: str = Field(description="`raw` for those of the raw door.", examples=["request_start"])
    arguments: dict[str, Any] = Field(
        description="As they were given, secrets masked.", examples=[{"token": "04A2B7C1"}]
    )
    state: StateWord = Field(examples=["done"])
    final: bool = Field(
        description="Nothing more is expected to happen; a late answer might.", examples=[True]
    )
    detail: str | None = Field(
        description="In a sentence, how far it got or why not further.",
        examples=["the transaction began"],
    )
    answer: str | None = Field(description="The station's own word.", examples=["Accepted"])
    result: dict[str, Any] | None = Field(
        description="What the station answered, secrets masked.", examples=[{"status": "Accepted"}]
    )
    call_error: CallError | None
    late: bool = Field(description="The answer came after its time.", examples=[False])
    transaction_id: UUID | None = Field(
        description="The transaction that it began, or ended.",
        examples=["019a5c1e-9a01-7d7c-8b9e-0e6f0a4ad001"],
    )
    file_id: UUID | None = Field(
        description="The file that it hands out, or that came of it.", examples=[None]
    )
    awaits: str | None = Field(
        description="What has to follow for it to be done, while that is waited for.",
        examples=[None],
    )
    awaits_until: datetime | None = Field(examples=[None])
    author: str = Field(description="The name of the API key.", examples=["local"])
    protocol: str | None = Field(examples=["ocpp1.6"])
    action: str | None = Field(
        description="Of the last CALL it took.", examples=["RemoteStartTransaction"]
    )
    message_id: str | None = Field(
        description="Of that CALL, as in the messages.",
        examples=["e2a1c6b4-53c7-4f2f-9df3-2c5c0f1d8f47"],
    )
    created_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    sent_at: datetime | None = Field(examples=["2026-11-03T07:15:00.388Z"])
    answered_at: datetime | None = Field(examples=["2026-11-03T07:15:00.512Z"])
    settled_at: datetime | None = Field(examples=["2026-11-03T07:15:02.904Z"])


async def _prefer(
    prefer: Annotated[
        list[str] | None,
        Header(
            description="`wait=N`: answer when it is over, or after N seconds (RFC 7240).",
            examples=["wait=30"],
        ),
    ] = None,
) -> int | None:
    """How many seconds the client is willing to wait; None when it did not say."""
    found = _WAIT.search(",".join(prefer or ()))
    return min(int(found[1]), _LONGEST_WAIT_S) if found else None


Wait = Annotated[int | None, Depends(_prefer)]
_CONFLICT: dict[str, Any] = {
    "model": models.Problem,
    "description": "The station may not be asked this now, or the Idempotency-Key is in use",
}


@router.post(
    "/stations/{station_id}/commands",
    operation_id="send_command",
    summary="Ask a station for something",
    response_model=Command,
    status_code=202,
    dependencies=[IDEMPOTENT],
    responses={
        200: {"model": Command, "description": "It is over, or the time to wait is"},
        202: {"model": Command, "description": "It is queued; look at Location"},
        409: _CONFLICT,
    },
)
async def send(
    deps: Deps, station_id: StationId, by: By, body: AnyCommandBody, wait: Wait = None
) -> Response:
    """The same words for every version of OCPP.

    A station that is not connected makes the command `offline` at once; it is not sent later.
    """
    check_station(deps, station_id)
    order = await build(deps, station_id, body)
    record = await deps.commands.send(
        station_id,
        order.command,
        order.shown or {},
        by=by,
        command_id=order.id,
        file_id=order.file_id,
    )
    headers = {"Location": f"/api/v1/commands/{record.id}"}
    if wait is None:
        return json_response(command_item(record), status=202, headers=headers)
    record = await deps.commands.wait(record.id, lambda known: known.is_final, wait)
    headers["Preference-Applied"] = f"wait={wait}"
    return json_response(command_item(record), headers=headers)


@router.get(
    "/commands",
    operation_id="list_commands",
    summary="List commands, newest first",
    response_model=models.Page[Command],
)
async def list_all(
    *,
    deps: Deps,
    station_id: Annotated[Text | None, Query(examples=["CP-001"])] = None,
    command: Annotated[Text | None, Query(examples=["reset"])] = None,
    state: Annotated[StateWord | None, Query()] = None,
    final: Annotated[bool | None, Query(description="false: something may still happen.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("commands", cursor, tuple[UUID])
    records = await list_commands(
        deps.engine,
        station_id=station_id,
        name=command,
        state=state,
        is_open=None if final is None else not final,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(records, limit, command_item, lambda each: encode_cursor("commands", each.id))
    )


@router.get(
    "/commands/{command_id}",
    operation_id="get_command",
    summary="Show a command",
    response_model=Command,
)
async def show(deps: Deps, command_id: CommandId, wait: Wait = None) -> Response:
    record = await deps.commands.wait(
        _uuid(command_id), lambda known: wait is None or known.is_final, wait or 0
    )
    return json_response(command_item(record))


@router.post(
    "/commands/{command_id}/cancel",
    operation_id="cancel_command",
    summary="Withdraw a command that was not sent yet",
    response_model=Command,
    dependencies=[IDEMPOTENT],
    responses={409: _CONFLICT},
)
async def cancel(deps: Deps, command_id: CommandId, by: By) -> Response:
    record = await deps.commands.cancel(_uuid(command_id), f"withdrawn by {by.name}")
    return json_response(command_item(record))


def command_item(record: CommandRecord) -> dict[str, Any]:
    """A command as everybody sees it, in lists and live."""
    error = record.call_error
    return {
        "id": record.id,
        "station_id": record.station_id,
        "command": record.name,
        "arguments": record.arguments,
        "state": record.state,
        "final": record.is_final,
        "detail": record.detail,
        "answer": record.answer,
        "result": record.result,
        "call_error": shown_error(record) if error is not None else None,
        "late": record.late,
        "transaction_id": record.transaction_id,
        "file_id": record.file_id,
        "awaits": record.awaits.follows if record.awaits is not None else None,
        "awaits_until": moment(record.awaits_until),
        "author": record.author,
        "protocol": record.protocol,
        "action": record.action,
        "message_id": record.message_id,
        "created_at": moment(record.created_at),
        "sent_at": moment(record.sent_at),
        "answered_at": moment(record.answered_at),
        "settled_at": moment(record.settled_at),
    }


def shown_error(record: CommandRecord) -> Mapping[str, Any]:
    error = record.call_error
    assert error is not None
    return {"code": error.code, "description": error.description, "details": error.details}


def check_station(deps: ApiDeps, station_id: str) -> None:
    if not deps.stations.is_known(station_id):
        raise NotFound(f"there is no station {station_id!r}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no command {text!r}") from None
