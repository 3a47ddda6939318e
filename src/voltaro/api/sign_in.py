"""`/sign-in`, `/sign-out`, `/welcome` and `/reset`: pages and forms that need no script."""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from voltaro.api.auth import came_by_https, client_host, cookie_of
from voltaro.api.cookies import clear_cookie, set_cookie
from voltaro.api.deps import ApiDeps, Deps, deps_of
from voltaro.api.forms import (
    CONSOLE,
    came_from_our_page,
    fields_of,
    form_id,
    is_our_form,
    keep_form_id,
    same_site_path,
)
from voltaro.api.pages import STYLE_PATH, message_page, page, stylesheet, words_of
from voltaro.services.errors import Gone, Invalid
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()


class _PageRoute(APIRoute):
    """A route whose answers are for people: that the database is away is a page as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        act = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await act(request)
            except DatabaseAway:
                words = words_of(request)
                return message_page(
                    request,
                    deps_of(request),
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    title=words.unavailable,
                    message=words.unavailable_more,
                    headers={"Retry-After": "5"},
                )

        return handle


router = APIRouter(include_in_schema=False, route_class=_PageRoute)


@router.api_route("/", methods=["GET", "HEAD"])
async def front_door() -> Response:
    return RedirectResponse(CONSOLE, HTTPStatus.TEMPORARY_REDIRECT)


@router.get(STYLE_PATH)
async def style() -> Response:
    return stylesheet()


# -- signing in and out


@router.get("/sign-in")
async def sign_in_page(request: Request, deps: Deps) -> Response:
    target = same_site_path(request.query_params.get("next"))
    if deps.users.principal(cookie_of(request, deps) or "") is not None:
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    return _sign_in_form(request, deps, target=target)


@router.post("/sign-in")
async def sign_in(request: Request, deps: Deps) -> Response:
    fields = await fields_of(request)
    name, target = fields.get("name", "").strip(), same_site_path(fields.get("next"))
    words = words_of(request)
    if not is_our_form(request, fields, secure=_secure(request, deps)):
        return _sign_in_form(
            request, deps, target=target, name=name, error=words.form_expired,
            status=HTTPStatus.FORBIDDEN,
        )  # fmt: skip
    remote = client_host(request, deps.trusted_proxies)
    if wait_s := deps.guesses.begin(remote, name):
        return message_page(
            request,
            deps,
            HTTPStatus.TOO_MANY_REQUESTS,
            title=words.too_many,
            message=words.too_many_more.format(seconds=wait_s),
            headers={"Retry-After": str(wait_s)},
        )
    token = await deps.users.sign_in(name, fields.get("password", ""))
    if token is None:
        # No name: people type passwords there.
        log.warning("sign-in refused", remote=remote)
        return _sign_in_form(
            request, deps, target=target, name=name, error=words.wrong,
            status=HTTPStatus.FORBIDDEN,
        )  # fmt: skip
    deps.guesses.was_right(remote, name)
    return _let_in(request, deps, token, target)


@router.post("/sign-out")
async def sign_out(request: Request, deps: Deps) -> Response:
    """The token of `/api/v1/me` comes as the field `csrf_token` or as X-CSRF-Token."""
    token = cookie_of(request, deps) or ""
    principal = deps.users.principal(token)
    if principal is not None and principal.csrf_token is not None:
        given = request.headers.get("x-csrf-token") or (await fields_of(request)).get("csrf_token")
        if not came_from_our_page(request) or not hmac.compare_digest(
            (given or "").encode(errors="replace"), principal.csrf_token.encode()
        ):
            words = words_of(request)
            return message_page(
                request, deps, HTTPStatus.FORBIDDEN, title=words.sign_out, message=words.not_ours
            )
        await deps.users.sign_ins.end(token)
        log.info("signed out", name=principal.name)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    clear_cookie(response, secure=_secure(request, deps))
    return response


# -- one-time links


@router.get("/welcome")
async def welcome_page(request: Request, deps: Deps) -> Response:
    code = request.query_params.get("code", "")
    if not deps.users.is_first_code(code):
        return _link_over(request, deps)
    return _welcome_form(request, deps, code)


@router.post("/welcome")
async def welcome(request: Request, deps: Deps) -> Response:
    fields = await fields_of(request)
    code, name = fields.get("code", ""), fields.get("name", "").strip()
    if not deps.users.is_first_code(code):
        return _link_over(request, deps)
    if fault := _form_fault(request, deps, fields):
        return _welcome_form(request, deps, code, name=name, error=fault)
    try:
        token = await deps.users.create_first(
            code, name, fields.get("password", ""), request.scope["voltaro.request_id"]
        )
    except Gone:
        return _link_over(request, deps)
    except Invalid as error:
        words = words_of(request)
        fault = words.bad_password if error.field == "password" else words.bad_name
        return _welcome_form(request, deps, code, name=name, error=fault)
    return _let_in(request, deps, token, CONSOLE)


@router.get("/reset")
async def reset_page(request: Request, deps: Deps) -> Response:
    return _reset_form(request, deps, request.query_params.get("code", ""))


@router.post("/reset")
async def reset(request: Request, deps: Deps) -> Response:
    fields = await fields_of(request)
    code = fields.get("code", "")
    if deps.users.by_reset_code(code) is None:
        return _link_over(request, deps)
    if fault := _form_fault(request, deps, fields):
        return _reset_form(request, deps, code, error=fault)
    try:
        token = await deps.users.use_reset_code(
            code, fields.get("password", ""), request.scope["voltaro.request_id"]
        )
    except Gone:
        return _link_over(request, deps)
    except Invalid:
        return _reset_form(request, deps, code, error=words_of(request).bad_password)
    return _let_in(request, deps, token, CONSOLE)


# -- what they have in common


def _secure(request: Request, deps: ApiDeps) -> bool:
    return came_by_https(request, deps.trusted_proxies)


def _let_in(request: Request, deps: ApiDeps, token: str, target: str) -> Response:
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    set_cookie(response, token, secure=_secure(request, deps))
    return response


def _form_fault(request: Request, deps: ApiDeps, fields: Mapping[str, str]) -> str | None:
    """What is wrong with a form in which a password is chosen."""
    words = words_of(request)
    if not is_our_form(request, fields, secure=_secure(request, deps)):
        return words.form_expired
    return words.not_the_same if fields.get("password") != fields.get("again") else None


def _sign_in_form(
    request: Request,
    deps: ApiDeps,
    *,
    target: str,
    name: str = "",
    error: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    words = words_of(request)
    return _with_form(
        request, deps, "sign_in.html", title=words.sign_in, error=error, status=status,
        name=name, next=target, nobody_yet=not deps.users.listed(),
    )  # fmt: skip


def _welcome_form(
    request: Request, deps: ApiDeps, code: str, *, name: str = "", error: str | None = None
) -> Response:
    words = words_of(request)
    return _with_form(
        request, deps, "choose_password.html", title=words.welcome, error=error,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        introduction=words.welcome_more, action="/welcome", code=code, name=name,
        name_is_given=False,
    )  # fmt: skip


def _reset_form(
    request: Request, deps: ApiDeps, code: str, *, error: str | None = None
) -> Response:
    user = deps.users.by_reset_code(code)
    if user is None:
        return _link_over(request, deps)
    words = words_of(request)
    return _with_form(
        request, deps, "choose_password.html", title=words.reset, error=error,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        introduction=words.reset_more, action="/reset", code=code, name=user.name,
        name_is_given=True,
    )  # fmt: skip


def _with_form(
    request: Request,
    deps: ApiDeps,
    template: str,
    *,
    title: str,
    error: str | None,
    status: HTTPStatus,
    **fields: object,
) -> Response:
    secure = _secure(request, deps)
    form = form_id(request, secure=secure)
    response = page(
        request, deps, template, title=title, error=error, status=status,
        fields={**fields, "form": form},
    )  # fmt: skip
    keep_form_id(response, form, secure=secure)
    return response


def _link_over(request: Request, deps: ApiDeps) -> Response:
    words = words_of(request)
    return message_page(
        request, deps, HTTPStatus.GONE, title=words.link_over, message=words.link_over_more
    )
