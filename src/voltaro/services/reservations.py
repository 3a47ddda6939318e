"""Reservations that nobody asks about: their time passes, and servers end before an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog

from voltaro.domain.decision import Change, Nothing
from voltaro.domain.reservations import (
    ReservationsChanged,
    ReservationStep,
    TimePassed,
    Unanswered,
)
from voltaro.services.intake import Intake
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.reservations import stations_with_open

log = structlog.get_logger()

#: Whoever looks at a reservation sees at once that its time is over; the table follows.
_LOOK_EVERY_S = 5.0


@asynccontextmanager
async def minding_reservations(engine: Engine, intake: Intake) -> AsyncIterator[None]:
    """Take over what an earlier server left, and end what expires until the end of the block.

    Raises:
        DatabaseAway: try again.
    """
    for station_id in await stations_with_open(engine):
        await _tell(intake, station_id, Unanswered(None))
    minding = asyncio.create_task(_mind(engine, intake), name="reservations")
    try:
        yield
    finally:
        minding.cancel()
        await asyncio.gather(minding, return_exceptions=True)


async def _mind(engine: Engine, intake: Intake) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            now = datetime.now(UTC)
            for station_id in await stations_with_open(engine, expired_by=now):
                await _tell(intake, station_id, TimePassed(now))
        except DatabaseAway:
            continue  # those who wait for it say so
        except Exception:
            log.exception("reservations not looked after")


async def _tell(intake: Intake, station_id: str, step: ReservationStep) -> None:
    def decide(_facts: None) -> tuple[Change, ...]:
        return (ReservationsChanged(station_id, step),)

    await intake.order(station_id, Nothing(), decide)
