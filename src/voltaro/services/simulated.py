"""Simulated stations that live within the server: registered, started, listed and stopped."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

import structlog

from voltaro.domain.audit import Author
from voltaro.domain.provisioning import Registration
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.secrets import new_password
from voltaro.services.stations import Stations
from voltaro.services.tokens import Tokens
from voltaro.store.reach import Engine
from voltaro.store.stations import find_settings

log = structlog.get_logger()

#: So many live at a time.
MOST = 50
#: Where they are registered; only stations of this site are taken over again after a restart.
SITE = "Simulated"

SimulatedProtocol = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
SimulatedState = Literal["connecting", "available", "charging"]

_WATCH_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted. `station_id` None: the next free ids; `protocol` None: both in turn."""

    count: int = 1
    protocol: SimulatedProtocol | None = None
    station_id: str | None = None
    charging: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one simulated station is: its credentials, its token, whether it has drivers."""

    station_id: str
    protocol: SimulatedProtocol
    password: str = field(repr=False)
    token: str
    charging: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A role being played: what it is doing, and its end (with its session, politely)."""

    state: Callable[[], SimulatedState]
    stop: Callable[[], Awaitable[None]]


#: Lets a station live from now on; it goes on by itself.
Launch = Callable[[Role], Simulation]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStation:
    station_id: str
    protocol: SimulatedProtocol
    state: SimulatedState


class SimulatedStations:
    """Who lives just now; after a restart nobody does."""

    def __init__(
        self, *, engine: Engine, stations: Stations, tokens: Tokens, launch: Launch
    ) -> None:
        self._engine = engine
        self._stations = stations
        self._tokens = tokens
        self._launch = launch
        self._alive: dict[str, tuple[Role, Simulation]] = {}
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the end of the block; then all of them have ended."""
        watching = asyncio.create_task(self._watch(), name="simulated stations")
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await asyncio.gather(*map(self._end, list(self._alive)))

    def all(self) -> list[SimulatedStation]:
        """By id."""
        return [_shown(*self._alive[each]) for each in sorted(self._alive)]

    async def start(self, order: Order, *, by: Author) -> list[SimulatedStation]:
        """Register stations and tokens, and let them live.

        Raises:
            Invalid: there would be too many, or the id belongs to somebody else.
            DatabaseAway: some of them may live; ask for the list.
        """
        if order.station_id is not None and order.count != 1:
            raise Invalid("several stations cannot have one id", "count")
        async with self._turn:
            if len(self._alive) + order.count > MOST:
                raise Invalid(
                    f"at most {MOST} simulated stations live at a time, {len(self._alive)} do",
                    "count",
                )
            started = []
            for number in range(order.count):
                station_id = order.station_id or await self._free_id()
                if order.station_id is not None:
                    await self._check_free(order.station_id)
                protocol = order.protocol or ("ocpp2.0.1" if number % 2 else "ocpp1.6")
                role = _role(station_id, protocol, charging=order.charging)
                await self._register(role, by)
                self._alive[station_id] = role, self._launch(role)
                log.info("simulated station started", station_id=station_id, protocol=protocol)
                started.append(_shown(*self._alive[station_id]))
            return started

    async def stop(self, station_id: str) -> None:
        """End its session and its connection; what is recorded of it stays.

        Raises:
            NotFound: none of this id lives.
        """
        if station_id not in self._alive:
            raise NotFound(f"there is no simulated station {station_id!r}")
        await self._end(station_id)

    async def _end(self, station_id: str) -> None:
        alive = self._alive.pop(station_id, None)
        if alive is not None:
            await alive[1].stop()
            log.info("simulated station stopped", station_id=station_id)

    async def _register(self, role: Role, by: Author) -> None:
        await self._stations.put(
            role.station_id,
            {
                "registration": Registration.ACCEPTED,
                "security_profile": 1,
                "password": role.password,
                "site": SITE,
            },
            by=by,
        )
        await self._tokens.put(role.token, {}, by=by)

    async def _free_id(self) -> str:
        number = 1
        while not await self._is_free(station_id := f"SIM-{number:03}"):
            number += 1
        return station_id

    async def _check_free(self, station_id: str) -> None:
        if not await self._is_free(station_id):
            detail = f"{station_id!r} is there already; choose another id"
            raise Invalid(detail, "station_id")

    async def _is_free(self, station_id: str) -> bool:
        """Nobody has the id, or a simulated station had it that does not live any more."""
        if station_id in self._alive:
            return False
        if not self._stations.is_known(station_id):
            return True
        known = await find_settings(self._engine, station_id)
        return known is None or known[0].site == SITE

    async def _watch(self) -> None:
        """A station that an operator deleted would be refused again and again."""
        while True:
            await asyncio.sleep(_WATCH_S)
            for station_id in [each for each in self._alive if not self._stations.is_known(each)]:
                await self._end(station_id)


def _role(station_id: str, protocol: SimulatedProtocol, *, charging: bool) -> Role:
    # 1.6 takes 20 characters; a token that charges at two places at once may be turned away.
    digest = hashlib.blake2b(station_id.encode(), digest_size=4).hexdigest().upper()
    return Role(
        station_id=station_id,
        protocol=protocol,
        password=new_password(),
        token=f"SIM-{digest}",
        charging=charging,
    )


def _shown(role: Role, simulation: Simulation) -> SimulatedStation:
    return SimulatedStation(
        station_id=role.station_id, protocol=role.protocol, state=simulation.state()
    )
