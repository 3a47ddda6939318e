"""`/livez` and `/readyz`, for whoever keeps the process running."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.errors import FieldError, Problem

router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="get_livez", summary="Whether the process answers")
async def livez() -> Response:
    return json_response({"status": "ok"})


@router.get("/readyz", operation_id="get_readyz", summary="Whether stations can connect")
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
