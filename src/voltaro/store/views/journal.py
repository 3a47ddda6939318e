"""The journal of messages, and refused handshakes."""

from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import HandshakeAttempt, JournalEntry
from voltaro.store.reach import reading

#: Which attempt a page ended with: last_at, station_id, remote_host, reason.
AttemptKey = tuple[datetime, str, str, str]


class MessageRow(TypedDict):
    id: UUID
    station_id: str
    received_at: datetime
    direction: str
    protocol: str
    message_id: str | None
    action: str | None
    frame: str
    reply: str | None
    verdict: str
    handling_ms: float


class AttemptRow(TypedDict):
    station_id: str
    remote_host: str
    reason: str
    status: int
    path: str
    subprotocols: str
    first_at: datetime
    last_at: datetime
    count: int


async def list_messages(
    engine: AsyncEngine,
    *,
    station_id: str | None = None,
    action: str | None = None,
    verdict: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[MessageRow]:
    """Newest first, from the first one older than `before`; `until` itself is left out."""
    j = JournalEntry
    statement = (
        select(
            j.id,
            j.station_id,
            j.received_at,
            j.direction,
            j.protocol,
            j.message_id,
            j.action,
            j.frame,
            j.reply,
            j.verdict,
            j.handling_ms,
        )
        .order_by(j.id.desc())
        .limit(limit)
    )
    given = (
        (j.station_id, station_id),
        (j.action, action),
        (j.verdict, verdict),
    )
    statement = statement.where(*(column == value for column, value in given if value is not None))
    if since is not None:
        statement = statement.where(j.received_at >= since)
    if until is not None:
        statement = statement.where(j.received_at < until)
    if before is not None:
        statement = statement.where(j.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("MessageRow", dict(row)) for row in rows]


async def list_attempts(
    engine: AsyncEngine,
    *,
    station_id: str | None = None,
    before: AttemptKey | None = None,
    limit: int,
) -> list[AttemptRow]:
    """The latest first, from the first one that was last seen earlier than `before`."""
    a = HandshakeAttempt
    key = (a.last_at, a.station_id, a.remote_host, a.reason)
    statement = (
        select(
            a.station_id,
            a.remote_host,
            a.reason,
            a.status,
            a.path,
            a.subprotocols,
            a.first_at,
            a.last_at,
            a.count,
        )
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    if station_id is not None:
        statement = statement.where(a.station_id == station_id)
    if before is not None:
        statement = statement.where(tuple_(*key) < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("AttemptRow", dict(row)) for row in rows]
