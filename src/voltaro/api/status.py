"""`/status` and `/sessions`: two short views, without a key from this machine."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from fastapi import APIRouter, Response

from voltaro.api import models
from voltaro.api.bodies import encoded, json_response
from voltaro.api.deps import Deps
from voltaro.api.stations import live_part
from voltaro.api.transactions import session_item
from voltaro.store.views.stations import list_statuses
from voltaro.store.views.transactions import list_transactions

router = APIRouter(tags=["short views"])

_LAST = 10
#: So many stations are read and encoded at a time: meanwhile nobody else is served.
_AT_ONCE = 1000


@router.get(
    "/status",
    operation_id="get_status",
    summary="All stations and what they are doing",
    response_model=models.StatusList,
)
async def status(deps: Deps) -> Response:
    parts: list[bytes] = []
    after = ""
    while rows := await list_statuses(deps.engine, after=after, limit=_AT_ONCE):
        part = [live_part(cast("Mapping[str, Any]", row), deps.presence) for row in rows]
        parts.append(encoded(part)[1:-1])
        after = rows[-1]["station_id"]
        if len(rows) < _AT_ONCE:
            break
    return json_response({"stations": msgspec.Raw(b"[" + b",".join(parts) + b"]")})


@router.get(
    "/sessions",
    operation_id="get_sessions",
    summary="The last ten sessions",
    response_model=models.SessionList,
)
async def sessions(deps: Deps) -> Response:
    """By start, newest first; open ones with duration and energy so far."""
    rows = await list_transactions(deps.engine, limit=_LAST)
    now = deps.clock()
    return json_response({"sessions": [session_item(row, now, deps.gauges) for row in rows]})
