"""Announcements of a station as people see them."""

from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Announcement
from voltaro.store.reach import reading


class AnnouncementRow(TypedDict):
    id: int
    about: str
    at: datetime
    clock_trusted: bool
    received_at: datetime
    station_ref: str | None
    details: dict[str, Any]


_a = Announcement
_COLUMNS = tuple(getattr(_a, name) for name in AnnouncementRow.__annotations__)


async def list_announcements(
    engine: AsyncEngine,
    station_id: str,
    *,
    about: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[AnnouncementRow]:
    """In the order of their arrival, the latest first."""
    statement = (
        select(*_COLUMNS).where(_a.station_id == station_id).order_by(_a.id.desc()).limit(limit)
    )
    if about is not None:
        statement = statement.where(_a.about == about)
    if before is not None:
        statement = statement.where(_a.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("AnnouncementRow", dict(row)) for row in rows]
