"""Which stations are connected, by which socket, and when each was last heard."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from voltaro.domain.connections import (
    ConnectionClosed,
    ConnectionOpened,
    HandshakeRefused,
    StationSeen,
)
from voltaro.store.writer import Writer

#: At most this often is "last seen" written; in memory it is always exact.
_WRITE_EVERY = timedelta(seconds=2)

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
    close: Close


class Presence:
    """The newest socket of a station owns it (design: a half-open one may linger for minutes)."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._live: dict[str, Live] = {}
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._live)

    def get(self, station_id: str) -> Live | None:
        """The station's socket, or None while it is offline."""
        return self._live.get(station_id)

    def opened(
        self, station_id: str, protocol: str, remote_address: str, at: datetime, close: Close
    ) -> Live:
        """Take over the station; an older socket of it is closed."""
        # Grows across restarts as well, without asking the database.
        self._epoch = max(self._epoch + 1, time.time_ns())
        live = Live(station_id, self._epoch, protocol, remote_address, at, at, at, close)
        old = self._live.get(station_id)
        self._live[station_id] = live
        self._writer.note(
            ConnectionOpened(
                station_id=station_id,
                epoch=live.epoch,
                protocol=protocol,
                remote_address=remote_address,
                at=at,
            )
        )
        if old is not None:
            old.close(1000, "a newer connection of this station took over")
        return live

    def seen(self, live: Live, at: datetime) -> None:
        """Something arrived on this socket."""
        live.last_seen_at = at
        if at - live.written_at >= _WRITE_EVERY:
            live.written_at = at
            self._writer.note(StationSeen(station_id=live.station_id, at=at))

    def closed(self, live: Live, at: datetime) -> bool:
        """Whether the station is offline now; False when a newer socket already owns it."""
        if self._live.get(live.station_id) is not live:
            return False
        del self._live[live.station_id]
        station_id = live.station_id
        self._writer.note(
            StationSeen(station_id=station_id, at=live.last_seen_at),
            ConnectionClosed(station_id=station_id, epoch=live.epoch, at=at),
        )
        return True

    def refused(self, refusal: HandshakeRefused) -> None:
        """Remember who was not let in, and why."""
        self._writer.note(refusal)

    def disconnect(self, station_id: str, reason: str) -> None:
        """Close the station's socket, if it has one."""
        if (live := self._live.get(station_id)) is not None:
            live.close(1008, reason)

    def disconnect_all(self, code: int, reason: str) -> None:
        """Close every socket, for example because the database is away (1013)."""
        for live in list(self._live.values()):
            live.close(code, reason)
