"""What the two wire dialects of a simulated station have in common: words and an interface."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from voltaro.testing.books import Transaction
from voltaro.testing.link import Payload
from voltaro.testing.power import Reading

#: An action and its payload.
Message = tuple[str, Payload]


class ConnectorState(StrEnum):
    """States of a connector; 2.x says occupied for all of a visit's."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a station says of itself when it boots."""

    vendor: str = "Voltaro"
    model: str = "Simulator"
    serial: str | None = None
    firmware: str = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """The answer to a boot."""

    #: Accepted, Pending or Rejected.
    status: str
    interval_s: int
    server_time: str

    @property
    def accepted(self) -> bool:
        return self.status == "Accepted"


class Dialect(Protocol):
    """Payloads of one OCPP version, and how to read the answers. Pure.

    Called for the transaction at the moment of the event, except that `start`, `meter` and `stop`
    of 1.6 are written when they are sent: only then the server's transaction id may be known.
    """

    subprotocol: str

    def boot(self, identity: Identity, reason: str) -> Message: ...

    def status_word(self, state: ConnectorState) -> str: ...

    def status(self, connector: int, word: str, at: datetime) -> Message: ...

    def authorize(self, token: str) -> Message: ...

    def authorization(self, reply: Payload) -> str | None:
        """What the answer says about the token; None when it says nothing."""
        ...

    def new_ref(self) -> str | None:
        """Id of a new transaction, where the station gives it."""
        ...

    def adopt(self, transaction: Transaction, reply: Payload) -> None:
        """Take over what the answer to a start decides."""
        ...

    def start(
        self, transaction: Transaction, reading: Reading, event: "Event", remote_id: int | None
    ) -> Message: ...

    def meter(self, transaction: Transaction, reading: Reading, event: "Event") -> Message: ...

    def stop(
        self, transaction: Transaction, reading: Reading, event: "Event", reason: str
    ) -> Message: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """When an event of a transaction happened, its number, and whether the station was online."""

    at: datetime
    seq: int
    offline: bool = False
    #: The charging state differs from the one told before (2.x).
    changed: bool = False
    #: The server asked for it (2.x).
    asked_for: bool = False
