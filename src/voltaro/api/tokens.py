"""`/api/v1/tokens`: who may charge."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import etag, json_response, moment
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, if_match_header, storable
from voltaro.api.token_csv import write_rows
from voltaro.domain.authorization import TokenStatus
from voltaro.domain.ids import token_key
from voltaro.services.errors import NotFound
from voltaro.services.revisions import IfMatch
from voltaro.services.tokens import TokenUpdate
from voltaro.store.views.tokens import TokenRow, find_token, list_tokens

router = APIRouter(prefix="/tokens", tags=["tokens"])

#: So many tokens are read at a time for CSV.
_AT_ONCE = 500

TokenValue = Annotated[
    str, Path(description="The token's text; upper and lower case are the same.", examples=["04A2"])
]
StatusWord = Literal["accepted", "blocked", "expired", "invalid"]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(storable),
]
TypeWord = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20),
    AfterValidator(storable),
]


class TokenBody(models.Body):
    """All optional: what is absent stays as it is, or is the default of a new token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"type": "ISO14443", "status": "blocked"},
                {"expires_at": "2027-01-31T12:00:00Z", "group": "fleet"},
            ]
        }
    )

    type: TypeWord | None = Field(None, description="ISO14443, Central, …; null serves every type.")
    status: StatusWord | None = Field(None, description="New tokens: accepted.")
    expires_at: Moment | None = Field(None, description="RFC 3339, with its zone; null: never.")
    group: Name | None = Field(
        None,
        description="Tokens of a group may stop each other's transactions; created when new.",
    )
    master_pass: models.StrictFlag | None = Field(None, description="May stop every transaction.")
    credit_minor: models.StrictNumber | None = Field(
        None, description="Prepaid credit in minor units of `currency`; null: not prepaid."
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217, such as EUR."
    )
    aliases: list[Name] | None = Field(
        None,
        max_length=20,
        description="Other texts by which stations name it, such as its number read backwards.",
        examples=[["C1B7A204"]],
    )


class Token(BaseModel):
    value: str = Field(examples=["04A2B7C1"])
    type: str | None = Field(examples=["ISO14443"])
    status: StatusWord = Field(examples=["accepted"])
    expires_at: datetime | None = Field(examples=["2027-01-31T12:00:00.000Z"])
    group: str | None = Field(examples=["fleet"])
    master_pass: bool = Field(examples=[False])
    credit_minor: int | None = Field(examples=[None])
    currency: str | None = Field(examples=[None])
    aliases: list[str] = Field(examples=[["C1B7A204"]])
    created_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])
    updated_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])


@router.get(
    "",
    operation_id="list_tokens",
    summary="List tokens by text",
    response_model=models.Page[Token],
    responses={
        200: {
            "description": "A page, or as text/csv all of them",
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "value,type,status\r\n"}
            },
        }
    },
)
async def list_all(
    deps: Deps, request: Request, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """With `Accept: text/csv` all tokens come at once, in the form that can be imported."""
    if _wants_csv(request):
        return await _as_csv(deps, request)
    key = decode_cursor("tokens", cursor, tuple[str])
    rows = await list_tokens(deps.engine, after=key[0] if key else "", limit=limit + 1)
    return json_response(page(rows, limit, _item, _cursor), headers={"Vary": "Accept"})


@router.get(
    "/{value:path}",
    operation_id="get_token",
    summary="Show a token",
    response_model=Token,
)
async def show(deps: Deps, value: TokenValue) -> Response:
    row = None if "\0" in value else await find_token(deps.engine, token_key(value))
    if row is None:
        raise NotFound("there is no such token")
    return json_response(_item(row), headers=etag(row["revision"]))


@router.put(
    "/{value:path}",
    operation_id="put_token",
    summary="Create a token, or change one",
    response_model=Token,
    responses={201: {"model": Token, "description": "Created"}},
)
async def put(
    deps: Deps,
    value: TokenValue,
    by: By,
    body: Annotated[TokenBody | None, Body()] = None,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Acts when the token is presented next."""
    done = await deps.tokens.put(value, token_update(body), if_match, by=by)
    headers = etag(done.token["revision"])
    if done.created:
        headers["Location"] = f"/api/v1/tokens/{quote(done.token['value'], safe='')}"
    return json_response(_item(done.token), status=201 if done.created else 200, headers=headers)


@router.delete(
    "/{value:path}", operation_id="delete_token", summary="Remove a token", status_code=204
)
async def delete(
    deps: Deps,
    value: TokenValue,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Transactions it paid for stay."""
    if "\0" in value:
        raise NotFound("there is no such token")
    await deps.tokens.delete(value, if_match, by=by)
    return Response(status_code=204)


def _wants_csv(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "text/csv" in accepted and "json" not in accepted


async def _as_csv(deps: ApiDeps, request: Request) -> Response:
    if request.query_params:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "unknown_parameter",
            "as CSV all tokens come at once: without limit and cursor",
        )
    # The first rows before the answer begins, so that a failure can still be told.
    rows = await list_tokens(deps.engine, limit=_AT_ONCE)

    async def parts(rows: list[TokenRow]) -> AsyncIterator[bytes]:
        yield write_rows(map(_item, rows), header=True).encode()
        while len(rows) == _AT_ONCE:
            rows = await list_tokens(deps.engine, after=rows[-1]["key"], limit=_AT_ONCE)
            yield write_rows(map(_item, rows), header=False).encode()

    headers = {"Vary": "Accept", "Content-Disposition": 'attachment; filename="tokens.csv"'}
    return StreamingResponse(parts(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _cursor(row: TokenRow) -> str:
    return encode_cursor("tokens", row["key"])


def _item(row: TokenRow) -> dict[str, Any]:
    return {
        "value": row["value"],
        "type": row["type"],
        "status": row["status"],
        "expires_at": moment(row["expires_at"]),
        "group": row["group"],
        "master_pass": row["master_pass"],
        "credit_minor": row["credit_minor"],
        "currency": row["currency"],
        "aliases": row["aliases"],
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
    }


def token_update(body: TokenBody | None) -> TokenUpdate:
    """What was said; null says nothing of status and master pass, which always have a value."""
    given: Mapping[str, Any] = body.model_dump(exclude_unset=True) if body else {}
    always = {"status", "master_pass", "aliases"}
    update = {name: each for name, each in given.items() if each is not None or name not in always}
    update.pop("value", None)
    if "aliases" in update:
        update["aliases"] = tuple(update["aliases"])
    if "status" in update:
        update["status"] = TokenStatus(update["status"])
    return cast("TokenUpdate", update)
