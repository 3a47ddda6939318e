"""Charging transactions, and the meter values of one."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import RowMapping, Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.sequence import Gap
from voltaro.domain.tariffs import Cost, Tariff
from voltaro.store.cost_rows import cost_from, tariff_from
from voltaro.store.models import Transaction
from voltaro.store.reach import reading
from voltaro.store.sample_rows import MeterSample
from voltaro.store.transaction_rows import gaps_of

#: A clock of ours that was set back must not hide readings behind partition bounds.
CLOCK_SLACK = timedelta(days=1)


class TransactionRow(TypedDict):
    """Registers are in Wh. `version` counts what was learned of it."""

    id: UUID
    station_ref: str
    station_id: str
    evse_id: int | None
    connector_id: int | None
    token: str | None
    token_type: str | None
    token_status: str | None
    group_token: str | None
    started_at: datetime
    started_received_at: datetime
    ended_at: datetime | None
    stop_reason: str | None
    energy_wh: int | None
    register_start: Decimal | None
    register_last: Decimal | None
    charging_state: str | None
    flags: list[str]
    reservation_id: int | None
    remote_start_id: int | None
    trigger_reason: str | None
    #: First and last number of events that did not come.
    missing_events: tuple[Gap, ...]
    #: As it was when the transaction began.
    tariff: Tariff | None
    #: Of one that has ended.
    cost: Cost | None
    version: int


class MeterValueRow(TypedDict):
    sampled_at: datetime
    received_at: datetime
    measurand: str
    value: Decimal | None
    unit: str | None
    phase: str | None
    context: str
    location: str
    raw: str | None
    evse_id: int | None


def _transactions() -> Select[*tuple[Any, ...]]:
    return select(
        Transaction.id,
        Transaction.station_ref,
        Transaction.station_id,
        Transaction.evse_id,
        Transaction.connector_id,
        Transaction.token,
        Transaction.token_type,
        Transaction.token_status,
        Transaction.group_token,
        Transaction.started_at,
        Transaction.started_received_at,
        Transaction.ended_at,
        Transaction.stop_reason,
        Transaction.energy_wh,
        Transaction.register_start,
        Transaction.register_last,
        Transaction.charging_state,
        Transaction.flags,
        Transaction.reservation_id,
        Transaction.remote_start_id,
        Transaction.trigger_reason,
        Transaction.missing_seq_nos,
        Transaction.tariff,
        Transaction.cost_currency,
        Transaction.cost_lines,
        Transaction.version,
    )


async def find_transaction(engine: AsyncEngine, transaction_id: UUID) -> TransactionRow | None:
    async with reading(engine) as connection:
        rows = await connection.execute(_transactions().where(Transaction.id == transaction_id))
        row = rows.mappings().one_or_none()
        return _row(row) if row else None


async def list_transactions(
    engine: AsyncEngine,
    *,
    station_id: str | None = None,
    token_key: str | None = None,
    is_open: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[TransactionRow]:
    """Newest first, by start and id, from the first one older than `before`.

    They began at or after `since` and before `until`.
    """
    newest_first = (Transaction.started_at.desc(), Transaction.id.desc())
    statement = _transactions().order_by(*newest_first).limit(limit)
    if station_id is not None:
        statement = statement.where(Transaction.station_id == station_id)
    if token_key is not None:
        statement = statement.where(Transaction.token_key == token_key)
    if is_open is True:
        # The first condition says nothing new; it lets the index of unended ones serve.
        statement = statement.where(
            Transaction.ended_received_at.is_(None), Transaction.ended_at.is_(None)
        )
    elif is_open is False:
        statement = statement.where(Transaction.ended_at.is_not(None))
    if since is not None:
        statement = statement.where(Transaction.started_at >= since)
    if until is not None:
        statement = statement.where(Transaction.started_at < until)
    if before is not None:
        statement = statement.where(tuple_(Transaction.started_at, Transaction.id) < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [_row(row) for row in rows]


async def list_meter_values(
    engine: AsyncEngine,
    transaction: TransactionRow,
    *,
    since: datetime | None = None,
    skip: int = 0,
    limit: int,
) -> list[MeterValueRow]:
    """In the order they were sampled, from `since` on, without the first `skip` of them.

    Readings have no key, and equal ones are not rare: `skip` counts within `since`.
    """
    v = MeterSample
    statement = _samples().where(
        v.station_id == transaction["station_id"],
        v.transaction_id == transaction["id"],
        v.received_at >= transaction["started_received_at"] - CLOCK_SLACK,
    )
    if since is not None:
        statement = statement.where(v.sampled_at >= since)
    return await _read_samples(engine, statement.offset(skip).limit(limit))


async def list_idle_meter_values(
    engine: AsyncEngine,
    station_id: str,
    *,
    evse_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    skip: int = 0,
    limit: int,
) -> list[MeterValueRow]:
    """Those of no transaction, as above; before `until`. `evse_id` 0 is the main meter."""
    v = MeterSample
    statement = _samples().where(v.station_id == station_id, v.transaction_id.is_(None))
    if evse_id is not None:
        statement = statement.where(v.evse_id == evse_id if evse_id else v.evse_id.is_(None))
    if since is not None:
        statement = statement.where(v.sampled_at >= since)
    if until is not None:
        statement = statement.where(v.sampled_at < until)
    return await _read_samples(engine, statement.offset(skip).limit(limit))


def _samples() -> Select[*tuple[Any, ...]]:
    v = MeterSample
    return select(
        v.sampled_at,
        v.received_at,
        v.measurand,
        v.value,
        v.unit,
        v.phase,
        v.context,
        v.location,
        v.raw,
        v.evse_id,
    ).order_by(
        v.sampled_at, v.received_at, v.measurand, v.phase, v.location, v.context, v.value, v.raw
    )


async def _read_samples(
    engine: AsyncEngine, statement: Select[*tuple[Any, ...]]
) -> list[MeterValueRow]:
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("MeterValueRow", dict(row)) for row in rows]


def _row(row: RowMapping) -> TransactionRow:
    columns = dict(row)
    cost = cost_from(columns.pop("cost_currency"), columns.pop("cost_lines"))
    columns |= {
        "missing_events": gaps_of(columns.pop("missing_seq_nos")),
        "tariff": tariff_from(row["tariff"]),
        "cost": cost,
    }
    return cast("TransactionRow", columns)
