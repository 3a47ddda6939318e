"""Ids of reservations as stations know them."""

from sqlalchemy import Sequence, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Reservation
from voltaro.store.reach import writing

_IDS = Sequence("reservation_ids")


async def take_reservation_id(engine: AsyncEngine, station_id: str) -> int:
    """A number from 1 to 2^31-1 that no open reservation of the station has; gaps are normal."""
    async with writing(engine) as connection:
        while True:
            number: int = (await connection.execute(select(_IDS.next_value()))).scalar_one()
            taken = select(Reservation.id).where(
                Reservation.station_id == station_id,
                Reservation.reservation_id == number,
                Reservation.is_open,
            )
            if (await connection.execute(taken)).first() is None:
                return number
