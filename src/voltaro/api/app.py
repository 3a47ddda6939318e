"""The API as an ASGI application."""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from voltaro import __version__
from voltaro.api import (
    attempts,
    audit,
    connections,
    deviations,
    events,
    health,
    jobs,
    keys,
    messages,
    metrics,
    models,
    security,
    stations,
    status,
    token_import,
    tokens,
    transactions,
)
from voltaro.api.auth import BEARER, authenticate, key_required, key_unless_local
from voltaro.api.bodies import json_response
from voltaro.api.deps import ApiDeps, deps_of
from voltaro.api.errors import MEDIA_TYPE, install_errors
from voltaro.api.parameters import known_query_only
from voltaro.api.requests import Requests
from voltaro.services.errors import Invalid

__all__ = ["ApiDeps", "create_api"]

_ABOUT = """Stations, tokens, charging transactions and the journal of an OCPP back end.

Lists are paged: pass `next_cursor` as `cursor`. Times are RFC 3339 in UTC, energy is in Wh.
Failures are `application/problem+json` with a stable `code`."""

_FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": models.Problem, "description": "A query parameter that does not exist"},
    401: {"model": models.Problem, "description": "No key, or one that is not valid"},
    403: {"model": models.Problem, "description": "The key has not the scope"},
    404: {"model": models.Problem, "description": "There is no such thing"},
    412: {"model": models.Problem, "description": "If-Match names another revision"},
    422: {"model": models.Problem, "description": "A value that cannot be used"},
    429: {"model": models.Problem, "description": "Too many keys that are not valid"},
    503: {"model": models.Problem, "description": "The database does not answer"},
}


def create_api(deps: ApiDeps) -> FastAPI:
    """Everything under HTTP that is not a socket of a station."""
    app = FastAPI(
        title="Voltaro",
        version=__version__,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.deps = deps
    v1 = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(key_required), Depends(known_query_only), Depends(BEARER)],
        responses=_FAILURES,
    )
    for each in (
        stations,
        token_import,
        tokens,
        transactions,
        messages,
        attempts,
        connections,
        deviations,
        jobs,
        security,
        events,
        keys,
        audit,
    ):
        v1.include_router(each.router)

    @v1.get("/openapi.json", operation_id="get_openapi", include_in_schema=False)
    async def description() -> Response:
        return json_response(app.openapi())

    short = [Depends(key_unless_local), Depends(known_query_only), Depends(BEARER)]
    app.include_router(v1)
    app.include_router(
        status.router,
        dependencies=short,
        responses={code: _FAILURES[code] for code in (400, 401, 403, 422, 429, 503)},
    )
    app.include_router(health.router)
    if deps.metrics is not None:
        app.include_router(metrics.router, dependencies=[Depends(key_unless_local)])
    app.add_middleware(Requests)
    install_errors(app, _before_not_found)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


def _before_not_found(request: Request) -> None:
    """What a path that leads nowhere is told first."""
    if not request.url.path.startswith("/api/"):
        return
    authenticate(request, deps_of(request))
    path: bytes = request.scope.get("raw_path", b"").lower()
    if path.startswith(b"/api/v1/stations/") and b"%2f" in path:
        raise Invalid("a station id has no '/': it is one part of a path")


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; problems have a media type of their own."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        for path in document["paths"].values():
            for operation in path.values():
                for code, response in operation["responses"].items():
                    if code >= "400" and "application/json" in response.get("content", {}):
                        content = response["content"]
                        content[MEDIA_TYPE] = content.pop("application/json")
        app.openapi_schema = document
    return app.openapi_schema
