"""Many stations in one process: visits for a while, statistics, a clean end."""

import asyncio
import contextlib
import random
import signal
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from voltaro.testing.backoff import Backoff
from voltaro.testing.clock import Clock
from voltaro.testing.demands import Demands
from voltaro.testing.dialect import Identity
from voltaro.testing.link import StationError
from voltaro.testing.power import SUPPLIES
from voltaro.testing.scenario import Visit, play
from voltaro.testing.station import ProtocolName, SimulatedStation
from voltaro.testing.tally import Tally
from voltaro.testing.under_way import end_visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A station of the fleet, with one token for each of its connectors.

    Tokens of their own, since a token that charges at two places at once may be turned away.
    """

    station_id: str
    tokens: tuple[str, ...]
    password: str | None = field(default=None, repr=False)
    #: Its own certificate; None: that of the plan, if any.
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """What a fleet does."""

    url: str
    members: tuple[Member, ...]
    protocol: ProtocolName = "2.0.1"
    #: Real seconds until the drivers are sent home; None: until stopped.
    duration_s: float | None = 60.0
    #: How much faster than real time the stations live.
    speed: float = 1.0
    seed: int = 0
    meter_every_s: float = 60.0
    #: So many connect at the same time.
    connect_at_once: int = 100
    #: Real seconds for ending sessions and delivering queues.
    grace_s: float = 15.0
    backoff: Backoff = field(default_factory=Backoff)
    new_message_ids: bool = False
    keep_books: bool = False
    answer_within_s: float = 30.0
    #: Commands of the server that are refused, or never answered.
    refused: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    #: Real seconds before any other command is obeyed.
    obeys_after_s: float = 0.0
    #: For wss:// URLs; None trusts whom this machine trusts.
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSummary:
    """What came of a run."""

    stations: int
    seconds: float
    connects: int
    sent: int
    received: int
    answered: int
    messages_per_s: float
    sessions_started: int
    sessions_ended: int
    undelivered: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: dict[str, int]

    @property
    def error_count(self) -> int:
        return sum(self.errors.values())


class Fleet:
    """Stations of one plan; `tally` can be watched while they run."""

    def __init__(self, plan: FleetPlan) -> None:
        self.plan = plan
        self.tally = Tally()
        self._stopping = asyncio.Event()
        self._gone = asyncio.Event()
        self._gate = asyncio.Semaphore(plan.connect_at_once)
        self._interrupted = False
        clock = Clock(speed=plan.speed, start=_believable_start(plan))
        self._clock = clock
        self.stations = [
            SimulatedStation(
                plan.url,
                member.station_id,
                protocol=plan.protocol,
                password=member.password,
                tls=member.tls or plan.tls,
                connectors=len(member.tokens),
                identity=Identity(serial=member.station_id[-25:]),
                clock=clock,
                tally=self.tally,
                rng=random.Random(f"{plan.seed}:{member.station_id}"),  # noqa: S311
                backoff=plan.backoff,
                new_message_ids=plan.new_message_ids,
                keep_books=plan.keep_books,
                answer_within_s=plan.answer_within_s,
            )
            for member in plan.members
        ]
        for station in self.stations:
            _brief(station.obeys, plan)

    def stop(self) -> None:
        """Send the drivers home: sessions end properly, then the stations close."""
        self._stopping.set()

    @property
    def interrupted(self) -> bool:
        """A SIGINT ended the run."""
        return self._interrupted

    async def run(self, *, catch_sigint: bool = False) -> FleetSummary:
        """Run until the plan's time is over or `stop` was called.

        `catch_sigint`: the first SIGINT is a `stop`, the second does what it always does.
        """
        raise_open_file_limit()
        began = time.monotonic()
        pairs = list(zip(self.stations, self.plan.members, strict=True))
        keepers = [asyncio.create_task(self._keeps(station)) for station, _ in pairs]
        visitors = [
            asyncio.create_task(self._visits(station, connector, token))
            for station, member in pairs
            for connector, token in enumerate(member.tokens, 1)
        ]
        with self._sigint() if catch_sigint else contextlib.nullcontext():
            try:
                if self.plan.duration_s is None:
                    await self._stopping.wait()
                else:
                    await self._clock.rest_unless(self._stopping, self.plan.duration_s)
                await self._ends(visitors, keepers)
            finally:
                for task in (*visitors, *keepers):
                    task.cancel()
                ended = await asyncio.gather(*visitors, *keepers, return_exceptions=True)
                await asyncio.gather(*(station.shuts_down() for station in self.stations))
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome
        return self.summary(time.monotonic() - began)

    def summary(self, seconds: float) -> FleetSummary:
        tally = self.tally
        p50, p95, p99 = tally.latency_ms(50, 95, 99)
        return FleetSummary(
            stations=len(self.stations),
            seconds=round(seconds, 3),
            connects=tally.connects,
            sent=tally.sent,
            received=tally.received,
            answered=tally.answered,
            messages_per_s=round(tally.answered / seconds, 1) if seconds else 0.0,
            sessions_started=tally.sessions_started,
            sessions_ended=tally.sessions_ended,
            undelivered=sum(len(station.outbox) for station in self.stations),
            p50_ms=round(p50, 2),
            p95_ms=round(p95, 2),
            p99_ms=round(p99, 2),
            errors=dict(tally.errors),
        )

    async def _keeps(self, station: SimulatedStation) -> None:
        async with self._gate:
            station.outbox.held = True
            with contextlib.suppress(StationError):
                await station.connect()
        await station.stays_connected(self._gone)

    async def _visits(self, station: SimulatedStation, connector: int, token: str) -> None:
        rng, clock = station.rng, station.clock
        span_s = (self.plan.duration_s or 3600.0) * self.plan.speed
        idle_s = rng.uniform(0, min(300.0, span_s / 4))
        while not await clock.sleep_unless(self._stopping, idle_s):
            if not station.booted:
                idle_s = max(1.0, span_s / 50)
                continue
            visit = Visit(
                token=token,
                connector=connector,
                duration_s=rng.uniform(600, 3600),
                meter_every_s=self.plan.meter_every_s,
                supply=rng.choice(SUPPLIES),
                battery_wh=rng.choice((40_000, 60_000, 77_000, 100_000)),
                soc_percent=rng.randint(10, 60),
            )
            await play(station, visit, stopping=self._stopping)
            idle_s = rng.uniform(60, 600)

    async def _ends(
        self, visitors: list[asyncio.Task[None]], keepers: list[asyncio.Task[None]]
    ) -> None:
        """Sessions end, queues empty, sockets close: each as far as the grace allows."""
        self._stopping.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.plan.grace_s):
                if visitors:
                    await asyncio.wait(visitors)
                # Those whom the server sent are sent home, too.
                await asyncio.gather(
                    *(end_visits(each, list(each.states), "Local") for each in self.stations)
                )
                while any(len(each.outbox) for each in self.stations):
                    await asyncio.gather(*(each.deliver() for each in self.stations))
                    await self._clock.rest(0.1)
        self._gone.set()
        await asyncio.gather(*(station.close() for station in self.stations))
        if keepers:
            await asyncio.wait(keepers, timeout=5)

    @contextlib.contextmanager
    def _sigint(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self._interrupted = True
            self.stop()
            loop.remove_signal_handler(signal.SIGINT)

        loop.add_signal_handler(signal.SIGINT, stop)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


def _brief(obeys: Demands, plan: FleetPlan) -> None:
    if plan.obeys_after_s:
        for action in obeys.actions:
            obeys.delays(action, plan.obeys_after_s)
    for action in plan.refused:
        obeys.refuse(action)
    for action in plan.ignored:
        obeys.ignores(action)


def raise_open_file_limit() -> int | None:
    """Raise this process's soft limit of open files to the hard one; the limit now in force."""
    try:
        import resource
    except ImportError:  # not a Unix
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            return hard
    return soft


def _believable_start(plan: FleetPlan) -> datetime:
    """Fast stations begin in the past, so that they arrive at now and not in the future."""
    ahead_s = (plan.speed - 1) * ((plan.duration_s or 0.0) + plan.grace_s)
    return datetime.now(UTC) - timedelta(seconds=max(0.0, ahead_s))
