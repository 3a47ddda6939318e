"""The whole fleet for one look: stations, open transactions, and what their meters said last."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TypedDict, cast
from uuid import UUID

from sqlalchemy import Interval, Text, and_, literal, or_, select, true, tuple_
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.quantities import Sample
from voltaro.domain.tariffs import Tariff
from voltaro.store.cost_rows import tariff_from
from voltaro.store.models import MeterReading, Presence, Station, Transaction
from voltaro.store.reach import reading
from voltaro.store.sample_rows import samples_at
from voltaro.store.views.stations import connectors_json

#: Instants of which something still shows, also of a meter that tells now the one and now the other.
_NEWEST = 6
#: A clock of ours that was set back must not hide readings behind partition bounds.
_CLOCK_SLACK = literal(timedelta(days=1), Interval)
#: Asked once, at start, of every open transaction.
_LOAD_PATIENCE_S = 60.0


#: The first condition says nothing new; it lets the index of unended ones serve.
_IS_OPEN = and_(Transaction.ended_received_at.is_(None), Transaction.ended_at.is_(None))


class FleetStationRow(TypedDict):
    """As selected below; `connectors` is JSON text of a list, ready to be sent."""

    station_id: str
    site: str | None
    vendor: str | None
    model: str | None
    firmware_version: str | None
    registration: str
    strict: bool
    booted_at: datetime | None
    status: str | None
    status_reported: str | None
    status_at: datetime | None
    error_code: str | None
    last_seen_at: datetime | None
    protocol: str | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    clock_skew_s: float | None
    connectors: str


class OpenTransactionRow(TypedDict):
    """What the list of transactions shows of one that is under way."""

    id: UUID
    station_id: str
    evse_id: int | None
    connector_id: int | None
    token: str | None
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int | None
    stop_reason: str | None
    charging_state: str | None
    flags: list[str]
    #: As it was when the transaction began.
    tariff: Tariff | None


async def list_fleet_stations(
    engine: AsyncEngine, *, after: str = "", limit: int
) -> list[FleetStationRow]:
    """By id, from the first after `after`."""
    s, p = Station, Presence
    statement = (
        select(
            s.station_id,
            s.site_id.label("site"),
            s.vendor,
            s.model,
            s.firmware_version,
            s.registration,
            s.strict,
            s.booted_at,
            s.status,
            s.status_reported,
            s.status_at,
            s.error_code,
            p.last_seen_at,
            p.protocol,
            p.connected_at,
            p.disconnected_at,
            p.clock_skew_s,
            connectors_json(detailed=True),
        )
        .outerjoin(p, p.station_id == s.station_id)
        .where(s.station_id > after)
        .order_by(s.station_id)
        .limit(limit)
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("FleetStationRow", dict(row)) for row in rows]


async def list_open_transactions(
    engine: AsyncEngine, *, after: tuple[str, UUID] | None = None, limit: int
) -> list[OpenTransactionRow]:
    """By station and id, from the first after `after`."""
    t = Transaction
    statement = (
        select(*(getattr(t, name) for name in OpenTransactionRow.__annotations__))
        .where(_IS_OPEN)
        .order_by(t.station_id, t.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(t.station_id, t.id) > after)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [
            cast("OpenTransactionRow", {**row, "tariff": tariff_from(row["tariff"])})
            for row in rows
        ]


async def newest_samples(engine: AsyncEngine) -> dict[tuple[str, UUID], list[Sample]]:
    """Of every open transaction, by station and id, its newest samples; none where none were sent."""
    t, r = Transaction, MeterReading
    newest = (
        select(r.sampled_at, cast_to(r.samples, Text).label("samples"))
        .where(
            r.station_id == t.station_id,
            r.transaction_id == t.id,
            r.received_at >= t.started_received_at - _CLOCK_SLACK,
            # Those of no EVSE are of the station's main meter.
            or_(r.evse_id == t.evse_id, t.evse_id.is_(None)),
        )
        .order_by(r.sampled_at.desc())
        .limit(_NEWEST)
        .lateral("newest")
    )
    statement = select(t.id, t.station_id, newest).outerjoin(newest, true()).where(_IS_OPEN)
    found: defaultdict[tuple[str, UUID], list[Sample]] = defaultdict(list)
    async with reading(engine, patience_s=_LOAD_PATIENCE_S) as connection:
        for row in await connection.execute(statement):
            samples = found[row.station_id, row.id]
            if row.sampled_at is not None:
                samples += samples_at(row.sampled_at, row.samples)
    return dict(found)
