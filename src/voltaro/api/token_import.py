"""`/api/v1/tokens/import`: several tokens at once, as JSON or CSV."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.errors import FieldError, Problem
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.token_csv import COLUMNS, BadCsv, read_rows
from voltaro.api.tokens import TokenBody, token_update
from voltaro.services.tokens import ImportRow, RowError

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=IdempotentRoute)

_MOST_ROWS = 10_000
#: Beyond this many errors nobody reads them.
_MOST_ERRORS = 200
_CSV_EXAMPLE = "value,type,status,expires_at,group\r\n04A2B7C1,ISO14443,accepted,,fleet\r\n"


class TokenRow(TokenBody):
    """A token's text, and what is to be said of it."""

    value: str = Field(examples=["04A2B7C1"])


class RowProblem(BaseModel):
    """`line` counts lines of the file, or items of the list, from 1."""

    line: int = Field(examples=[3])
    pointer: str = Field(examples=["/1/status"])
    detail: str = Field(examples=["Input should be 'accepted', 'blocked', 'expired' or 'invalid'"])


class ImportReport(BaseModel):
    """What was done, or with `dry_run` would be."""

    dry_run: bool = Field(examples=[False])
    created: int = Field(examples=[118])
    changed: int = Field(examples=[3])
    unchanged: int = Field(examples=[0])
    errors: list[RowProblem] = Field(examples=[[]])


@router.post(
    "/import",
    operation_id="import_tokens",
    summary="Create and change several tokens at once",
    response_model=ImportReport,
    dependencies=[IDEMPOTENT],
    responses={
        409: {"model": models.Problem, "description": "The Idempotency-Key is in use"},
        415: {"model": models.Problem, "description": "Neither JSON nor CSV"},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "maxItems": _MOST_ROWS,
                        "items": {"$ref": "#/components/schemas/TokenRow"},
                    },
                    "example": [
                        {"value": "04A2B7C1", "type": "ISO14443", "group": "fleet"},
                        {"value": "04A2B7C2", "status": "blocked"},
                    ],
                },
                "text/csv": {
                    "schema": {
                        "type": "string",
                        "description": f"A header row, with some of: {', '.join(COLUMNS)}.",
                    },
                    "example": _CSV_EXAMPLE,
                },
            },
        }
    },
)
async def import_tokens(
    *,
    request: Request,
    deps: Deps,
    by: By,
    partial: Annotated[
        bool, Query(description="Keep the good rows, where others have errors.")
    ] = False,
    dry_run: Annotated[bool, Query(description="Only say what would be done.")] = False,
) -> Response:
    """All of them, or none when a row has an error.

    Absent fields and empty cells say nothing: what is there stays as it is.
    """
    numbered = _rows(request, await request.body())
    rows: list[ImportRow] = []
    errors: list[RowError] = []
    for index, (line, fields) in enumerate(numbered):
        try:
            body = TokenRow.model_validate(fields)
        except ValidationError as error:
            errors += [_refused(index, line, dict(each)) for each in error.errors()]
        else:
            rows.append(ImportRow(index, line, body.value, token_update(body)))
    done = await deps.tokens.put_all(rows, errors, by=by, partial=partial, dry_run=dry_run)
    told = [_told(each) for each in done.errors[:_MOST_ERRORS]]
    if done.errors and not (partial or dry_run):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_rows",
            f"{len(done.errors)} errors, the first in line {done.errors[0].line}: "
            f"{done.errors[0].detail}; nothing was changed",
            errors=told,
        )
    report = {
        "dry_run": dry_run,
        "created": done.created,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "errors": told,
    }
    return json_response(report)


def _rows(request: Request, body: bytes) -> list[tuple[int, Any]]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media == "text/csv":
            rows: Iterable[tuple[int, Any]] = list(read_rows(body))
        elif media.endswith("json"):
            rows = enumerate(msgspec.json.decode(body, type=list[Any]), 1)
        else:
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send tokens with Content-Type: application/json or text/csv",
            )
    except BadCsv as error:
        raise _unreadable(str(error), error.line) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(f"not a JSON list: {error}", None) from error
    numbered = list(rows)
    if len(numbered) > _MOST_ROWS:
        raise _unreadable(f"{len(numbered)} rows; at most {_MOST_ROWS} at once", None)
    return numbered


def _unreadable(detail: str, line: int | None) -> Problem:
    error: FieldError = {"detail": detail, "pointer": ""}
    if line is not None:
        error["line"] = line
        detail = f"line {line}: {detail}"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=[error])


def _refused(index: int, line: int, error: dict[str, Any]) -> RowError:
    detail = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        detail = "there is no such field"
    field = ".".join(map(str, error["loc"])) or None
    return RowError(index, line, field, detail)


def _told(error: RowError) -> FieldError:
    field = (error.field or "").replace("~", "~0").replace("/", "~1")
    pointer = f"/{error.index}/{field}" if field else f"/{error.index}"
    return {"line": error.line, "pointer": pointer, "detail": error.detail}
