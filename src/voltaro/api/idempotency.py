"""`Idempotency-Key` on requests that act: the same key gets the same answer for 24 hours."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from voltaro.api.auth import authenticate
from voltaro.api.deps import deps_of
from voltaro.api.errors import Problem
from voltaro.services.errors import Refused
from voltaro.services.idempotency import StoredAnswer
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("content-type", "location", "etag")


async def _described(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any text of your own, such as a UUID. The same request with the same key "
            "acts once, and gets the same answer for 24 hours.",
            max_length=257,
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ] = None,
) -> None:
    """Puts the header into the description; the work is done below."""


IDEMPOTENT = Depends(_described)


class ShownOnce(Response):
    """An answer with a secret: `again` is its body without it, for those who ask again."""

    def __init__(self, response: Response, again: bytes) -> None:
        super().__init__(response.body, response.status_code)
        self.raw_headers = response.raw_headers
        self.again = again


class IdempotentRoute(APIRoute):
    """A route whose POST honours Idempotency-Key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        act = super().get_route_handler()

        async def handle(request: Request) -> Response:
            given = request.headers.get("idempotency-key")
            if request.method != "POST" or given is None:
                return await act(request)
            return await _once(request, _key(given), act)

        return handle


async def _once(
    request: Request, key: str, act: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    deps = deps_of(request)
    actor = authenticate(request, deps).name
    known = await deps.idempotency.begin(actor, key, await _fingerprint(request))
    if known is not None:
        headers = known.headers | {"Idempotency-Replayed": "true"}
        return Response(known.body, known.status, headers)
    try:
        try:
            response = await act(request)
        except (Problem, Refused, RequestValidationError, HTTPException):
            with contextlib.suppress(DatabaseAway):
                await deps.idempotency.forget(actor, key)
            raise
        body = response.again if isinstance(response, ShownOnce) else bytes(response.body)
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        try:
            await deps.idempotency.finish(
                actor, key, StoredAnswer(response.status_code, headers, body)
            )
        except DatabaseAway:
            # It has acted: who asks is told so, and who asks again that nobody knows.
            log.warning("answer not kept for its idempotency key")
        return response
    finally:
        deps.idempotency.leave(actor, key)


def _key(given: str) -> str:
    # The draft has it as a quoted string (RFC 8941 §3.3.3), most clients send it bare.
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not _KEY.fullmatch(key):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "bad_idempotency_key",
            "Idempotency-Key is between 1 and 255 visible ASCII characters",
        )
    return key


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256()
    url = request.url
    media = request.headers.get("content-type", "")
    for part in (request.method, url.path, url.query, media, request.headers.get("if-match", "")):
        digest.update(part.encode() + b"\0")
    digest.update(await request.body())
    return digest.digest()
