"""The API as an ASGI application."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request

from voltaro import __version__
from voltaro.api import (
    announcements,
    attempts,
    attention,
    audit,
    certificates,
    charging_limits,
    charging_profiles,
    commands,
    connections,
    curves,
    deviations,
    display_messages,
    docs,
    events,
    files,
    fleet,
    health,
    jobs,
    keys,
    local_lists,
    me,
    message_explanations,
    messages,
    meter_values,
    metrics,
    models,
    monitoring_events,
    monitors,
    onboarding,
    overview,
    raw_calls,
    reservations,
    security,
    settings,
    sign_in,
    simulated_stations,
    stations,
    status,
    tariffs,
    token_import,
    token_refusals,
    tokens,
    transactions,
    transfers,
    users,
    variables,
)
from voltaro.api.auth import (
    BEARER,
    authenticate,
    key_required,
    key_unless_local,
    known_required,
)
from voltaro.api.console import BUILT, read_console
from voltaro.api.console import router as console_routes
from voltaro.api.deps import ApiDeps, deps_of
from voltaro.api.description import describe
from voltaro.api.errors import install_errors
from voltaro.api.parameters import known_query_only
from voltaro.api.requests import Requests
from voltaro.api.token_import import TokenRow
from voltaro.services.errors import Invalid

__all__ = ["ApiDeps", "create_api", "openapi_document"]

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


def create_api(deps: ApiDeps, console: Path = BUILT) -> FastAPI:
    """Everything under HTTP that is not a socket of a station; `console` is a folder."""
    app = _assembled(deps.tracer_provider)
    app.state.deps = deps
    app.state.console = read_console(console)
    app.include_router(console_routes)
    if deps.metrics is not None:
        app.include_router(metrics.router, dependencies=[Depends(key_unless_local)])
    return app


def openapi_document() -> dict[str, Any]:
    """What the API can do, as OpenAPI 3.1."""
    return _assembled().openapi()


def _assembled(tracer_provider: Any = None) -> FastAPI:
    app = FastAPI(
        title="Voltaro",
        version=__version__,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Told everything: what is left out FastAPI takes from the process's environment.
        telemetry={
            "tracing": tracer_provider is not None,
            "tracer_provider": tracer_provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
            # Their paths and queries are keys.
            "exclude": lambda scope: scope["path"].startswith(("/files/", "/welcome", "/reset")),
        },
    )
    v1 = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(key_required), Depends(known_query_only), Depends(BEARER)],
        responses=_FAILURES,
    )
    for each in (
        stations,
        token_import,
        tokens,
        charging_limits,
        charging_profiles,
        tariffs,
        transactions,
        meter_values,
        curves,
        messages,
        message_explanations,
        announcements,
        attempts,
        connections,
        deviations,
        display_messages,
        variables,
        commands,
        raw_calls,
        jobs,
        monitoring_events,
        monitors,
        security,
        certificates,
        local_lists,
        reservations,
        files,
        events,
        fleet,
        overview,
        attention,
        simulated_stations,
        onboarding,
        token_refusals,
        settings,
        users,
        keys,
        audit,
    ):
        v1.include_router(each.router)

    v1.get("/openapi.json", operation_id="get_openapi", include_in_schema=False)(docs.document)
    short = [Depends(key_unless_local), Depends(known_query_only), Depends(BEARER)]
    app.include_router(v1)
    app.include_router(
        me.router,
        dependencies=[Depends(known_required), Depends(known_query_only), Depends(BEARER)],
        responses={code: _FAILURES[code] for code in (400, 401, 429)},
    )
    app.include_router(
        status.router,
        dependencies=short,
        responses={code: _FAILURES[code] for code in (400, 401, 403, 422, 429, 503)},
    )
    app.include_router(sign_in.router)
    app.include_router(health.router)
    app.include_router(transfers.router)
    app.include_router(docs.router, dependencies=[Depends(key_unless_local)])
    app.add_middleware(Requests)
    install_errors(app, _before_not_found)
    app.openapi = lambda: describe(app, TokenRow)  # type: ignore[method-assign]
    return app


def _before_not_found(request: Request) -> None:
    """What a path that leads nowhere is told first."""
    if not request.url.path.startswith("/api/"):
        return
    authenticate(request, deps_of(request))
    path: bytes = request.scope.get("raw_path", b"").lower()
    if path.startswith(b"/api/v1/stations/") and b"%2f" in path:
        raise Invalid("a station id has no '/': it is one part of a path")
