"""A driver's visit: plug in, authorize, start, meter, stop, unplug; goes on when offline."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from voltaro.testing.books import Transaction
from voltaro.testing.dialect import ConnectorState
from voltaro.testing.link import StationError
from voltaro.testing.power import AC_11_KW, Charge, Supply
from voltaro.testing.station import SimulatedStation


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the driver will do; seconds are the station's, whose clock may run fast."""

    token: str
    connector: int = 1
    duration_s: float = 1800.0
    meter_every_s: float = 60.0
    supply: Supply = AC_11_KW
    battery_wh: int = 60_000
    soc_percent: int = 20


async def play(
    station: SimulatedStation, visit: Visit, *, stopping: asyncio.Event | None = None
) -> Transaction | None:
    """Play a visit to its end; None when the token was not accepted.

    The driver leaves early, after a proper stop, when `stopping` is set. Without a connection the
    station decides alone (as with its cache) and its messages wait in the queue.
    """
    stopping = asyncio.Event() if stopping is None else stopping
    connector = visit.connector
    with _offline_is_no_matter():
        await station.reports_status(connector, ConnectorState.PREPARING)
    if not await _admits(station, visit.token):
        with _offline_is_no_matter():
            await station.reports_status(connector, ConnectorState.AVAILABLE)
        return None
    charge = Charge(
        visit.supply,
        register_wh=station.registers_wh[connector],
        battery_wh=visit.battery_wh,
        soc_percent=visit.soc_percent,
        rng=station.rng,
    )
    transaction = await station.starts(connector, visit.token)
    with _offline_is_no_matter():
        await station.reports_status(connector, ConnectorState.CHARGING)
    reason = await _charges(station, visit, charge, transaction, stopping)
    await station.stops(transaction, charge.reading(), reason=reason)
    for state in (ConnectorState.FINISHING, ConnectorState.AVAILABLE):
        with _offline_is_no_matter():
            await station.reports_status(connector, state)
    return transaction


async def _charges(
    station: SimulatedStation,
    visit: Visit,
    charge: Charge,
    transaction: Transaction,
    stopping: asyncio.Event,
) -> str:
    """Let the energy flow and report it; why it ended."""
    clock = station.clock
    began = last = clock.now()
    while not stopping.is_set():
        left = visit.duration_s - (last - began).total_seconds()
        if left <= 0:
            break
        if transaction.start.authorization not in {None, "Accepted"}:
            return "DeAuthorized"
        await clock.sleep_unless(stopping, min(left, visit.meter_every_s))
        now = clock.now()
        reading = charge.advance((now - last).total_seconds())
        last = now
        if not stopping.is_set() and (now - began).total_seconds() < visit.duration_s:
            await station.meters(transaction, reading, at=now)
            if charge.full and station.states[visit.connector] is ConnectorState.CHARGING:
                with _offline_is_no_matter():
                    await station.reports_status(visit.connector, ConnectorState.SUSPENDED_EV)
    return "Local"


async def _admits(station: SimulatedStation, token: str) -> bool:
    if not station.outbox.online:
        return True
    try:
        return await station.authorizes(token) == "Accepted"
    except StationError:
        return True


@contextlib.contextmanager
def _offline_is_no_matter() -> Iterator[None]:
    """A status that could not be told: the state of then is told after the reconnect."""
    with contextlib.suppress(StationError):
        yield
