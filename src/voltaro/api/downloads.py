"""Answers that are a file: whole or a range of it, to people and to stations."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from voltaro.api.byte_ranges import Span, Unsatisfiable, requested
from voltaro.api.errors import Problem
from voltaro.domain.files import StoredFile

_MEDIA_TYPE = "application/octet-stream"


def wanted_span(request: Request, file: StoredFile) -> Span | None:
    """What the headers Range and If-Range ask for; None: everything.

    Raises:
        Problem: 416, the range is behind the end.
    """
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != _etag(file):
        return None
    try:
        return requested(request.headers.get("range"), file.size)
    except Unsatisfiable:
        raise Problem(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "range_not_satisfiable",
            f"the file has {file.size} bytes",
            headers={"Content-Range": f"bytes */{file.size}"},
        ) from None


def file_response(
    file: StoredFile, span: Span | None, chunks: AsyncGenerator[bytes, None]
) -> Response:
    """The file, or a span of it, from `chunks`."""
    headers = _headers(file, span or Span(0, file.size))
    if span is None:
        return _Streamed(chunks, HTTPStatus.OK, headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{file.size}"
    return _Streamed(chunks, HTTPStatus.PARTIAL_CONTENT, headers)


def file_headers(file: StoredFile) -> Response:
    """What HEAD is answered."""
    headers = _headers(file, Span(0, file.size))
    return Response(headers=headers, media_type=_MEDIA_TYPE)


def _etag(file: StoredFile) -> str:
    return f'"{file.sha256}"'


def _headers(file: StoredFile, span: Span) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "Content-Disposition": _attachment(file.name),
        "Content-Length": str(span.stop - span.start),
        "ETag": _etag(file),
    }


def _attachment(name: str) -> str:
    """Never shown by a browser; the name for old clients in ASCII, for others whole (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    encoded = quote(name, safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


class _Streamed(Response):
    """Chunks are made only while somebody takes them; who has gone ends them."""

    def __init__(
        self, chunks: AsyncGenerator[bytes, None], status: HTTPStatus, headers: Mapping[str, str]
    ) -> None:
        super().__init__(status_code=status, headers=headers, media_type=_MEDIA_TYPE)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        start = {"type": "http.response.start", "status": self.status_code}
        gone = asyncio.ensure_future(_gone(receive))
        try:
            async with aclosing(self._chunks) as chunks:
                # Before the answer begins: what fails can still be told.
                chunk = await anext(chunks, None)
                await send(start | {"headers": self.raw_headers})
                while chunk is not None:
                    if gone.done():
                        return
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    chunk = await anext(chunks, None)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
