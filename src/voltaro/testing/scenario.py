"""A driver's visit: plug in, authorize, start, meter, stop, unplug; goes on when offline."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from voltaro.testing.books import Transaction
from voltaro.testing.dialect import ConnectorState
from voltaro.testing.link import StationError
from voltaro.testing.power import AC_11_KW, Charge, Reading, Supply
from voltaro.testing.station import SimulatedStation
from voltaro.testing.under_way import UnderWay, is_free, taking


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
    #: 2.x: the number under which the server asked for it.
    remote_id: int | None = None


async def play(
    station: SimulatedStation, visit: Visit, *, stopping: asyncio.Event | None = None
) -> Transaction | None:
    """Play a visit to its end; None when the connector was not free or the token not accepted.

    The driver leaves early, after a proper stop, when `stopping` is set or the server ends it.
    Without a connection the station decides alone and its messages wait in the queue.
    """
    connector = visit.connector
    if not is_free(station, connector) or not station.controller.admits(connector, visit.token):
        return None
    with taking(station, connector) as under_way:
        await station.shows(connector, ConnectorState.PREPARING)
        if not await is_accepted(station, visit.token) or under_way.wanted_over.is_set():
            await station.shows(connector, station.resting[connector])
            return None
        return await charge(station, visit, under_way, stopping=stopping)


async def charge(
    station: SimulatedStation,
    visit: Visit,
    under_way: UnderWay,
    *,
    stopping: asyncio.Event | None = None,
    once_started: Callable[[], object] | None = None,
) -> Transaction:
    """Charge with a token that was accepted, until the visit's time is over or somebody ends it.

    `once_started` is called when the transaction is there and no energy has flowed yet.
    """
    stopping = asyncio.Event() if stopping is None else stopping
    connector = visit.connector
    battery = Charge(
        visit.supply,
        register_wh=station.registers_wh[connector],
        battery_wh=visit.battery_wh,
        soc_percent=visit.soc_percent,
        rng=station.rng,
    )
    transaction = await station.starts(connector, visit.token, remote_id=visit.remote_id)
    under_way.begin(transaction, battery, lambda at: station.controller.limit_w(connector, at))
    if once_started is not None:
        once_started()
    await station.shows(connector, ConnectorState.CHARGING)
    reason = await _charges(station, visit, under_way, transaction, stopping)
    await station.stops(transaction, battery.reading(), reason=reason)
    await station.vacates(connector)
    return transaction


async def is_accepted(station: SimulatedStation, token: str) -> bool:
    """Whether the token may charge, by what the station knows or by asking the server."""
    known = station.controller.knows(token)
    if known is not None:
        return known
    if not station.outbox.online:
        return station.controller.admits_offline(token)
    try:
        return await station.authorizes(token) == "Accepted"
    except StationError:
        return station.controller.admits_offline(token)


async def _charges(
    station: SimulatedStation,
    visit: Visit,
    under_way: UnderWay,
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
        over = await clock.sleep_unless_any(
            min(left, visit.meter_every_s), stopping, under_way.wanted_over
        )
        last = clock.now()
        reading = under_way.charged_until(last)
        if over:
            return under_way.reason
        if reading is not None and (last - began).total_seconds() < visit.duration_s:
            await station.meters(transaction, reading, at=last)
            await _shows_whether_energy_flows(station, visit.connector, reading, under_way)
    return "Local"


async def _shows_whether_energy_flows(
    station: SimulatedStation, connector: int, reading: Reading, under_way: UnderWay
) -> None:
    if reading.power_w > 0:
        state = ConnectorState.CHARGING
    elif under_way.full:
        state = ConnectorState.SUSPENDED_EV
    else:
        state = ConnectorState.SUSPENDED_EVSE
    await station.shows(connector, state)
