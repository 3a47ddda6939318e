"""Writes what all stations together draw, and forgets what is old."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from voltaro.store.models import FleetPower
from voltaro.store.reach import Engine, writing


async def write_fleet_power(
    engine: Engine, *, at: datetime, power_w: int, sessions_open: int, forget: datetime
) -> None:
    """The first row of a minute stands; rows from before `forget` are deleted.

    Raises:
        DatabaseAway: it may or may not have been written.
    """
    row = insert(FleetPower).values(at=at, power_w=power_w, sessions_open=sessions_open)
    async with writing(engine) as connection:
        await connection.execute(row.on_conflict_do_nothing())
        await connection.execute(delete(FleetPower).where(FleetPower.at < forget))
