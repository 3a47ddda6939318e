"""Messages on a station's display as people see them."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import DisplayMessage, Transaction
from voltaro.store.reach import reading


class DisplayMessageRow(TypedDict):
    message_id: int
    priority: str | None
    content: str
    format: str | None
    language: str | None
    state: str | None
    start_at: datetime | None
    end_at: datetime | None
    station_ref: str | None
    told_at: datetime


_d = DisplayMessage
_COLUMNS = tuple(getattr(_d, name) for name in DisplayMessageRow.__annotations__)
#: A station removes it by itself then, and does not tell (O02.FR.02).
_TRANSACTION_ENDED = exists().where(
    and_(
        Transaction.station_id == _d.station_id,
        Transaction.station_ref == _d.station_ref,
        Transaction.ended_at.is_not(None),
    )
)


async def list_display_messages(
    engine: AsyncEngine, station_id: str, now: datetime, *, after: int | None = None, limit: int
) -> list[DisplayMessageRow]:
    """Those that the station should still have at `now`, by number, from after `after` on.

    One whose time is over is gone (O01.FR.07).
    """
    statement = (
        select(*_COLUMNS)
        .where(_d.station_id == station_id)
        .where(or_(_d.end_at.is_(None), _d.end_at > now))
        .where(~_TRANSACTION_ENDED)
        .order_by(_d.message_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_d.message_id > after)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("DisplayMessageRow", dict(row)) for row in rows]
