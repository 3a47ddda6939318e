"""Pages that need no script: rendered here, with what every one of them has."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from voltaro.api.auth import came_by_https, is_local
from voltaro.api.deps import ApiDeps
from voltaro.api.page_words import Words, words_for

_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (_TEMPLATES / "sign_in.css").read_bytes()
STYLE_PATH = "/sign-in.css"
#: A newer style has another address.
_STYLESHEET = f"{STYLE_PATH}?v={hashlib.sha256(_STYLE).hexdigest()[:16]}"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    # Not "no-referrer": forms would come without their origin (Fetch, "append a request Origin").
    "Referrer-Policy": "same-origin",
}
_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def words_of(request: Request) -> Words:
    return words_for(request.headers.get("accept-language", ""))


def is_private(request: Request, deps: ApiDeps) -> bool:
    """Whether nobody in between can listen: HTTPS, or this machine."""
    return came_by_https(request, deps.trusted_proxies) or is_local(request)


def page(
    request: Request,
    deps: ApiDeps,
    template: str,
    *,
    title: str,
    status: HTTPStatus = HTTPStatus.OK,
    error: str | None = None,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, object],
) -> Response:
    """A page in the language of whoever asks; `fields` are what its template names."""
    words = words_of(request)
    text = _environment.get_template(template).render(
        words=words,
        language=words.language,
        title=title,
        stylesheet=_STYLESHEET,
        error=error,
        in_the_clear=not is_private(request, deps),
        **fields,
    )
    return Response(
        text,
        status_code=status,
        headers={**_HEADERS, "Vary": "Accept-Language", **(headers or {})},
        media_type="text/html; charset=utf-8",
    )


def message_page(
    request: Request,
    deps: ApiDeps,
    status: HTTPStatus,
    *,
    title: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page that only says something."""
    return page(
        request,
        deps,
        "message.html",
        title=title,
        status=status,
        headers=headers,
        fields={"message": message},
    )


def stylesheet() -> Response:
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_STYLE, headers=headers, media_type="text/css; charset=utf-8")
