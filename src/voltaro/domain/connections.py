"""Sockets as operators see them: who holds one, since when, last heard, and who was refused."""

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.decision import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOpened(Change):
    """`epoch` grows with each socket of any station; the newest owns the station."""

    station_id: str
    epoch: int
    protocol: str
    remote_address: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionClosed(Change):
    """`last_seen_at` is when the socket last brought something; `reason` is a stable word."""

    station_id: str
    epoch: int
    last_seen_at: datetime
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSeen(Change):
    station_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMeasured(Change):
    """By how much the station's clock is ahead of ours (negative: behind)."""

    station_id: str
    skew_s: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeRefused(Change):
    """An upgrade that was answered with an HTTP error. `reason` is a stable word."""

    station_id: str
    remote_host: str
    path: str
    subprotocols: str
    status: int
    reason: str
    at: datetime
