"""Plays simulated stations over real sockets to our own OCPP port."""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from voltaro.services.simulated import Launch, Role, SimulatedState, Simulation

if TYPE_CHECKING:
    from voltaro.testing import ProtocolName, SimulatedStation, Visit

log = structlog.get_logger()

_PROTOCOLS: "dict[str, ProtocolName]" = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}
#: Until the operator sets it otherwise.
_METER_EVERY_S = 5
_INTERVAL_16, _INTERVAL_201 = "MeterValueSampleInterval", ("SampledDataCtrlr", "TxUpdatedInterval")
#: 1.6 says 0 for no meter values.
_NEVER_S = 3600.0
#: Real seconds for ending the session when the station is stopped.
_GRACE_S = 3.0
_BATTERIES_WH = (40_000, 60_000, 77_000, 100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the drivers of a station come and go: from and to, in seconds."""

    first_plug_s: tuple[float, float] = (0.5, 2.0)
    visit_s: tuple[float, float] = (300.0, 1200.0)
    pause_s: tuple[float, float] = (20.0, 60.0)


def launcher(url: str, pace: Pace | None = None) -> Launch:
    """Launches stations that connect to `url`, which must be ours."""
    return lambda role: _Life(url, role, pace or Pace()).begin()


def own_url(bind: str, port: int) -> str:
    """Where this machine reaches a port that is bound to an address, which may be any."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - recognised only
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"


class _Life:
    """A station from its first connect to its end, and the drivers that visit it."""

    def __init__(self, url: str, role: Role, pace: Pace) -> None:
        # Imported when somebody wants it: most servers never simulate.
        from voltaro.testing import Identity, SimulatedStation

        self._role = role
        self._pace = pace
        self._rng = random.Random()  # noqa: S311 - a simulation
        self._station = SimulatedStation(
            url,
            role.station_id,
            protocol=_PROTOCOLS[role.protocol],
            password=role.password,
            identity=Identity(serial=role.station_id[-25:]),
            rng=self._rng,
            keep_books=False,
        )
        # A meter that has seen some years.
        self._station.registers_wh[1] = self._rng.randint(1_000_000, 9_000_000)
        self._meters_often()
        self._stopping = asyncio.Event()
        self._gone = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> Simulation:
        self._tasks.append(asyncio.create_task(self._station.stays_connected(self._gone)))
        if self._role.charging:
            self._tasks.append(asyncio.create_task(self._is_visited(self._station)))
        for task in self._tasks:
            task.add_done_callback(partial(_tell_failure, self._role.station_id))
        return Simulation(state=self._state, stop=self._stop)

    def _state(self) -> SimulatedState:
        if not self._station.up.is_set() or not self._station.connected:
            return "connecting"
        return "charging" if self._station.under_way else "available"

    async def _is_visited(self, station: "SimulatedStation") -> None:
        from voltaro.testing import play

        await station.up.wait()
        idle_s = self._rng.uniform(*self._pace.first_plug_s)
        while not await station.clock.sleep_unless(self._stopping, idle_s):
            await play(station, self._visit(), stopping=self._stopping)
            idle_s = self._rng.uniform(*self._pace.pause_s)

    def _visit(self) -> "Visit":
        from voltaro.testing import AC_11_KW, AC_22_KW, DC_50_KW, DC_150_KW, Visit

        return Visit(
            token=self._role.token,
            duration_s=self._rng.uniform(*self._pace.visit_s),
            meter_every_s=self._meter_every_s(),
            supply=self._rng.choice((AC_11_KW, AC_22_KW, DC_50_KW, DC_150_KW)),
            battery_wh=self._rng.choice(_BATTERIES_WH),
            soc_percent=self._rng.randint(10, 60),
        )

    def _meters_often(self) -> None:
        from voltaro.testing import Controller16, Controller201

        match self._station.controller:
            case Controller16(configuration=configuration):
                configuration[_INTERVAL_16] = str(_METER_EVERY_S)
            case Controller201(variables=variables):
                variables[_INTERVAL_201] = str(_METER_EVERY_S)

    def _meter_every_s(self) -> float:
        from voltaro.testing import Controller16, Controller201

        match self._station.controller:
            case Controller16(configuration=configuration):
                return float(configuration[_INTERVAL_16]) or _NEVER_S
            case Controller201(variables=variables):
                return float(variables[_INTERVAL_201])
        return float(_METER_EVERY_S)

    async def _stop(self) -> None:
        from voltaro.testing.under_way import end_visits

        station = self._station
        self._stopping.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                # Those whom the server sent are sent home, too.
                await end_visits(station, list(station.states), "Local")
                await station.deliver()
        self._gone.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await station.close()
        await station.shuts_down()


def _tell_failure(station_id: str, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("simulated station failed", station_id=station_id, exc_info=error)
