"""`/api/v1/transactions`: charging transactions and their meter values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import etag, json_response, moment
from voltaro.api.cost_bodies import running_cost, shown_cost
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, Text, if_match_header, storable
from voltaro.domain.closing import CloseOrder
from voltaro.domain.ids import token_key
from voltaro.domain.tariffs import Cost
from voltaro.services.errors import NotFound
from voltaro.services.gauges import Gauges
from voltaro.services.revisions import IfMatch
from voltaro.store.views.transactions import (
    MeterValueRow,
    TransactionRow,
    find_transaction,
    list_meter_values,
    list_transactions,
)

router = APIRouter(prefix="/transactions", tags=["transactions"], route_class=IdempotentRoute)

TransactionId = Annotated[str, Path(description="The transaction's `id`, a UUID.")]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


@router.get(
    "",
    operation_id="list_transactions",
    summary="List transactions, newest first",
    response_model=models.Page[models.Transaction],
)
async def list_all(
    *,
    deps: Deps,
    station_id: Annotated[Text | None, Query(examples=["CP-001"])] = None,
    token: Annotated[
        Text | None, Query(description="Upper and lower case are the same.", examples=["04A2"])
    ] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="true: still charging; false: ended.")
    ] = None,
    since: Annotated[
        Moment | None, Query(description="Began at or after this time, RFC 3339.")
    ] = None,
    until: Annotated[Moment | None, Query(description="Began before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    rows = await list_transactions(
        deps.engine,
        station_id=station_id,
        token_key=token_key(token) if token is not None else None,
        is_open=is_open,
        since=since,
        until=until,
        before=decode_cursor("transactions", cursor, tuple[_Time, UUID]),
        limit=limit + 1,
    )
    now = deps.clock()
    return json_response(page(rows, limit, lambda row: _item(row, now, deps.gauges), _cursor))


@router.get(
    "/{transaction_id}",
    operation_id="get_transaction",
    summary="Show a transaction",
    response_model=models.Transaction,
)
async def show(deps: Deps, transaction_id: TransactionId) -> Response:
    row = await found_transaction(deps, transaction_id)
    return json_response(_item(row, deps.clock(), deps.gauges), headers=etag(row["version"]))


@router.get(
    "/{transaction_id}/meter-values",
    operation_id="list_meter_values",
    summary="List a transaction's meter values by time",
    response_model=models.Page[models.MeterValue],
)
async def meter_values(
    deps: Deps, transaction_id: TransactionId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    transaction = await found_transaction(deps, transaction_id)
    since, skip = meter_values_cursor(cursor)
    rows = await list_meter_values(
        deps.engine, transaction, since=since, skip=skip, limit=limit + 1
    )
    return json_response(meter_values_page(rows, limit, since, skip))


class CloseBody(models.Body):
    """Why it is closed, and what is known better than it was measured."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "the station was replaced"},
                {
                    "reason": "read from the meter",
                    "ended_at": "2026-11-03T07:01:00Z",
                    "register_stop_wh": 1215540,
                },
            ]
        }
    )

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        AfterValidator(storable),
    ] = Field(description="Kept in the audit log.")
    ended_at: Moment | None = Field(
        None, description="RFC 3339, with its zone. Absent: when it was last heard of."
    )
    register_stop_wh: Annotated[Decimal, Field(ge=0, lt=10**15, decimal_places=6)] | None = Field(
        None, description="The meter's reading. Absent: the energy stays as last measured."
    )


@router.post(
    "/{transaction_id}/close",
    operation_id="close_transaction",
    summary="Close a stuck transaction by hand",
    response_model=models.Transaction,
    dependencies=[IDEMPOTENT],
    responses={409: {"model": models.Problem, "description": "It has ended, or the key is in use"}},
)
async def close(
    deps: Deps,
    transaction_id: TransactionId,
    body: CloseBody,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Flags it `closed_by_operator`. If the station reports a real end later, that replaces it."""
    row = await found_transaction(deps, transaction_id)
    order = CloseOrder(
        author=by,
        reason=body.reason,
        at=deps.clock(),
        ended_at=body.ended_at,
        register_stop=body.register_stop_wh,
    )
    closed = await deps.transactions.close(row["id"], order, if_match)
    return json_response(_item(closed, deps.clock(), deps.gauges), headers=etag(closed["version"]))


def session_item(row: TransactionRow, now: datetime, gauges: Gauges) -> dict[str, Any]:
    """The part that people ask for first; when it is open, what its meter shows now."""
    gauge = gauges.get(row["id"])
    until = row["ended_at"] or now
    return {
        "id": row["id"],
        "station_id": row["station_id"],
        "evse_id": row["evse_id"],
        "connector_id": row["connector_id"],
        "token": row["token"],
        "started_at": moment(row["started_at"]),
        "ended_at": moment(row["ended_at"]),
        "duration_s": max(0, int((until - row["started_at"]).total_seconds())),
        "energy_wh": row["energy_wh"],
        "stop_reason": row["stop_reason"],
        "open": row["ended_at"] is None,
        "power_w": gauge.power_w,
        "power_at": moment(gauge.power_at),
        "power_derived": gauge.power_derived,
        "soc_percent": gauge.soc_percent,
        "offered_w": gauge.offered_w,
        "cost": shown_cost(_cost(row, now)),
    }


def _cost(row: TransactionRow, now: datetime) -> Cost | None:
    if row["ended_at"] is not None:
        return row["cost"]
    return running_cost(row["tariff"], row["energy_wh"], row["started_at"], now)


def live_session_item(row: TransactionRow, now: datetime, gauges: Gauges) -> dict[str, Any]:
    """As the stream and the fleet tell it."""
    return session_item(row, now, gauges) | {
        "charging_state": row["charging_state"],
        "flags": row["flags"],
    }


async def found_transaction(deps: ApiDeps, transaction_id: str) -> TransactionRow:
    """The transaction of that id.

    Raises:
        NotFound: there is none, or it cannot be an id.
    """
    try:
        row = await find_transaction(deps.engine, UUID(transaction_id))
    except ValueError:
        row = None
    if row is None:
        raise NotFound(f"there is no transaction {transaction_id!r}")
    return row


def _cursor(row: TransactionRow) -> str:
    return encode_cursor("transactions", row["started_at"], row["id"])


def _item(row: TransactionRow, now: datetime, gauges: Gauges) -> dict[str, Any]:
    return live_session_item(row, now, gauges) | {
        "station_ref": row["station_ref"],
        "token_type": row["token_type"],
        "token_status": row["token_status"],
        "group_token": row["group_token"],
        "reservation_id": row["reservation_id"],
        "remote_start_id": row["remote_start_id"],
        "trigger_reason": row["trigger_reason"],
        "missing_events": [{"first": first, "last": last} for first, last in row["missing_events"]],
        "register_start_wh": row["register_start"],
        "register_last_wh": row["register_last"],
    }


def meter_values_cursor(cursor: str | None) -> tuple[datetime | None, int]:
    """From when on, and how many of that moment have been shown."""
    return decode_cursor("meter-values", cursor, tuple[_Time, _Count]) or (None, 0)


def meter_values_page(
    rows: Sequence[MeterValueRow], limit: int, since: datetime | None, skip: int
) -> dict[str, Any]:
    """A page that began at `since` after `skip`; readings have no key to go on from."""

    def end(last: MeterValueRow) -> str:
        at = last["sampled_at"]
        seen = sum(row["sampled_at"] == at for row in rows[:limit])
        return encode_cursor("meter-values", at, seen + (skip if at == since else 0))

    return page(rows, limit, _meter_value, end)


def _meter_value(row: MeterValueRow) -> dict[str, Any]:
    return {
        **row,
        "sampled_at": moment(row["sampled_at"]),
        "received_at": moment(row["received_at"]),
    }
