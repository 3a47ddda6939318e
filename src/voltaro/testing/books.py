"""What a station sent and what was acknowledged: the other half of any proof that nothing is lost.

Only what the wire carries stands here: moments in whole milliseconds, registers in whole Wh.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Entry:
    """One message: how often it was sent, and what came back."""

    at: datetime
    sent: int = 0
    acknowledged: bool = False
    #: The CALLERROR's code when the server refused it for good.
    refused: str | None = None


@dataclass(slots=True, kw_only=True)
class StartEntry(Entry):
    connector: int
    token: str
    register_wh: int
    #: The answer about the token, as on the wire.
    authorization: str | None = None


@dataclass(slots=True, kw_only=True)
class ReadingEntry(Entry):
    register_wh: int
    power_w: int


@dataclass(slots=True, kw_only=True)
class StopEntry(Entry):
    register_wh: int
    reason: str


@dataclass(slots=True, kw_only=True)
class StatusEntry(Entry):
    connector: int
    #: As on the wire.
    status: str


@dataclass(slots=True, kw_only=True)
class Transaction:
    """A charging transaction as the station knows it."""

    #: Id on the wire as text. 1.6: the server's, None until it answered. 2.x: the station's own.
    ref: str | None
    start: StartEntry
    readings: list[ReadingEntry] = field(default_factory=list)
    stop: StopEntry | None = None
    #: The reservation it uses up.
    reservation_id: int | None = None
    #: 2.x: number of the next event, and the charging state last told.
    next_seq: int = 0
    charging_state: str | None = None

    @property
    def energy_wh(self) -> int | None:
        """What the transaction delivered; None while it is open."""
        return None if self.stop is None else self.stop.register_wh - self.start.register_wh

    def entries(self) -> Iterator[Entry]:
        yield self.start
        yield from self.readings
        if self.stop is not None:
            yield self.stop


@dataclass(slots=True)
class Books:
    """Everything one station kept; with `keep` off only what is still open or not settled."""

    station_id: str
    keep: bool = True
    transactions: list[Transaction] = field(default_factory=list)
    statuses: list[StatusEntry] = field(default_factory=list)

    def open(self, transaction: Transaction) -> None:
        if not self.keep:
            self.transactions = [each for each in self.transactions if not _settled(each)]
        self.transactions.append(transaction)

    def read(self, transaction: Transaction, entry: ReadingEntry) -> None:
        if not self.keep:
            transaction.readings = [each for each in transaction.readings if not _done(each)]
        transaction.readings.append(entry)

    def tell(self, entry: StatusEntry) -> None:
        if not self.keep:
            self.statuses.clear()
        self.statuses.append(entry)

    def acknowledged(self) -> list[Transaction]:
        """Transactions whose start was acknowledged: the server must know each exactly once."""
        return [each for each in self.transactions if each.start.acknowledged]

    def pending(self) -> list[Entry]:
        """Transaction messages neither acknowledged nor refused, oldest first."""
        return [
            entry
            for transaction in self.transactions
            for entry in transaction.entries()
            if not _done(entry)
        ]

    def refused(self) -> list[Entry]:
        """Transaction messages the server answered with CALLERROR until the station gave up."""
        return [
            entry
            for transaction in self.transactions
            for entry in transaction.entries()
            if entry.refused is not None
        ]


def _done(entry: Entry) -> bool:
    return entry.acknowledged or entry.refused is not None


def _settled(transaction: Transaction) -> bool:
    return transaction.stop is not None and all(map(_done, transaction.entries()))
