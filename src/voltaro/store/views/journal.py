"""The journal of messages, and refused handshakes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import HandshakeAttempt, JournalEntry
from voltaro.store.reach import reading

#: Verdicts of messages that were simply answered.
_ANSWERED = ("ok", "repeated")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What is None does not matter. `since` is part of the time, `until` is not.

    `failed`: whether it was not simply answered; `text`: part of the frame or the reply, in any case.
    """

    station_id: str | None = None
    direction: str | None = None
    action: str | None = None
    verdict: str | None = None
    failed: bool | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_messages(
    engine: AsyncEngine, wanted: MessageFilter, *, before: UUID | None = None, limit: int
) -> list[MessageRow]:
    """Newest first, from the first one older than `before`."""
    j = JournalEntry
    statement = _MESSAGES.order_by(j.id.desc()).limit(limit).where(*_conditions(wanted))
    if before is not None:
        statement = statement.where(j.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("MessageRow", dict(row)) for row in rows]


async def find_message(engine: AsyncEngine, message_id: UUID) -> MessageRow | None:
    """A message by its id."""
    statement = _MESSAGES.where(JournalEntry.id == message_id)
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        return cast("MessageRow", dict(row)) if row is not None else None


_MESSAGES = select(*(getattr(JournalEntry, name) for name in MessageRow.__annotations__))


def _conditions(wanted: MessageFilter) -> Iterator[ColumnElement[bool]]:
    j = JournalEntry
    given = (
        (j.station_id, wanted.station_id),
        (j.direction, wanted.direction),
        (j.action, wanted.action),
        (j.verdict, wanted.verdict),
    )
    yield from (column == value for column, value in given if value is not None)
    if wanted.failed is not None:
        yield j.verdict.not_in(_ANSWERED) if wanted.failed else j.verdict.in_(_ANSWERED)
    if wanted.text is not None:
        yield or_(*(each.icontains(wanted.text, autoescape=True) for each in (j.frame, j.reply)))
    if wanted.since is not None:
        yield j.received_at >= wanted.since
    if wanted.until is not None:
        yield j.received_at < wanted.until


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
