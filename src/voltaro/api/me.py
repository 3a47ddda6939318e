"""`/api/v1/me`: who asks, what they may do, and one's own password."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from voltaro import __version__
from voltaro.api import models
from voltaro.api.auth import By, came_by_https, client_host, known_required
from voltaro.api.bodies import json_response
from voltaro.api.cookies import set_cookie
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem
from voltaro.api.pages import is_private
from voltaro.domain.access import Scope
from voltaro.domain.users import Role
from voltaro.services.access import Principal

#: Whoever is known may ask, whatever they may do otherwise.
router = APIRouter(prefix="/api/v1/me", tags=["users"])

Known = Annotated[Principal, Depends(known_required)]


class Me(BaseModel):
    """Who asks: a person who signed in, or a key."""

    name: str = Field(examples=["anna"])
    kind: Literal["user", "key"] = Field(examples=["user"])
    role: Role | None = Field(description="null: a key.", examples=["operator"])
    scopes: list[Scope] = Field(examples=[["read", "write"]])
    csrf_token: str | None = Field(
        description="To be sent as `X-CSRF-Token` with everything that changes something and comes "
        "with the cookie of a sign-in; null: a key.",
        examples=["5f3f5b0a8f11"],
    )
    secure: bool = Field(
        description="Nobody in between can listen: it came over HTTPS, or from the same machine.",
        examples=[True],
    )
    version: str = Field(description="Of the server.", examples=["0.1.0"])


class PasswordBody(models.Body):
    """The password of now, and the one from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"current": "correct horse battery", "new": "staple battery horse"}]
        }
    )

    current: str
    new: str = Field(description="At least 10 characters, and not the name.")


@router.get(
    "",
    operation_id="get_me",
    summary="Who asks, and what they may do",
    response_model=Me,
)
async def me(request: Request, deps: Deps, principal: Known) -> Response:
    return json_response(_item(request, deps, principal))


@router.put(
    "/password",
    operation_id="put_my_password",
    summary="Change one's own password",
    response_model=Me,
    responses={
        403: {"model": models.Problem, "description": "A key, or no X-CSRF-Token"},
        422: {"model": models.Problem, "description": "A password that is wrong or cannot be"},
        503: {"model": models.Problem, "description": "The database does not answer"},
    },
)
async def put_password(
    request: Request, deps: Deps, body: PasswordBody, by: By, principal: Known
) -> Response:
    """Every sign-in of this person ends; the answer brings the cookie of a new one.

    Its `csrf_token` is another one than before.
    """
    if principal.role is None:
        raise Problem(HTTPStatus.FORBIDDEN, "no_password", "a key has no password")
    remote = client_host(request, deps.trusted_proxies)
    if wait_s := deps.guesses.begin(remote, principal.name):
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_failures",
            "too many passwords that are not the current one",
            headers={"Retry-After": str(wait_s)},
        )
    token = await deps.users.change_password(principal.name, body.current, body.new, by)
    deps.guesses.was_right(remote, principal.name)
    fresh = deps.users.principal(token) or principal
    response = json_response(_item(request, deps, fresh))
    set_cookie(response, token, secure=came_by_https(request, deps.trusted_proxies))
    return response


def _item(request: Request, deps: ApiDeps, principal: Principal) -> dict[str, Any]:
    return {
        "name": principal.name,
        "kind": "key" if principal.role is None else "user",
        "role": principal.role,
        "scopes": sorted(principal.scopes),
        "csrf_token": principal.csrf_token,
        "secure": is_private(request, deps),
        "version": __version__,
    }
