"""Gauges of the transactions under way, in memory, fed with what has become durable."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from voltaro.domain.decision import Change, Decision, StationEvent
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


class Gauges:
    """A `Witness`; the station is kept with each gauge, since power counts only where it is online."""

    def __init__(self) -> None:
        self._open: dict[UUID, tuple[str, Gauge]] = {}

    def __len__(self) -> int:
        """How many transactions are under way."""
        return len(self._open)

    def get(self, transaction_id: UUID) -> Gauge:
        """What is known of a transaction; blank when it has ended."""
        known = self._open.get(transaction_id)
        return known[1] if known is not None else BLANK

    def power_w(self, counts: Callable[[str], bool]) -> int | None:
        """The power of all stations that count; None where nothing is measured.

        Nobody knows what a station draws that is away: it should not count.
        """
        known = [
            gauge.power_w
            for station_id, gauge in self._open.values()
            if gauge.power_w is not None and counts(station_id)
        ]
        return sum(known) if known else None

    async def load(self, engine: Engine) -> None:
        """Take up the transactions that an earlier server left open.

        Raises:
            DatabaseAway: try again.
        """
        for (station_id, transaction_id), samples in (await newest_samples(engine)).items():
            self._open[transaction_id] = (station_id, moved(BLANK, samples))

    def observe(
        self, action: str, event: StationEvent, decision: Decision[Any]
    ) -> tuple[Change, ...]:
        """See `Witness.observe`."""
        del action, event, decision
        return ()

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
