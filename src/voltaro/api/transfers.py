"""`/files/<token>`: where stations fetch and bring files; the address is the key (L01, N01).

A station may append a name of its own: ``/files/<token>/<name>`` is the same place (N01.FR.21).
Nothing here redirects (N01.FR.26).
"""

import re
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from voltaro.api.auth import client_host
from voltaro.api.bodies import json_response
from voltaro.api.byte_ranges import Piece, brought
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.downloads import file_headers, file_response, wanted_span
from voltaro.api.errors import Problem
from voltaro.api.files import announced_size, body_of
from voltaro.api.form_file import BadForm, FormFile, boundary_of, file_name
from voltaro.api.requests import own_body_limit
from voltaro.domain.files import Direction, Transfer
from voltaro.services.errors import Gone, NotFound
from voltaro.services.transfers_passing import Superseded, WrongLength, WrongOffset

router = APIRouter(include_in_schema=False)

_TOKEN = re.compile(r"[0-9a-f]{40}")
#: What a form adds to a file.
_ENVELOPE_BYTES = 64 * 1024


@router.api_route("/files/{token}", methods=["GET", "HEAD", "PUT", "POST"])
@router.api_route("/files/{token}/{name:path}", methods=["GET", "HEAD", "PUT", "POST"])
async def at_address(request: Request, deps: Deps, token: str, name: str = "") -> Response:
    """Fetch (GET) or bring (PUT, POST), as the address is for; HEAD tells how far it is."""
    transfer = await _known(request, deps, token)
    if transfer.direction is Direction.DOWNLOAD:
        _allow(request, "GET", "HEAD")
        return await _fetch(request, deps, transfer)
    _allow(request, "PUT", "POST", "HEAD")
    if request.method == "HEAD":
        if not deps.transfers.is_open(transfer):
            raise _gone(deps, transfer)
        return Response(headers=_progress(deps.transfers.passage.have(transfer)))
    return await _bring(request, deps, transfer, name)


async def _known(request: Request, deps: ApiDeps, token: str) -> Transfer:
    transfer = await deps.transfers.look_up(token) if _TOKEN.fullmatch(token) else None
    if transfer is not None:
        return transfer
    host = client_host(request, deps.trusted_proxies)
    if wait_s := deps.transfers.strangers.failed(host):
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_failures",
            "too many addresses that do not exist were asked for",
            headers={"Retry-After": str(wait_s)},
        )
    raise NotFound("there is nothing at this address")


async def _fetch(request: Request, deps: ApiDeps, transfer: Transfer) -> Response:
    file = await deps.transfers.offered(transfer)
    span = wanted_span(request, file)
    start, stop = (span.start, span.stop) if span else (0, file.size)
    deps.transfers.check_start(transfer, start)
    if request.method == "HEAD":
        return file_headers(file)
    chunks = deps.transfers.passage.send(transfer, file, start, stop)
    return file_response(file, span, chunks)


async def _bring(request: Request, deps: ApiDeps, transfer: Transfer, name: str) -> Response:
    own_body_limit(request)
    passage = deps.transfers.passage
    piece = _piece(request)
    chunks: AsyncIterator[bytes] = body_of(request)
    announced = piece.total if piece else announced_size(request)
    try:
        boundary = boundary_of(request.headers.get("content-type", ""))
        if boundary is not None:
            form = FormFile(chunks, boundary)
            name, chunks = name or await form.begin(), form.content()
            announced = max(0, announced - _ENVELOPE_BYTES) if announced is not None else None
        after = await passage.receive(
            transfer,
            chunks,
            offset=piece.start if piece else 0,
            length=piece.stop - piece.start if piece else None,
            announced=announced,
            final=piece is None or piece.is_last,
            name=name or file_name(request.headers.get("content-disposition")),
        )
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads it
    except WrongOffset as error:
        raise Problem(
            HTTPStatus.CONFLICT,
            "wrong_offset",
            f"{error.have} bytes are here; go on from there",
            headers=_progress(error.have),
        ) from error
    except Superseded as error:
        raise Problem(
            HTTPStatus.CONFLICT, "superseded", "another request brings this file now"
        ) from error
    except WrongLength as error:
        raise _bad_request("bad_content_range", "the body is not as long as it says") from error
    except BadForm as error:
        raise _bad_request("bad_form", str(error)) from error
    except Gone as error:
        raise _gone(deps, await deps.transfers.get(transfer.id) or transfer) from error
    if after.sha256 is None:
        return Response(status_code=204, headers=_progress(after.bytes))
    body = {"size": after.bytes, "sha256": after.sha256}
    return json_response(body, status=201, headers=_progress(after.bytes))


def _piece(request: Request) -> Piece | None:
    header = request.headers.get("content-range")
    if header is None:
        return None
    try:
        return brought(header)
    except ValueError as error:
        raise _bad_request("bad_content_range", f"Content-Range: {error}") from error


def _progress(have: int) -> dict[str, str]:
    headers = {"Upload-Offset": str(have)}
    if have:
        headers["Range"] = f"bytes=0-{have - 1}"
    return headers


def _gone(deps: ApiDeps, transfer: Transfer) -> Problem:
    return Problem(
        HTTPStatus.GONE,
        "gone",
        f"this address is of no use any more: {transfer.state}",
        headers=_progress(deps.transfers.passage.have(transfer)),
    )


def _bad_request(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, code, detail)


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f"{request.method} cannot be done here",
            headers={"Allow": ", ".join(methods)},
        )
