"""`/status` and `/sessions`: two short views, without a key from this machine."""

from collections.abc import Mapping
from typing import Any, cast

from fastapi import APIRouter, Response

from voltaro.api import models
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.stations import live_part
from voltaro.api.transactions import session_item
from voltaro.store.views.stations import list_statuses
from voltaro.store.views.transactions import list_transactions

router = APIRouter(tags=["short views"])

_LAST = 10


@router.get(
    "/status",
    operation_id="get_status",
    summary="All stations and what they are doing",
    response_model=models.StatusList,
)
async def status(deps: Deps) -> Response:
    rows = await list_statuses(deps.engine)
    stations = [live_part(cast("Mapping[str, Any]", row), deps.presence) for row in rows]
    return json_response({"stations": stations})


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
    return json_response({"sessions": [session_item(row, now) for row in rows]})
