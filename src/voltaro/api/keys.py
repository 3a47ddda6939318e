"""`/api/v1/keys`: keys of the API, and what they are good for."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.auth import By, admin_required
from voltaro.api.bodies import encoded, json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute, ShownOnce
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment
from voltaro.domain.access import Scope
from voltaro.services.access import Key as KnownKey

router = APIRouter(
    prefix="/keys",
    tags=["keys"],
    dependencies=[Depends(admin_required)],
    route_class=IdempotentRoute,
)

KeyName = Annotated[str, Path(description="The key's name.", examples=["billing"])]


class KeyBody(models.Body):
    """What a new key is called and good for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "billing", "scopes": ["read"]},
                {
                    "name": "deployment",
                    "scopes": ["read", "write"],
                    "expires_at": "2027-01-31T12:00:00Z",
                },
            ]
        }
    )

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,98}$")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)] = Field(
        description="read: every GET; write: every change; admin: keys and the audit log. "
        "Each stands for itself."
    )
    expires_at: Moment | None = Field(None, description="RFC 3339, with its zone; null: never.")


class Key(BaseModel):
    """A key without its text."""

    name: str = Field(examples=["billing"])
    scopes: list[Scope] = Field(examples=[["read"]])
    built_in: bool = Field(
        description="The local administrator's, or the one the server was started with.",
        examples=[False],
    )
    created_at: datetime | None = Field(examples=["2026-10-01T12:00:00.000Z"])
    created_by: str | None = Field(examples=["local administrator"])
    expires_at: datetime | None = Field(examples=["2027-01-31T12:00:00.000Z"])
    last_used_at: datetime | None = Field(examples=["2026-11-03T07:15:02.004Z"])


class NewKey(Key):
    """A key, and this once its text."""

    key: str | None = Field(
        description="Not shown again; null when an answer is repeated for its Idempotency-Key.",
        examples=["vlt_Qm9yaXMgd2FzIGhlcmUuIE5vdCByZWFsbHkuIEJ1dC4"],
    )


@router.get(
    "", operation_id="list_keys", summary="List keys by name", response_model=models.Page[Key]
)
async def list_all(deps: Deps, limit: Limit = 50, cursor: Cursor = None) -> Response:
    after = decode_cursor("keys", cursor, tuple[str])
    keys = [key for key in deps.access.listed() if after is None or key.name > after[0]]
    rows = keys[: limit + 1]
    return json_response(page(rows, limit, _item, lambda key: encode_cursor("keys", key.name)))


@router.post(
    "",
    operation_id="create_key",
    summary="Create a key",
    status_code=201,
    response_model=NewKey,
    dependencies=[IDEMPOTENT],
    responses={409: {"model": models.Problem, "description": "The Idempotency-Key is in use"}},
)
async def create(deps: Deps, body: KeyBody, by: By) -> Response:
    """Its text is in this answer and nowhere else."""
    key, text = await deps.access.create(
        body.name, by=by, scopes=body.scopes, expires_at=body.expires_at
    )
    headers = {"Location": f"/api/v1/keys/{quote(key.name, safe='')}"}
    answer = json_response(_item(key) | {"key": text}, status=201, headers=headers)
    return ShownOnce(answer, again=encoded(_item(key) | {"key": None}))


@router.delete(
    "/{name}",
    operation_id="delete_key",
    summary="Delete a key",
    status_code=204,
    responses={409: {"model": models.Problem, "description": "The key is built in"}},
)
async def delete(deps: Deps, name: KeyName, by: By) -> Response:
    """It stops working at once."""
    await deps.access.revoke(name.replace("\0", ""), by=by)
    return Response(status_code=204)


def _item(key: KnownKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "built_in": key.built_in,
        "created_at": moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": moment(key.expires_at),
        "last_used_at": moment(key.last_used_at),
    }
