"""`/livez` and `/readyz`, for whoever keeps the process running."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.errors import FieldError, Problem

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """What a process says that is well."""

    status: Literal["ok"] = Field(examples=["ok"])


class Readiness(Health):
    """Ready, and what an operator should look at all the same."""

    warnings: list[str] | None = Field(None, examples=[["the disk is nearly full"]])


@router.get(
    "/livez",
    operation_id="get_livez",
    summary="Whether the process answers",
    response_model=Health,
)
async def livez() -> Response:
    return json_response({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="get_readyz",
    summary="Whether stations can connect",
    response_model=Readiness,
    responses={503: {"model": models.Problem, "description": "They cannot"}},
)
async def readyz(deps: Deps) -> Response:
    if reasons := deps.ready():
        errors: list[FieldError] = [{"detail": reason} for reason in reasons]
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not_ready",
            "; ".join(reasons),
            errors=errors,
            headers={"Retry-After": "1"},
        )
    body: dict[str, object] = {"status": "ok"}
    if warnings := deps.warnings():
        body["warnings"] = warnings
    return json_response(body)
