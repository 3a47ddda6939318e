"""Parameters that several resources take."""

import difflib
import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.routing import APIRoute
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from voltaro.api.errors import Problem
from voltaro.services.revisions import IfMatch

_ZONE_WITH_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
_ETAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,|$)')


async def known_query_only(request: Request) -> None:
    """Refuse what would be ignored.

    Raises:
        Problem: 400, with the nearest name that exists.
    """
    route = request.scope.get("route")
    known = (
        {field.alias for field in route.dependant.query_params}
        if isinstance(route, APIRoute)
        else set[str]()
    )
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            those = f" Known: {', '.join(sorted(known))}." if known and not nearest else ""
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "unknown_parameter",
                f"there is no query parameter {name!r} here{hint}{those}",
                errors=[{"parameter": name, "detail": f"unknown{hint}"}],
            )
        if given.count(name) > 1:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "repeated_parameter",
                f"the query parameter {name!r} is given more than once",
                errors=[{"parameter": name, "detail": "given more than once"}],
            )


def storable(text: str) -> str:
    """The text, unless the database cannot hold it."""
    if "\0" in text:
        raise ValueError("a NUL character cannot be part of it")
    return text


Text = Annotated[str, AfterValidator(storable)]


def _plus_restored(value: Any) -> Any:
    """A "+" in a query arrives as a space when it was not encoded."""
    if not isinstance(value, str):
        raise ValueError("a time is text, such as 2027-01-31T12:00:00Z")  # noqa: TRY004
    return _ZONE_WITH_LOST_PLUS.sub(r"+\1", value)


def _representable(value: datetime) -> datetime:
    if not 2 <= value.year <= 9998:
        raise ValueError("a year between 2 and 9998")
    return value


#: A time with its zone; without one nobody knows when it is.
Moment = Annotated[AwareDatetime, BeforeValidator(_plus_restored), AfterValidator(_representable)]


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(description='`ETag` of what is to be changed, such as `"3"`; else 412.'),
    ] = None,
) -> IfMatch | None:
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return IfMatch(None)
    if not re.fullmatch(f"(?:{_ETAGS.pattern})+", if_match):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "bad_if_match", "If-Match holds no ETag in double quotes"
        )
    # A weak tag never matches here (RFC 9110 §13.1.1); nor does one that is none of ours.
    strong = re.findall(r'(?<!W/)"(\d{1,9})"', if_match)
    return IfMatch(frozenset(map(int, strong)))


if_match_header = _if_match
