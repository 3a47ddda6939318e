"""Gauges of the transactions under way, in memory, fed with what has become durable."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from voltaro.domain.availability import SUSPENDED
from voltaro.domain.decision import Change
from voltaro.domain.gauges import BLANK, Gauge, begun, moved
from voltaro.domain.transactions import (
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.store.reach import Engine
from voltaro.store.views.fleet import newest_samples


async def load_gauges(engine: Engine) -> "Gauges":
    """The gauges of the transactions that an earlier server left open.

    Raises:
        DatabaseAway: try again.
    """
    found = await newest_samples(engine)
    return Gauges(
        {key: (station_id, moved(BLANK, samples)) for (station_id, key), samples in found.items()}
    )


class Gauges:
    """A `Witness`; the station is kept with each gauge, since power counts only where it is online."""

    concerned_by = (TransactionOpened, TransactionSaved, TransactionMetered)

    def __init__(self, known: Mapping[UUID, tuple[str, Gauge]] = MappingProxyType({})) -> None:
        self._open = dict(known)
        self._paused: dict[UUID, datetime] = {}

    def __len__(self) -> int:
        """How many transactions are under way."""
        return len(self._open)

    def get(self, transaction_id: UUID) -> Gauge:
        """What is known of a transaction; blank when it has ended."""
        known = self._open.get(transaction_id)
        return known[1] if known is not None else BLANK

    def power_w(self, counts: Callable[[str], bool]) -> int:
        """The power of all stations that count, as far as it is measured."""
        return sum(
            gauge.power_w
            for station_id, gauge in self._open.values()
            if gauge.power_w is not None and counts(station_id)
        )

    def paused_since(self, transaction_id: UUID) -> datetime | None:
        """Since when a transaction tells that it is suspended, as far back as this process saw."""
        return self._paused.get(transaction_id)

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`; samples follow the change of the transaction that they move."""
        transaction = None
        for change in changes:
            match change:
                case TransactionOpened() | TransactionSaved() | TransactionMetered():
                    transaction = change.transaction
                    self._follow(transaction)
                case SamplesRecorded() if transaction is not None:
                    self._read(transaction, change)
                case _:
                    pass

    def _follow(self, transaction: Transaction) -> None:
        if transaction.charging_state in SUSPENDED and transaction.ended_at is None:
            self._paused.setdefault(transaction.id, transaction.last_event_at)
        elif self._paused:
            self._paused.pop(transaction.id, None)
        if transaction.ended_at is not None:
            self._open.pop(transaction.id, None)
        elif transaction.id not in self._open:
            self._open[transaction.id] = (transaction.station_id, begun(transaction))

    def _read(self, transaction: Transaction, change: SamplesRecorded) -> None:
        known = self._open.get(transaction.id)
        of_its_own = change.evse_id is not None or transaction.evse_id is None
        if known is None or change.transaction_id != transaction.id or not of_its_own:
            return  # it has ended, or these are of the station's main meter
        self._open[transaction.id] = (known[0], moved(known[1], change.samples))
