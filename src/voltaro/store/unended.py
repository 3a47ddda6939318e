"""Transactions under way, remembered between the messages of a station.

Only this process decides about a station, one message at a time, and every save names the version
it replaces: a remembered transaction that is outdated is a conflict, never a wrong write.
"""

from collections.abc import Iterable

from voltaro.domain.decision import Change
from voltaro.domain.transactions import (
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)

#: Beyond this many stations those that were asked about first are forgotten.
_STATIONS = 50_000


class Unended:
    """By station, the transactions whose end it has not reported, oldest first."""

    def __init__(self) -> None:
        self._stations: dict[str, tuple[Transaction, ...]] = {}

    def get(self, station_id: str) -> tuple[Transaction, ...] | None:
        """What is remembered, or None when the database has to be asked."""
        return self._stations.get(station_id)

    def put(self, station_id: str, transactions: Iterable[Transaction]) -> None:
        while len(self._stations) >= _STATIONS:
            del self._stations[next(iter(self._stations))]
        self._stations[station_id] = tuple(transactions)

    def forget(self, station_id: str) -> None:
        self._stations.pop(station_id, None)

    def learn(self, changes: Iterable[Change]) -> None:
        """Take in what has become durable."""
        for change in changes:
            if isinstance(change, TransactionMetered | TransactionOpened | TransactionSaved):
                self._learn(change.transaction)

    def _learn(self, transaction: Transaction) -> None:
        known = self._stations.get(transaction.station_id)
        if known is None:
            return
        others = [t for t in known if t.id != transaction.id]
        if transaction.ended_received_at is None:
            others.append(transaction)
        self._stations[transaction.station_id] = tuple(others)
