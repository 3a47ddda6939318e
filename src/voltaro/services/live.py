"""Live notices: what changed goes out four times a second, encoded once for all who listen.

Nothing is collected for a topic that nobody asked about, so that without listeners it costs
nothing. Whoever took a cursor, or went away a moment ago, still counts as a listener.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from voltaro.domain.availability import StatusRecorded
from voltaro.domain.command_record import CommandSaved
from voltaro.domain.connections import HandshakeRefused
from voltaro.domain.decision import Change
from voltaro.domain.ids import Connector
from voltaro.domain.provisioning import BootRecorded
from voltaro.domain.transactions import (
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.store.journal import JournalRow

STATIONS, SESSIONS, COMMANDS, MESSAGES = "stations", "sessions", "commands", "messages"
ATTEMPTS = "attempts"

_FLUSH_S = 0.25
_TIDY_S = 30.0
_PING_S = 5.0
#: The past that can be resumed: so old, so many batches, so many bytes.
_RING_S = 600.0
_RING_BATCHES = 6000
_RING_BYTES = 32 * 1024 * 1024
#: What may wait for one listener before it is told to start anew.
_QUEUE_BYTES = 4 * 1024 * 1024
#: So long a topic is still collected after its last listener left.
_LINGER_S = {
    STATIONS: _RING_S,
    SESSIONS: _RING_S,
    COMMANDS: _RING_S,
    ATTEMPTS: _RING_S,
    MESSAGES: 60.0,
}
#: Of messages and attempts, so many go into one batch; the rest is counted.
_AT_ONCE = 1000

#: Encodes (kind of topic, batch id, items, how many are missing) as one event of the stream.
Encode = Callable[[str, str, list[Any], int], bytes]


@dataclass(slots=True)
class _Topic:
    """`since`: from this sequence number on everything was collected."""

    kind: str
    since: int
    listeners: int = 0
    until: float = 0.0
    #: Not sent yet: by station or transaction the latest, or (messages) one after the other.
    pending: dict[Any, Any] = field(default_factory=dict)
    missed: int = 0


@dataclass(slots=True, eq=False)
class Listener:
    """Who reads the stream; `events` yields what to send, and None when there was nothing."""

    topics: frozenset[str]
    queue: deque[bytes] = field(default_factory=deque)
    size: int = 0
    closed: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, event: bytes) -> None:
        self.queue.append(event)
        self.size += len(event)
        self._wake.set()

    def clear(self) -> None:
        self.queue.clear()
        self.size = 0

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def events(self, *, ping_s: float = _PING_S) -> AsyncIterator[bytes | None]:
        while True:
            while self.queue:
                event = self.queue.popleft()
                self.size -= len(event)
                yield event
            if self.closed:
                return
            self._wake.clear()
            try:
                async with asyncio.timeout(ping_s):
                    await self._wake.wait()
            except TimeoutError:
                yield None


class LiveFeed:
    """Collects by topic: stations, sessions, commands, attempts, messages, "messages:<station>"."""

    def __init__(self, encode: Encode, *, ring_batches: int = _RING_BATCHES) -> None:
        self._encode = encode
        self._boot = secrets.token_hex(4)
        self._seq = 0
        self._topics: dict[str, _Topic] = {}
        self._listeners: set[Listener] = set()
        #: (sequence number, topic, born, event)
        self._ring: deque[tuple[int, str, float, bytes]] = deque()
        self._ring_batches = ring_batches
        self._ring_bytes = 0
        #: The last sequence number that is no longer in the ring.
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tidier: asyncio.TimerHandle | None = None

    # -- the side of those who listen

    def cursor(self, topics: Collection[str] = (STATIONS, SESSIONS)) -> str:
        """Where the stream stands now; from here on these topics are collected for a while."""
        for topic in topics:
            self._collect(topic)
        return self._id(self._seq)

    @contextmanager
    def listen(self, topics: Collection[str], after: str | None) -> Iterator[Listener]:
        """What happens on these topics, from `after` on; begins with a reset where that is gone."""
        listener = Listener(frozenset(topics))
        since = self._resumable(listener.topics, after)
        if after is not None and since is None:
            listener.put(self._reset("gap"))
        for topic in listener.topics:
            self._collect(topic).listeners += 1
        if since is not None:
            for seq, topic, _, event in self._ring:
                if seq > since and topic in listener.topics:
                    listener.put(event)
            if listener.size > _QUEUE_BYTES:
                listener.clear()
                listener.put(self._reset("gap"))
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            for topic in listener.topics:
                self._leave(topic)

    def close(self) -> None:
        """End every stream, because the server stops."""
        for listener in self._listeners:
            listener.close()
        for timer in (self._timer, self._tidier):
            if timer is not None:
                timer.cancel()

    # -- the side of what happens

    def decided(self, station_id: str, changes: Iterable[Change], row: JournalRow | None) -> None:
        """Changes of a station have become durable; `row` is the exchange that brought them."""
        if not self._topics:
            return
        for change in changes:
            match change:
                case StatusRecorded():
                    self._status(station_id, change)
                case BootRecorded(event):
                    self.station(
                        station_id,
                        vendor=event.vendor,
                        model=event.model,
                        firmware_version=event.firmware_version,
                        booted_at=event.at,
                    )
                case TransactionOpened() | TransactionSaved() | TransactionMetered():
                    self._pend(SESSIONS, change.transaction.id, change.transaction)
                case CommandSaved():
                    self._pend(COMMANDS, change.record.id, change.record)
                case _:
                    pass
        if row is not None:
            self.exchanged(row)

    def station(self, station_id: str, **fields: Any) -> None:
        """These fields of a station have these values now."""
        if (topic := self._topics.get(STATIONS)) is not None:
            notice = topic.pending.get(station_id)
            if notice is None:
                notice = topic.pending[station_id] = {}
                self._wind()
            notice.update(fields)

    def exchanged(self, row: JournalRow) -> None:
        """A message was answered, or not understood; secrets in it are masked."""
        if not self._topics:
            return
        for name in (MESSAGES, f"{MESSAGES}:{row.station_id}"):
            self._append(name, row)

    def refused(self, refusal: HandshakeRefused) -> None:
        """An upgrade was answered with an HTTP error."""
        self._append(ATTEMPTS, refusal)

    # -- within

    def _status(self, station_id: str, change: StatusRecorded) -> None:
        event = change.event
        if not isinstance(event.where, Connector):
            self.station(
                station_id,
                status=event.status,
                status_reported=event.reported,
                error_code=event.error_code,
                status_at=event.at,
            )
            return
        topic = self._topics.get(STATIONS)
        if topic is None:
            return
        self.station(station_id)
        connectors = topic.pending[station_id].setdefault("connectors", {})
        connectors[event.where] = event

    def _pend(self, name: str, key: Any, item: Any) -> None:
        if (topic := self._topics.get(name)) is not None:
            topic.pending[key] = item
            self._wind()

    def _append(self, name: str, item: Any) -> None:
        if (topic := self._topics.get(name)) is not None:
            if len(topic.pending) < _AT_ONCE:
                self._pend(name, len(topic.pending), item)
            else:
                topic.missed += 1

    def _wind(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        now = time.monotonic()
        for name, topic in self._topics.items():
            if topic.pending:
                self._send(name, topic, now)
        self._trim(now)

    def _send(self, name: str, topic: _Topic, now: float) -> None:
        self._seq += 1
        pending, topic.pending = topic.pending, {}
        missed, topic.missed = topic.missed, 0
        items = list(pending.items() if topic.kind == STATIONS else pending.values())
        event = self._encode(topic.kind, self._id(self._seq), items, missed)
        self._ring.append((self._seq, name, now, event))
        self._ring_bytes += len(event)
        for listener in self._listeners:
            if name in listener.topics:
                if listener.size > _QUEUE_BYTES:
                    listener.clear()
                    listener.put(self._reset("slow"))
                else:
                    listener.put(event)

    def _trim(self, now: float) -> None:
        ring = self._ring
        while ring and (
            len(ring) > self._ring_batches
            or self._ring_bytes > _RING_BYTES
            or now - ring[0][2] > _RING_S
        ):
            self._dropped, _, _, event = ring.popleft()
            self._ring_bytes -= len(event)

    def _collect(self, name: str) -> _Topic:
        kind = name.partition(":")[0]
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic(kind, self._seq)
        topic.until = max(topic.until, time.monotonic() + _LINGER_S[kind])
        if self._tidier is None:
            self._tidier = asyncio.get_running_loop().call_later(_TIDY_S, self._tidy)
        return topic

    def _leave(self, name: str) -> None:
        topic = self._topics[name]
        topic.listeners -= 1
        topic.until = time.monotonic() + _LINGER_S[topic.kind]

    def _tidy(self) -> None:
        """Stop collecting what nobody listens to any more."""
        self._tidier = None
        now = time.monotonic()
        for name, topic in list(self._topics.items()):
            if not topic.listeners and topic.until < now:
                del self._topics[name]
                self._seq += 1  # a cursor from before must not fit a topic that begins later
        self._trim(now)
        if self._topics:
            self._tidier = asyncio.get_running_loop().call_later(_TIDY_S, self._tidy)

    def _resumable(self, topics: Collection[str], after: str | None) -> int | None:
        """The sequence number to go on from; None when something since then is not known."""
        boot, _, number = (after or "").partition("-")
        if boot != self._boot or not number.isascii() or not number.isdigit():
            return None
        seq = int(number) if len(number) < 16 else self._seq + 1
        if not self._dropped <= seq <= self._seq:
            return None
        known = [self._topics.get(name) for name in topics]
        return seq if all(t is not None and t.since <= seq for t in known) else None

    def _reset(self, why: str) -> bytes:
        cursor = self._id(self._seq)
        data = f'{{"reason":"{why}","cursor":"{cursor}"}}'
        return f"id: {cursor}\nevent: reset\ndata: {data}\n\n".encode()

    def _id(self, seq: int) -> str:
        return f"{self._boot}-{seq}"
