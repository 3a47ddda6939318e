"""`/api/v1/files`: files for stations, and what stations brought."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from starlette.requests import ClientDisconnect

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.downloads import file_response, wanted_span
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text, storable
from voltaro.api.requests import own_body_limit
from voltaro.domain.files import FileKind, StoredFile
from voltaro.services.errors import Invalid, NotFound
from voltaro.store.views.files import find_file, list_files

router = APIRouter(prefix="/files", tags=["files"])

FileId = Annotated[str, Path(description="The file's `id`, a UUID.")]
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "the bytes as they are"}


class File(BaseModel):
    """A file that Voltaro keeps. Its content is at `…/content`."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    name: str = Field(examples=["wallbox-2.4.1.bin"])
    kind: FileKind = Field(examples=["firmware"])
    size: int = Field(description="Bytes; of what is still arriving, so far.", examples=[8388608])
    sha256: str | None = Field(
        description="In hex; null while it is arriving.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    created_at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    brought_by: str = Field(
        description="The name of a key, or a station's id.", examples=["deployment"]
    )
    station_id: str | None = Field(
        description="The station that brought it; null: a person did.", examples=[None]
    )
    complete: bool = Field(examples=[True])


@router.get(
    "",
    operation_id="list_files",
    summary="List files, newest first",
    response_model=models.Page[File],
)
async def list_all(
    *,
    deps: Deps,
    kind: Annotated[FileKind | None, Query(description="Only these.")] = None,
    station_id: Annotated[
        Text | None, Query(description="What this station brought.", examples=["CP-001"])
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("files", cursor, tuple[UUID])
    rows = await list_files(
        deps.engine,
        kind=kind,
        station_id=station_id,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(page(rows, limit, _item, lambda row: encode_cursor("files", row.id)))


@router.post(
    "",
    operation_id="create_file",
    summary="Bring a file",
    status_code=201,
    response_model=File,
    responses={
        413: {"model": models.Problem, "description": "It has more bytes than are allowed"},
        507: {"model": models.Problem, "description": "The disk has no room for it"},
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _BYTES}}
    },
)
async def create(
    *,
    request: Request,
    deps: Deps,
    by: By,
    name: Annotated[
        str,
        Query(description="For people, and the end of the URL.", examples=["wallbox-2.4.1.bin"]),
        StringConstraints(min_length=1, max_length=255),
        AfterValidator(storable),
    ],
    kind: Annotated[FileKind, Query(examples=["firmware"])],
) -> Response:
    """The body is the file, byte for byte: no form, no encoding."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Invalid("the body is a form; send the bytes of the file as they are")
    own_body_limit(request)
    try:
        file = await deps.files.add(
            body_of(request), name=name, kind=kind, announced=announced_size(request), by=by
        )
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads it
    headers = {"Location": f"/api/v1/files/{file.id}"}
    return json_response(_item(file), status=201, headers=headers)


@router.get("/{file_id}", operation_id="get_file", summary="Show a file", response_model=File)
async def show(deps: Deps, file_id: FileId) -> Response:
    return json_response(_item(await _find(deps, file_id)))


@router.get(
    "/{file_id}/content",
    operation_id="get_file_content",
    summary="Fetch the content of a file",
    response_class=Response,
    responses={
        200: {"description": "All of it", "content": {"application/octet-stream": _BYTES}},
        206: {"description": "The range", "content": {"application/octet-stream": _BYTES}},
        416: {"model": models.Problem, "description": "The range is behind the end"},
    },
)
async def content(request: Request, deps: Deps, file_id: FileId) -> Response:
    """`Range` fetches a part; `If-Range` with the `ETag` makes sure that it is of the same file."""
    file = await _find(deps, file_id)
    if not deps.files.has(file):
        raise NotFound("the file has not arrived completely, or its content was lost")
    span = wanted_span(request, file)
    start, stop = (span.start, span.stop) if span else (0, file.size)
    return file_response(file, span, deps.files.read(file, start, stop))


@router.delete("/{file_id}", operation_id="delete_file", summary="Delete a file", status_code=204)
async def delete(deps: Deps, file_id: FileId, by: By) -> Response:
    """Stations that were told to fetch it cannot do so any more."""
    await deps.files.delete((await _find(deps, file_id)).id, by=by)
    return Response(status_code=204)


def announced_size(request: Request) -> int | None:
    """How many bytes the body has, where that is known."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 else None


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The bytes of the body as they arrive.

    Raises:
        ClientDisconnect: the client has gone in the middle.
    """
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def _find(deps: Deps, file_id: str) -> StoredFile:
    try:
        file = await find_file(deps.engine, UUID(file_id))
    except ValueError:
        file = None
    if file is None:
        raise NotFound(f"there is no file {file_id!r}")
    return file


def _item(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind.value,
        "size": file.size,
        "sha256": file.sha256,
        "created_at": moment(file.created_at),
        "brought_by": file.brought_by,
        "station_id": file.station_id,
        "complete": file.complete,
    }
