"""Every failure as problem+json (RFC 9457), with a stable `code`."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from voltaro.services.errors import (
    AlreadyEnded,
    BuiltIn,
    Gone,
    InForce,
    Invalid,
    KeyReused,
    NoRoom,
    NotAccepted,
    NotCancellable,
    NotFound,
    NotServed,
    OutcomeUnknown,
    PayloadInvalid,
    Refused,
    RevisionChanged,
    StillRunning,
    TooLarge,
    UnknownAction,
)
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = "5"

_STATUS: Mapping[type[Refused], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    AlreadyEnded: HTTPStatus.CONFLICT,
    BuiltIn: HTTPStatus.CONFLICT,
    InForce: HTTPStatus.CONFLICT,
    StillRunning: HTTPStatus.CONFLICT,
    OutcomeUnknown: HTTPStatus.CONFLICT,
    NotServed: HTTPStatus.CONFLICT,
    NotAccepted: HTTPStatus.CONFLICT,
    NotCancellable: HTTPStatus.CONFLICT,
    UnknownAction: HTTPStatus.NOT_FOUND,
    PayloadInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    RevisionChanged: HTTPStatus.PRECONDITION_FAILED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
    Gone: HTTPStatus.GONE,
}

#: What Starlette and FastAPI refuse on their own.
_CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


class FieldError(TypedDict):
    """`pointer` (RFC 6901) for a field of the body, `parameter` for one of query or path.

    `line`, from 1, where several things were sent at once.
    """

    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]
    line: NotRequired[int]


class Problem(Exception):
    """A refusal by the API itself."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
        #: Members of its own (RFC 9457 §3.2).
        self.more = more


def problem_response(request: Request, problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:voltaro:problem:{problem.code}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "code": problem.code,
        "instance": request.url.path,
        "request_id": request.scope.get("voltaro.request_id", ""),
    }
    if problem.detail is not None:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = problem.errors
    if problem.more:
        body.update(problem.more)
    return Response(
        msgspec.json.encode(body),
        status_code=problem.status,
        headers=dict(problem.headers or {}),
        media_type=MEDIA_TYPE,
    )


def database_unavailable() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "database_unavailable",
        "the database does not answer; a change that was asked for may or may not have been made",
        headers={"Retry-After": _RETRY_AFTER_S},
    )


def internal_error() -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "a defect of the server; its log tells more under this request_id",
    )


def install_errors(app: FastAPI, guard: Callable[[Request], None]) -> None:
    """Turn each kind of failure into its problem.

    `guard` may raise another Problem before somebody is told that a path does not exist.
    """

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(request, error)

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return problem_response(request, _of_refusal(error))

    async def on_database(request: Request, error: Exception) -> Response:
        cause = type(error.__cause__).__name__ if error.__cause__ else None
        log.warning("database away for a request", kind=cause)
        return problem_response(request, database_unavailable())

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem_response(request, _of_validation(request, error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        try:
            guard(request)
        except Problem as instead:
            return problem_response(request, instead)
        except Refused as instead:
            return problem_response(request, _of_refusal(instead))
        return problem_response(request, _of_http(request, error))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Refused, on_refusal)
    app.add_exception_handler(DatabaseAway, on_database)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)


def _of_refusal(error: Refused) -> Problem:
    errors: list[FieldError] = []
    if isinstance(error, Invalid) and error.field is not None:
        errors = [{"pointer": f"/{error.field}", "detail": str(error)}]
    if isinstance(error, PayloadInvalid):
        errors = [{"pointer": pointer, "detail": why} for pointer, why in error.faults]
    return Problem(_STATUS[type(error)], error.code, str(error), errors=errors)


def _of_http(request: Request, error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: f"there is nothing at {request.url.path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} cannot be done here",
        HTTPStatus.BAD_REQUEST: "the body cannot be read",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is too large",
    }
    code = _CODES.get(status, status.phrase.lower().replace(" ", "_"))
    return Problem(status, code, details.get(status), headers=error.headers)


def _of_validation(request: Request, error: RequestValidationError) -> Problem:
    errors = [_field_error(each) for each in error.errors()]
    detail = "; ".join(_told(each) for each in errors)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(each.get("pointer") == "" for each in errors) and not media.endswith("json"):
        detail += "; send it with Content-Type: application/json"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors)


def _field_error(error: Mapping[str, Any]) -> FieldError:
    place, *path = error["loc"]
    detail = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        detail = "there is no such field"
    if error["type"] == "json_invalid":
        detail = f"not JSON: {error['ctx']['error']} at character {path[0]}"
        path = []
    if place != "body":
        return {"parameter": ".".join(map(str, path)), "detail": detail}
    parts = [str(each).replace("~", "~0").replace("/", "~1") for each in path]
    return {"pointer": "".join(f"/{each}" for each in parts), "detail": detail}


def _told(error: FieldError) -> str:
    place = error.get("parameter") or error.get("pointer", "").removeprefix("/")
    return f"{place}: {error['detail']}" if place else error["detail"]
