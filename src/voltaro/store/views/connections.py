"""The history of a station's sockets."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import ConnectionEntry
from voltaro.store.reach import reading


class ConnectionRow(TypedDict):
    """As selected below."""

    epoch: int
    protocol: str
    remote_address: str
    connected_at: datetime
    last_seen_at: datetime
    disconnected_at: datetime | None
    reason: str | None


async def list_connections(
    engine: AsyncEngine, station_id: str, *, before: int | None = None, limit: int
) -> list[ConnectionRow]:
    """The newest first, from the first one older than the epoch `before`."""
    c = ConnectionEntry
    statement = (
        select(
            c.epoch,
            c.protocol,
            c.remote_address,
            c.connected_at,
            c.last_seen_at,
            c.disconnected_at,
            c.reason,
        )
        .where(c.station_id == station_id)
        .order_by(c.epoch.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(c.epoch < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("ConnectionRow", dict(row)) for row in rows]
