"""Version numbers of local authorization lists, set aside before anything is sent."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import LocalList
from voltaro.store.reach import writing


async def take_versions(engine: AsyncEngine, station_id: str, count: int) -> range:
    """Numbers that the station's list never had, from 1 on; gaps are normal."""
    # PostgreSQL's greatest leaves out what is NULL.
    highest = func.greatest(
        LocalList.taken_version,
        LocalList.version,
        LocalList.unanswered_version,
        LocalList.reported_version,
    )
    statement = (
        insert(LocalList)
        .values(station_id=station_id, taken_version=count)
        .on_conflict_do_update(
            index_elements=[LocalList.station_id],
            set_={LocalList.taken_version: highest + count},
        )
        .returning(LocalList.taken_version)
    )
    async with writing(engine) as connection:
        last: int = (await connection.execute(statement)).scalar_one()
        return range(last - count + 1, last + 1)


async def claim_repair(
    engine: AsyncEngine, station_id: str, *, now: datetime, every: timedelta
) -> bool:
    """Whether the station's list may be sent unasked; then not again until `every` is over."""
    statement = (
        update(LocalList)
        .where(
            LocalList.station_id == station_id,
            or_(LocalList.repaired_at.is_(None), LocalList.repaired_at <= now - every),
        )
        .values(repaired_at=now)
        .returning(LocalList.station_id)
    )
    async with writing(engine) as connection:
        return (await connection.execute(statement)).scalar() is not None
