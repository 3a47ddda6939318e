"""A simulated station: the verbs a scenario is written in, the same for every OCPP version."""

import asyncio
import contextlib
import random
import ssl
from datetime import datetime
from functools import partial
from typing import Literal

from voltaro.testing.backoff import Backoff
from voltaro.testing.books import (
    Books,
    ReadingEntry,
    StartEntry,
    StatusEntry,
    StopEntry,
    Transaction,
)
from voltaro.testing.clock import Clock, whole_ms
from voltaro.testing.controller import Controller
from voltaro.testing.controller16 import Controller16
from voltaro.testing.controller201 import Controller201
from voltaro.testing.demands import Demands
from voltaro.testing.dialect import Boot, ConnectorState, Dialect, Event, Identity
from voltaro.testing.link import (
    BadAnswerError,
    CallFailedError,
    Link,
    NoAnswerError,
    Payload,
    StationError,
)
from voltaro.testing.offline import Outbox
from voltaro.testing.power import Reading
from voltaro.testing.tally import Tally
from voltaro.testing.under_way import UnderWay
from voltaro.testing.v16 import V16
from voltaro.testing.v201 import V201, charging_state

ProtocolName = Literal["1.6", "2.0.1", "2.1"]


class SimulatedStation:
    """A station on a real socket that keeps books of what it sent.

    Statuses, authorizations and heartbeats need a connection and raise StationError without one;
    what belongs to a transaction is queued instead and delivered later.
    """

    def __init__(
        self,
        url: str,
        station_id: str,
        *,
        protocol: ProtocolName = "2.0.1",
        password: str | bytes | None = None,
        tls: ssl.SSLContext | None = None,
        connectors: int = 1,
        identity: Identity | None = None,
        token_type: str = "ISO14443",  # noqa: S107 - a type, no secret
        clock: Clock | None = None,
        tally: Tally | None = None,
        rng: random.Random | None = None,
        backoff: Backoff | None = None,
        new_message_ids: bool = False,
        keep_books: bool = True,
        answer_within_s: float = 30.0,
        retry_after_s: float = 1.0,
        boots_again: bool = False,
        restart_s: float = 1.0,
    ) -> None:
        """`boots_again`: boot after every reconnect, though only a power-up asks for it.

        `restart_s`: how long a restart takes, in real time.
        """
        self.id = station_id
        self.dialect: Dialect = V16() if protocol == "1.6" else V201(protocol, token_type)
        self.clock = Clock() if clock is None else clock
        self.rng = random.Random(station_id) if rng is None else rng  # noqa: S311 - a simulation
        self.backoff = Backoff() if backoff is None else backoff
        self.identity = Identity() if identity is None else identity
        self.link = Link(
            url,
            station_id,
            subprotocol=self.dialect.subprotocol,
            password=password,
            tls=tls,
            answer_within_s=answer_within_s,
            tally=tally,
        )
        self.outbox = Outbox(
            self.link, self.clock, new_ids=new_message_ids, retry_after_s=retry_after_s
        )
        self.books = Books(station_id, keep=keep_books)
        #: What the server asked for when it accepted us.
        self.heartbeat_interval_s: float = 300
        #: The state of each connector, told or not.
        self.states = dict.fromkeys(range(1, connectors + 1), ConnectorState.AVAILABLE)
        #: Each connector's meter; a visit goes on where the last one stopped.
        self.registers_wh = dict.fromkeys(range(1, connectors + 1), 0)
        #: The visit at each connector that is taken.
        self.under_way: dict[int, UnderWay] = {}
        #: The state each connector goes back to: available, reserved or unavailable.
        self.resting = dict.fromkeys(range(1, connectors + 1), ConnectorState.AVAILABLE)
        self.boots_again = boots_again
        self.restart_s = restart_s
        #: Accepted at least once; from then on it charges without a connection, too.
        self.booted = False
        #: Connected, booted and all told; not after a mere `connect`.
        self.up = asyncio.Event()
        self._told: dict[int, str] = {}
        self._kept = False
        self._boot_reason = "PowerUp"
        self._new_pace = asyncio.Event()
        #: What obeys the server's commands, and what remembers its settings over resets.
        self.controller: Controller = (
            Controller16(self) if protocol == "1.6" else Controller201(self)
        )
        #: How it obeys: refusals, delays and silence on demand.
        self.obeys = Demands(self.link, self.clock, self.controller)

    @property
    def connected(self) -> bool:
        return self.link.connected

    @property
    def tally(self) -> Tally:
        return self.link.tally

    # The connection

    async def connect(self) -> None:
        """Open the socket; does not boot."""
        await self.link.connect()

    async def drop(self) -> None:
        """Lose the connection without a closing handshake."""
        await self.link.drop()

    async def close(self) -> None:
        """Close the connection politely."""
        await self.link.close()

    async def call(
        self, action: str, payload: Payload, *, message_id: str | None = None
    ) -> Payload:
        """Send any CALL as it is given."""
        return await self.link.call(action, payload, message_id=message_id)

    async def deliver(self) -> bool:
        """Deliver queued transaction messages; whether none is left."""
        return await self.outbox.deliver()

    async def stays_connected(self, stopping: asyncio.Event | None = None) -> None:
        """Connect, boot, tell states, deliver the queue, send heartbeats; again after every loss.

        Ends when `stopping` is set, leaving the connection as it is; else when cancelled.
        """
        stopping = asyncio.Event() if stopping is None else stopping
        attempt = 0
        self._kept = True
        try:
            while not stopping.is_set():
                if await self._is_up(stopping):
                    attempt = 0
                await self.clock.rest_unless(stopping, self.backoff.wait_s(attempt, self.rng))
                attempt += 1
        finally:
            self._kept = False

    async def restarts(self, boot_reason: str, *, politely: bool = True) -> None:
        """Go away and come back as after a reset: boot, tell states, deliver the queue."""
        self.up.clear()
        self.booted = False
        self._told.clear()
        self._boot_reason = boot_reason
        self.controller.restarts()
        await self.link.settle()
        await self.comes_back(politely=politely, after_s=self.restart_s)

    async def comes_back(self, *, politely: bool = True, after_s: float = 0.0) -> None:
        """Connect anew, and again until it works; while kept connected, this only waits for it."""
        self.up.clear()
        await (self.close() if politely else self.drop())
        await self.clock.rest(after_s)
        attempt = 0
        while not self._kept and not self.up.is_set():
            with contextlib.suppress(StationError):
                await self._comes_up(asyncio.Event())
                return
            await self.clock.rest(self.backoff.wait_s(attempt, self.rng))
            attempt += 1
        await self.up.wait()

    async def shuts_down(self) -> None:
        """Give up what is being done in the background, and lose the connection."""
        self.controller.stops_working()
        await self.drop()

    def beats_every(self, seconds: float) -> None:
        """Send heartbeats at this interval from now on."""
        self.heartbeat_interval_s = seconds
        self._new_pace.set()

    # Verbs

    async def boots(self, reason: str = "PowerUp") -> Boot:
        """Send a BootNotification; the status may be Accepted, Pending or Rejected."""
        reply = await self.link.call(*self.dialect.boot(self.identity, reason))
        try:
            boot = Boot(
                status=reply["status"],
                interval_s=reply["interval"],
                server_time=reply["currentTime"],
            )
        except LookupError:
            self.tally.fail("bad answer")
            raise BadAnswerError(f"BootNotification answered with {reply}") from None
        if boot.accepted:
            self.booted = True
            self.heartbeat_interval_s = boot.interval_s or self.heartbeat_interval_s
        return boot

    async def heartbeats(self) -> str:
        """Send a Heartbeat; the server's time as it wrote it."""
        reply = await self.link.call("Heartbeat", {})
        server_time: str = reply.get("currentTime", "")
        return server_time

    async def reports_status(
        self, connector: int, state: ConnectorState, *, at: datetime | None = None
    ) -> None:
        """Tell a connector's state, unless the wire's word for it was the last one told."""
        word, self.states[connector] = self.dialect.status_word(state), state
        self.controller.sees_state(connector, word)
        if self._told.get(connector) != word:
            await self._tells(connector, word, self._at(at))

    async def shows(self, connector: int, state: ConnectorState) -> None:
        """Tell a connector's state if it can be told; else it is told after the reconnect."""
        with contextlib.suppress(StationError):
            await self.reports_status(connector, state)

    async def vacates(self, connector: int) -> None:
        """The cable goes: the connector is as it is when nobody is there."""
        await self.shows(connector, ConnectorState.FINISHING)
        await self.shows(connector, self.resting[connector])

    async def authorizes(self, token: str) -> str:
        """Ask about a token; the answer as on the wire: Accepted, Invalid, Blocked and so on."""
        reply = await self.link.call(*self.dialect.authorize(token))
        self.controller.learns(token, reply)
        return self.dialect.authorization(reply) or ""

    async def starts(
        self,
        connector: int,
        token: str,
        *,
        register_wh: int | None = None,
        at: datetime | None = None,
        remote_id: int | None = None,
    ) -> Transaction:
        """Start a transaction. `remote_id`: the server asked for it under that number (2.x)."""
        register_wh = self.registers_wh[connector] if register_wh is None else register_wh
        entry = StartEntry(
            at=self._at(at), connector=connector, token=token, register_wh=register_wh
        )
        transaction = Transaction(
            ref=self.dialect.new_ref(),
            start=entry,
            reservation_id=self.controller.uses_reservation(connector, token),
        )
        self.books.open(transaction)
        self.tally.sessions_started += 1
        reading = Reading(register_wh=register_wh)
        event = self._event(transaction, entry.at, "Charging")

        def settle(reply: Payload) -> None:
            self.dialect.adopt(transaction, reply)
            entry.authorization = self.dialect.authorization(reply)
            self.controller.learns(token, reply)

        await self.outbox.put(
            entry, partial(self.dialect.start, transaction, reading, event, remote_id), settle
        )
        return transaction

    async def meters(
        self,
        transaction: Transaction,
        reading: Reading | int,
        *,
        at: datetime | None = None,
        asked_for: bool = False,
    ) -> ReadingEntry:
        """Report what the meter shows: a Reading, or its register in Wh."""
        reading = Reading(register_wh=reading) if isinstance(reading, int) else reading
        self.registers_wh[transaction.start.connector] = reading.register_wh
        entry = ReadingEntry(
            at=self._at(at), register_wh=reading.register_wh, power_w=reading.power_w
        )
        self.books.read(transaction, entry)
        event = self._event(transaction, entry.at, charging_state(reading), asked_for=asked_for)
        await self.outbox.put(
            entry, partial(self.dialect.meter, transaction, reading, event), _no_more
        )
        return entry

    async def stops(
        self,
        transaction: Transaction,
        reading: Reading | int,
        *,
        reason: str = "Local",
        at: datetime | None = None,
    ) -> StopEntry:
        """End a transaction; `reason` is the 2.x word, or one that only 1.6 has."""
        reading = Reading(register_wh=reading) if isinstance(reading, int) else reading
        self.registers_wh[transaction.start.connector] = reading.register_wh
        entry = StopEntry(at=self._at(at), register_wh=reading.register_wh, reason=reason)
        transaction.stop = entry
        self.tally.sessions_ended += 1
        event = self._event(transaction, entry.at, None)
        await self.outbox.put(
            entry, partial(self.dialect.stop, transaction, reading, event, reason), _no_more
        )
        return entry

    # How the verbs do it

    def _at(self, at: datetime | None) -> datetime:
        return self.clock.now() if at is None else whole_ms(at)

    def _event(
        self, transaction: Transaction, at: datetime, state: str | None, *, asked_for: bool = False
    ) -> Event:
        seq = transaction.next_seq
        transaction.next_seq += 1
        changed = state is not None and transaction.charging_state not in {None, state}
        transaction.charging_state = state
        offline = not self.outbox.online
        return Event(at=at, seq=seq, offline=offline, changed=changed, asked_for=asked_for)

    async def _tells(self, connector: int, word: str, at: datetime) -> None:
        entry = StatusEntry(at=at, connector=connector, status=word, sent=1)
        self.books.tell(entry)
        self._told.pop(connector, None)
        await self.link.call(*self.dialect.status(connector, word, at))
        entry.acknowledged = True
        self._told[connector] = word

    async def _comes_up(self, stopping: asyncio.Event) -> None:
        boots = self.boots_again or not self.booted
        self.outbox.held = boots
        await self.connect()
        while boots:
            boot = await self.boots(self._boot_reason)
            if boot.accepted:
                break
            if await self.clock.rest_unless(stopping, boot.interval_s or self.backoff.first_s):
                return
        self.outbox.held = False
        # Transactions first: their queue is older than the state of now.
        await self.outbox.deliver()
        for connector, state in self.states.items():
            with contextlib.suppress(CallFailedError):
                await self._tells(connector, self.dialect.status_word(state), self.clock.now())
        self._boot_reason = "PowerUp"
        self.up.set()

    async def _is_up(self, stopping: asyncio.Event) -> bool:
        """Come up and stay up until the connection ends; whether it came up."""
        came_up = False
        try:
            await self._comes_up(stopping)
            came_up = True
            await self._stays_up(stopping)
        except NoAnswerError:
            await self.link.drop()
        except (CallFailedError, BadAnswerError):
            await self.link.close()
        except StationError:
            pass  # refused, unreachable or lost: counted where it happened
        return came_up

    async def _stays_up(self, stopping: asyncio.Event) -> None:
        ends = (stopping, self.link.closed)
        while not any(event.is_set() for event in ends):
            self._new_pace.clear()
            if not await self.clock.sleep_unless_any(
                self.heartbeat_interval_s, self._new_pace, *ends
            ):
                with contextlib.suppress(CallFailedError):
                    await self.heartbeats()


def _no_more(_reply: Payload) -> None:
    """The answer says nothing a station acts on."""
