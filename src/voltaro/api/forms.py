"""Forms of our pages: that a form is ours and was sent from our page, and where it leads."""

import hmac
import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request, Response

from voltaro.api.cookies import cookie_name

#: Where people land who were going nowhere in particular.
CONSOLE = "/ui/"
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{20,60}")
#: A path of this site: "//host" and "/\host" are another one's (WHATWG URL §4.4).
_SAME_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


async def fields_of(request: Request) -> Mapping[str, str]:
    """The text fields that were sent."""
    async with request.form(max_files=0, max_fields=20) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def form_id(request: Request, *, secure: bool) -> str:
    """What a form and a cookie of this browser have in common; nobody else can send both."""
    known = request.cookies.get(_form_cookie(secure=secure), "")
    return known if _FORM_ID.fullmatch(known) else secrets.token_urlsafe(24)


def keep_form_id(response: Response, form: str, *, secure: bool) -> None:
    response.set_cookie(
        _form_cookie(secure=secure), form, path="/", secure=secure, httponly=True, samesite="lax"
    )


def is_our_form(request: Request, fields: Mapping[str, str], *, secure: bool) -> bool:
    """Whether it was sent from a page of ours, in the browser that got the page from us."""
    known = request.cookies.get(_form_cookie(secure=secure), "")
    given = fields.get("form", "")
    same = hmac.compare_digest(known.encode(errors="replace"), given.encode(errors="replace"))
    return bool(known) and same and came_from_our_page(request)


def came_from_our_page(request: Request) -> bool:
    """By what browsers tell of where a request comes from; those that tell nothing are let pass."""
    if site := request.headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    if origin := request.headers.get("origin"):
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    return True


def same_site_path(path: str | None) -> str:
    """The path, if it leads nowhere else; where it does, the console's."""
    return path if path is not None and _SAME_SITE.fullmatch(path) else CONSOLE


def _form_cookie(*, secure: bool) -> str:
    return cookie_name(secure=secure, suffix="-form")
