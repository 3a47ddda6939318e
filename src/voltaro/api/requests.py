"""Around every request: its id, its log lines, and an answer even to our own defects."""

import re
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltaro.api.errors import internal_error, problem_response
from voltaro.store.fresh_ids import uuid7

log = structlog.get_logger()

#: Bodies are a few fields; more than this is a mistake or worse.
_BODY_BYTES = 1024 * 1024
_UNLIMITED = "voltaro.own_body_limit"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")


class Requests:
    """Takes X-Request-ID from the client or makes one; it is in answer, problem and log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())
        scope["voltaro.request_id"] = request_id
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, _limited(receive, scope), send_on)
            except Exception:
                log.exception("request failed", **_what(scope))
                if started:
                    raise
                response = problem_response(Request(scope), internal_error())
                await response(scope, receive, send_on)


def own_body_limit(request: Request) -> None:
    """The body may have any size: whoever takes it has a bound of its own."""
    request.scope[_UNLIMITED] = True


def _limited(receive: Receive, scope: Scope) -> Receive:
    size = 0

    async def receive_on() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > _BODY_BYTES and _UNLIMITED not in scope:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receive_on


def _what(scope: Scope) -> dict[str, Any]:
    return {"method": scope["method"], "path": scope["path"]}
