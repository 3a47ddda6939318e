"""`/api/v1/stations/{id}/ocpp/{Action}`: any CALL of the station's own version, as it is given."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response
from voltaro.api.commands import check_station, shown_error
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem, problem_response
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.stations import StationId
from voltaro.domain.command import CommandState, RawCall
from voltaro.domain.command_record import CommandRecord
from voltaro.services.errors import NotCancellable
from voltaro.services.variables import hidden_names

router = APIRouter(tags=["commands"], route_class=IdempotentRoute)

#: Nobody waits longer than this for a turn, nor, from sending, for an answer.
_TURN_S = 35.0
_ANSWER_S = 35.0


class RawAnswer(BaseModel):
    """The answer of the station."""

    message_id: str = Field(examples=["e2a1c6b4-53c7-4f2f-9df3-2c5c0f1d8f47"])
    result: dict[str, Any] = Field(examples=[{"status": "Accepted"}])


@router.post(
    "/stations/{station_id}/ocpp/{action}",
    operation_id="send_call",
    summary="Send a CALL of the station's own OCPP version",
    response_model=RawAnswer,
    dependencies=[IDEMPOTENT],
    responses={
        409: {"model": models.Problem, "description": "The station is not connected"},
        502: {"model": models.Problem, "description": "A CALLERROR, or no proper answer"},
        504: {"model": models.Problem, "description": "No answer in time"},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "description": "The payload of the CALL."},
                    "example": {"type": "Soft"},
                }
            },
        }
    },
)
async def send_raw(
    request: Request,
    deps: Deps,
    station_id: StationId,
    action: Annotated[str, Path(examples=["Reset"])],
    by: By,
) -> Response:
    """The payload is checked against the official schema, and sent as it is given."""
    check_station(deps, station_id)
    payload = _payload(await request.body())
    command = RawCall(action, payload, await hidden_names(deps.engine, station_id))
    record = await deps.commands.send(station_id, command, {"action": action}, by=by)
    record = await deps.commands.wait(record.id, _has_its_turn, _TURN_S)
    if record.state is CommandState.QUEUED:
        record = await _withdrawn(deps, record)
    record = await deps.commands.wait(record.id, _is_answered, _ANSWER_S)
    headers = {"Location": f"/api/v1/commands/{record.id}"}
    problem = _raw_problem(record, headers)
    if problem is None:
        answer = {"message_id": record.message_id, "result": record.result}
        return json_response(answer, headers=headers)
    if record.state in {CommandState.OFFLINE, CommandState.CANCELLED}:
        raise problem  # nothing was done, so that an Idempotency-Key may be used again
    return problem_response(request, problem)


def _payload(body: bytes) -> bytes:
    """The body, which has to be a JSON object; an empty one stands for `{}`."""
    if not body.strip():
        return b"{}"
    try:
        body.decode()
        decoded = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise _bad_payload(f"not JSON: {error}") from error
    if not isinstance(decoded, dict):
        raise _bad_payload("a payload is a JSON object")
    return body


def _bad_payload(detail: str) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid",
        detail,
        errors=[{"pointer": "", "detail": detail}],
    )


def _has_its_turn(record: CommandRecord) -> bool:
    return record.state is not CommandState.QUEUED


def _is_answered(record: CommandRecord) -> bool:
    return not record.is_waiting


async def _withdrawn(deps: ApiDeps, record: CommandRecord) -> CommandRecord:
    """Not sent after all, unless that happened just now."""
    try:
        return await deps.commands.cancel(record.id, "the station was busy with other commands")
    except NotCancellable:
        return record


def _raw_problem(record: CommandRecord, headers: Mapping[str, str]) -> Problem | None:
    """What went wrong, in words that tell one thing from another."""
    detail = record.detail
    match record.state:
        case CommandState.OFFLINE:
            status, code = HTTPStatus.CONFLICT, "station_offline"
            more: dict[str, Any] = {"sent": False}
        case CommandState.CANCELLED:
            status, code = HTTPStatus.GATEWAY_TIMEOUT, "not_sent"
            more = {"sent": False}
        case CommandState.CALL_ERROR:
            status, code = HTTPStatus.BAD_GATEWAY, "call_error"
            more = {"call_error": shown_error(record)}
            detail = f"the station answered with the CALLERROR {record.answer}"
        case CommandState.INVALID_ANSWER:
            status, code = HTTPStatus.BAD_GATEWAY, "invalid_answer"
            more = {"result": record.result}
        case CommandState.TIMED_OUT | CommandState.UNKNOWN | CommandState.SENT:
            status = HTTPStatus.GATEWAY_TIMEOUT
            lost = record.state is CommandState.UNKNOWN
            code = "connection_lost" if lost else "no_answer"
            more = {"sent": True}
        case _:
            return None
    more["message_id"] = record.message_id
    return Problem(status, code, detail, headers=headers, more=more)
