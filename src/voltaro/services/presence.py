"""Which stations are connected, by which socket, and when each was last heard."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from voltaro.domain.clocks import ClockSkew
from voltaro.domain.connections import (
    ClockMeasured,
    ConnectionClosed,
    ConnectionOpened,
    HandshakeRefused,
    StationSeen,
)
from voltaro.services.live import LiveFeed
from voltaro.store.writer import Writer

#: At most this often is "last seen" written; in memory it is always exact.
_WRITE_EVERY = timedelta(seconds=2)

#: At most this often is it told to whoever watches.
_TELL_EVERY = timedelta(seconds=10)

#: A clock that moves by less against ours is not written again.
_SKEW_STEP = timedelta(seconds=2)
_TRY_AGAIN_LATER = 1013

#: Ends a socket with a WebSocket close code and reason.
Close = Callable[[int, str], None]


@dataclass(slots=True)
class Live:
    """A station's current socket. `epoch` grows with every new one."""

    station_id: str
    epoch: int
    protocol: str
    remote_address: str
    connected_at: datetime
    last_seen_at: datetime
    written_at: datetime
    told_at: datetime
    close: Close
    clock: ClockSkew = field(default_factory=ClockSkew)
    #: As it was last written; None until a message told a time.
    clock_skew: timedelta | None = None
    close_reason: str = "lost"
    #: Told to whoever watches that it counts as offline although the socket is open.
    silent: bool = False


class Presence:
    """The newest socket of a station owns it (design: a half-open one may linger for minutes)."""

    def __init__(
        self,
        writer: Writer,
        *,
        silent_after: timedelta = timedelta(minutes=10),
        live: LiveFeed | None = None,
    ) -> None:
        """`silent_after`: an open socket that brought nothing for so long does not count."""
        self._writer = writer
        self._feed = live
        self._silent_after = silent_after
        self._live: dict[str, Live] = {}
        #: Of stations that went offline while this process runs; the table lags a moment behind.
        self._left: dict[str, datetime] = {}
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._live)

    def get(self, station_id: str) -> Live | None:
        """The station's socket, or None while it is offline: not connected, or silent too long."""
        live = self._live.get(station_id)
        if live is None or datetime.now(UTC) - live.last_seen_at > self._silent_after:
            return None
        return live

    def last_seen(self, station_id: str) -> datetime | None:
        """When the station was last heard, if that was since this process began."""
        live = self._live.get(station_id)
        return live.last_seen_at if live is not None else self._left.get(station_id)

    def opened(
        self, station_id: str, protocol: str, remote_address: str, at: datetime, close: Close
    ) -> Live:
        """Take over the station; an older socket of it is closed."""
        # Grows across restarts as well, without asking the database.
        self._epoch = max(self._epoch + 1, time.time_ns())
        live = Live(station_id, self._epoch, protocol, remote_address, at, at, at, at, close)
        old = self._live.get(station_id)
        self._live[station_id] = live
        self._left.pop(station_id, None)
        self._writer.note(
            ConnectionOpened(
                station_id=station_id,
                epoch=live.epoch,
                protocol=protocol,
                remote_address=remote_address,
                at=at,
            )
        )
        if self._feed is not None:
            self._feed.station(
                station_id,
                online=True,
                last_seen=at,
                protocol=protocol,
                remote_address=remote_address,
                connected_at=at,
                disconnected_at=None,
            )
        if old is not None:
            old.close_reason = "superseded"
            old.close(1000, "a newer connection of this station took over")
        return live

    def seen(self, live: Live, at: datetime) -> None:
        """Something arrived on this socket."""
        live.last_seen_at = at
        if live.silent:
            self._tell_silence(live, silent=False)
        if at - live.written_at >= _WRITE_EVERY:
            live.written_at = at
            self._writer.note(StationSeen(station_id=live.station_id, at=at))
            if self._feed is not None and at - live.told_at >= _TELL_EVERY:
                live.told_at = at
                self._feed.station(live.station_id, last_seen=at)

    def sweep(self, now: datetime) -> None:
        """Tell whoever watches which open sockets have become silent."""
        for live in self._live.values():
            if not live.silent and now - live.last_seen_at > self._silent_after:
                self._tell_silence(live, silent=True)

    def _tell_silence(self, live: Live, *, silent: bool) -> None:
        live.silent = silent
        if self._feed is not None and self._live.get(live.station_id) is live:
            self._feed.station(
                live.station_id,
                online=not silent,
                last_seen=live.last_seen_at,
                disconnected_at=live.last_seen_at if silent else None,
            )

    def told_time(self, live: Live, at: datetime, received_at: datetime) -> None:
        """A message of this station carried a time of its own."""
        skew = live.clock.told(at, received_at)
        if live.clock_skew is None or abs(skew - live.clock_skew) >= _SKEW_STEP:
            live.clock_skew = skew
            self._writer.note(
                ClockMeasured(
                    station_id=live.station_id, skew_s=skew.total_seconds(), at=received_at
                )
            )
            if self._feed is not None:
                self._feed.station(live.station_id, clock_skew_s=skew.total_seconds())

    def closed(self, live: Live, at: datetime) -> bool:
        """Whether the station is offline now; False when a newer socket already owns it."""
        self._writer.note(
            ConnectionClosed(
                station_id=live.station_id,
                epoch=live.epoch,
                last_seen_at=live.last_seen_at,
                at=at,
                reason=live.close_reason,
            )
        )
        if self._live.get(live.station_id) is not live:
            return False
        del self._live[live.station_id]
        self._left[live.station_id] = live.last_seen_at
        if self._feed is not None:
            self._feed.station(
                live.station_id, online=False, last_seen=live.last_seen_at, disconnected_at=at
            )
        return True

    def refused(self, refusal: HandshakeRefused) -> None:
        """Remember who was not let in, and why; tell whoever watches."""
        self._writer.note(refusal)
        if self._feed is not None:
            self._feed.refused(refusal)

    def disconnect(self, station_id: str, reason: str) -> None:
        """Close the station's socket, if it has one."""
        if (live := self._live.get(station_id)) is not None:
            live.close_reason = "deleted"
            live.close(1008, reason)

    def disconnect_all(self, code: int, reason: str) -> None:
        """Close every socket, for example because the database is away (1013)."""
        for live in list(self._live.values()):
            live.close_reason = "database_away" if code == _TRY_AGAIN_LATER else "server_stopped"
            live.close(code, reason)
