"""`/api/v1/users`: people who sign in, and their roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from voltaro.api import models
from voltaro.api.auth import By, admin_required, came_by_https
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.domain.users import Role
from voltaro.domain.users import User as KnownUser
from voltaro.services.users import LastAdministrator

router = APIRouter(prefix="/users", tags=["users"], dependencies=[Depends(admin_required)])

UserName = Annotated[
    str, Path(description="The name; upper and lower case are the same.", examples=["anna"])
]
_LAST: dict[int | str, dict[str, Any]] = {
    409: {"model": models.Problem, "description": "Nobody could administer any more"}
}


class UserBody(models.Body):
    """What somebody may do; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"role": "viewer"}, {"role": "operator", "disabled": False}]
        }
    )

    role: Role = Field(
        description="viewer: sees everything; operator: also sends commands and changes stations and "
        "tokens; administrator: also users, keys and the audit log."
    )
    password: str | None = Field(
        None,
        description="At least 10 characters. A new user without one gets a one-time link instead.",
    )
    disabled: bool | None = Field(None, description="true: cannot sign in, and is signed out.")


class User(BaseModel):
    """Somebody who may sign in."""

    name: str = Field(examples=["anna"])
    role: Role = Field(examples=["operator"])
    disabled: bool = Field(examples=[False])
    has_password: bool = Field(
        description="false: the one-time link was not used yet.", examples=[True]
    )
    created_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])
    created_by: str = Field(examples=["local administrator"])
    last_sign_in_at: datetime | None = Field(examples=["2026-11-03T07:15:02.004Z"])


class ResetLink(BaseModel):
    """A one-time link with which a password is chosen."""

    reset_url: str = Field(
        description="Works once, within 24 hours; not shown again.",
        examples=["https://charging.example.org/reset?code=0aPq3"],
    )


class PutUser(User):
    """As it is now, and for somebody new without a password a link."""

    reset_url: str | None = Field(
        description="Works once, within 24 hours; not shown again.",
        examples=["https://charging.example.org/reset?code=0aPq3"],
    )


@router.get(
    "", operation_id="list_users", summary="List users by name", response_model=models.Page[User]
)
async def list_all(deps: Deps, limit: Limit = 50, cursor: Cursor = None) -> Response:
    after = decode_cursor("users", cursor, tuple[str])
    users = [user for user in deps.users.listed() if after is None or user.key > after[0]]
    rows = users[: limit + 1]
    return json_response(page(rows, limit, _item, lambda user: encode_cursor("users", user.key)))


@router.put(
    "/{name}",
    operation_id="put_user",
    summary="Create a user, or change role, password or access",
    response_model=PutUser,
    responses={201: {"model": PutUser, "description": "Created"}, **_LAST},
)
async def put(request: Request, deps: Deps, name: UserName, body: UserBody, by: By) -> Response:
    """A change signs the person out everywhere."""
    with _kept_administrator():
        user, code, is_new = await deps.users.put(
            name, role=body.role, password=body.password, disabled=body.disabled, by=by
        )
    url = _reset_url(request, deps, code) if code is not None else None
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return json_response(_item(user) | {"reset_url": url}, status=status)


@router.post(
    "/{name}/reset",
    operation_id="reset_user",
    summary="Make a one-time link to choose a new password",
    response_model=ResetLink,
)
async def reset(request: Request, deps: Deps, name: UserName, by: By) -> Response:
    """An earlier link no longer works. The password of now works until the link is used."""
    code = await deps.users.new_reset_code(name, by)
    return json_response({"reset_url": _reset_url(request, deps, code)})


@router.delete(
    "/{name}",
    operation_id="delete_user",
    summary="Delete a user",
    status_code=204,
    responses=_LAST,
)
async def delete(deps: Deps, name: UserName, by: By) -> Response:
    """Signed out everywhere at once; what the audit log says of them stays."""
    with _kept_administrator():
        await deps.users.delete(name, by)
    return Response(status_code=204)


@contextmanager
def _kept_administrator() -> Iterator[None]:
    try:
        yield
    except LastAdministrator as error:
        raise Problem(
            HTTPStatus.CONFLICT,
            "last_administrator",
            "nobody could administer any more; make somebody else an administrator first",
        ) from error


def _reset_url(request: Request, deps: ApiDeps, code: str) -> str:
    scheme = "https" if came_by_https(request, deps.trusted_proxies) else "http"
    root = deps.public_url or f"{scheme}://{request.url.netloc}"
    return f"{root}/reset?code={code}"


def _item(user: KnownUser) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "has_password": user.password_hash is not None,
        "created_at": moment(user.created_at),
        "created_by": user.created_by,
        "last_sign_in_at": moment(user.last_sign_in_at),
    }
