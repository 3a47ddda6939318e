"""`/ui/`: the operators' console, files that were built from `web/` and hold no data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

#: Where the build puts it.
BUILT = Path(__file__).parents[1] / "_ui"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
#: Files here have a digest of their content in their names.
_HASHED = "assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_OTHER_TYPE = "application/octet-stream"

_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Voltaro</title></head><body>
<h1>The console is not built</h1>
<p>This installation has no console. In a checkout, <code>make console</code> builds it, and after a
restart of the server it is here. Packages that were built with <code>VOLTARO_SKIP_UI=1</code> have
none.</p>
<p>Stations, the API and the command line work without it:
<a href="/api/docs">the API's description</a>.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class ConsoleFile:
    content: bytes
    #: The same, compressed, if the build left that.
    gzipped: bytes | None
    etag: str
    media_type: str
    cache_control: str


#: A module's own, since FastAPI remembers functions: what theirs hold would outlive an application.
router = APIRouter(include_in_schema=False)


def read_console(folder: Path = BUILT) -> Mapping[str, ConsoleFile]:
    """The files of the console that was built into a folder, for `app.state.console`.

    They are read once and kept in memory: what a page refers to stays, even when the package is
    replaced under a running server, and no path of a request ever reaches the disk.
    """
    paths = [each for each in folder.rglob("*") if each.is_file() and each.suffix != ".gz"]
    return {each.relative_to(folder).as_posix(): _read(folder, each) for each in paths}


@router.api_route("/ui", methods=["GET", "HEAD"])
async def without_slash() -> Response:
    return RedirectResponse("/ui/", HTTPStatus.TEMPORARY_REDIRECT, _HEADERS)


@router.api_route("/ui/{path:path}", methods=["GET", "HEAD"])
async def file(request: Request, path: str) -> Response:
    files: Mapping[str, ConsoleFile] = request.app.state.console
    if (page := files.get("index.html")) is None:
        return _not_built()
    if (found := files.get(path)) is not None:
        return _answer(request, found)
    # An old page asks for a script that a newer build has not: a page would not run.
    if path.startswith(_HASHED):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    # Any other path is a place within the console, which its script finds.
    return _answer(request, page)


def _read(folder: Path, path: Path) -> ConsoleFile:
    content, gzipped = path.read_bytes(), path.with_name(f"{path.name}.gz")
    hashed = path.relative_to(folder).as_posix().startswith(_HASHED)
    return ConsoleFile(
        content=content,
        gzipped=gzipped.read_bytes() if gzipped.exists() else None,
        # Weak: it stands for the compressed form as well (RFC 9110 §8.8.1).
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
        media_type=_TYPES.get(path.suffix, _OTHER_TYPE),
        cache_control=_FOR_EVER if hashed else _ASK_FIRST,
    )


def _answer(request: Request, file: ConsoleFile) -> Response:
    headers = {
        **_HEADERS,
        "Cache-Control": file.cache_control,
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
    }
    if _has_it(request.headers.get("if-none-match", ""), file.etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    content = file.content
    if file.gzipped is not None and takes_gzip(request.headers.get("accept-encoding", "")):
        content, headers["Content-Encoding"] = file.gzipped, "gzip"
    # As a header: given as a type, Starlette would add a character set of its own.
    headers["Content-Type"] = file.media_type
    return Response(content, headers=headers)


def _has_it(if_none_match: str, etag: str) -> bool:
    """Whether one of the tags is ours, weakly compared (RFC 9110 §13.1.2)."""
    tags = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, and not with a weight of nought (RFC 9110 §12.5.3)."""
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return weight.strip() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _not_built() -> Response:
    """503, not 404: the address is right, and who watches it shall see that something is missing."""
    return Response(
        _NOT_BUILT,
        HTTPStatus.SERVICE_UNAVAILABLE,
        {**_HEADERS, "Content-Type": _TYPES[".html"]},
    )
