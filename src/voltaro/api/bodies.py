"""Bodies: encoded at once from plain dicts, without a model per row."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encoded(body: object) -> bytes:
    """JSON; decimals are numbers with every digit they have."""
    return _ENCODER.encode(body)


def json_response(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A body as `encoded`."""
    return Response(
        encoded(body),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/json",
    )


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def raw(text: str) -> Any:
    """JSON that the database made, put in as it is."""
    return msgspec.Raw(text.encode())
