"""Pages by keyset: an opaque cursor says where the last one ended."""

import base64
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query

from voltaro.api.errors import Problem

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many items.", examples=[50])]
Cursor = Annotated[
    str | None,
    Query(
        description="`next_cursor` of the page before.",
        max_length=2000,
        examples=["WyJzdGF0aW9ucyIsIkNQLTA1MCJd"],
    ),
]


def encode_cursor(kind: str, *key: Any) -> str:
    """Where a list of this kind goes on."""
    return base64.urlsafe_b64encode(msgspec.json.encode((kind, *key))).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str | None, shape: type[T]) -> T | None:
    """What `encode_cursor` was given.

    Raises:
        Problem: 422, it is not from this list.
    """
    if cursor is None:
        return None
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        found, *key = msgspec.json.decode(text, type=list[Any])
        return msgspec.convert(key if found == kind and b"\\u0000" not in text else None, shape)
    except (ValueError, TypeError):
        detail = "not a cursor of this list; take next_cursor of the page before"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "bad_cursor",
            detail,
            errors=[{"parameter": "cursor", "detail": detail}],
        ) from None


def page(
    rows: Sequence[T], limit: int, item: Callable[[T], dict[str, Any]], end: Callable[[T], str]
) -> dict[str, Any]:
    """A page from `limit` + 1 rows; the one too many tells that there are more."""
    shown = rows[:limit]
    return {
        "items": [item(row) for row in shown],
        "next_cursor": end(shown[-1]) if len(rows) > limit else None,
    }
