"""Keeps what the fleet draws, a row each minute; a minute without one is a gap."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from voltaro.services.gauges import Gauges
from voltaro.services.presence import Presence
from voltaro.store.fleet_power import write_fleet_power
from voltaro.store.reach import DatabaseAway, Engine

log = structlog.get_logger()

_MINUTE_S = 60.0
#: A year can be compared with the one before it at its end.
_KEPT = timedelta(days=400)


@asynccontextmanager
async def recording_power(
    engine: Engine, gauges: Gauges, presence: Presence
) -> AsyncIterator[None]:
    """Write the fleet's power at each full minute until the end of the block."""
    recording = asyncio.create_task(_record(engine, gauges, presence), name="fleet power")
    try:
        yield
    finally:
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)


async def record_power(engine: Engine, gauges: Gauges, presence: Presence, at: datetime) -> None:
    """Write what the fleet draws now, as of the minute of `at`.

    Raises:
        DatabaseAway: it may or may not have been written.
    """
    await write_fleet_power(
        engine,
        at=at.replace(second=0, microsecond=0),
        power_w=fleet_power_w(gauges, presence),
        sessions_open=len(gauges),
        forget=at - _KEPT,
    )


def fleet_power_w(gauges: Gauges, presence: Presence) -> int:
    """What all stations draw, as far as it is known; of one that is away nobody knows."""
    return gauges.power_w(lambda station_id: presence.get(station_id) is not None)


async def _record(engine: Engine, gauges: Gauges, presence: Presence) -> None:
    while True:
        await asyncio.sleep(_until_next_minute_s(datetime.now(UTC)))
        try:
            await record_power(engine, gauges, presence, datetime.now(UTC))
        except DatabaseAway:
            continue  # a gap; those who wait for the database say so
        except Exception:
            log.exception("fleet power not recorded")


def _until_next_minute_s(now: datetime) -> float:
    return _MINUTE_S - now.second - now.microsecond / 1e6
