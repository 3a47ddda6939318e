"""Visits under way: a connector that is taken, its transaction, and who wants it over."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from voltaro.testing.books import Transaction
from voltaro.testing.dialect import ConnectorState
from voltaro.testing.power import Charge, Reading

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_STEP = timedelta(seconds=10)


class UnderWay:
    """A visit from the moment it takes the connector; whoever wants it over calls `end`."""

    def __init__(self) -> None:
        self.transaction: Transaction | None = None
        #: Somebody wants it over, for this reason.
        self.wanted_over = asyncio.Event()
        self.reason = "Local"
        #: The connector is free again.
        self.over = asyncio.Event()
        self._charge: Charge | None = None
        self._shown_at: datetime | None = None
        self._limit_w: Callable[[datetime], int | None] = _unlimited

    @property
    def full(self) -> bool:
        """The battery takes no more."""
        return self._charge is not None and self._charge.full

    def end(self, reason: str) -> None:
        """Ask for its end; the first reason stands."""
        if not self.wanted_over.is_set():
            self.reason = reason
            self.wanted_over.set()

    def begin(
        self,
        transaction: Transaction,
        charge: Charge,
        limit_w: Callable[[datetime], int | None],
    ) -> None:
        """Let energy flow from the start of the transaction on, within the limit of each moment."""
        self.transaction = transaction
        self._charge, self._shown_at, self._limit_w = charge, transaction.start.at, limit_w

    def charged_until(self, at: datetime) -> Reading | None:
        """What the meter shows then; None before energy flows."""
        if self._charge is None or self._shown_at is None:
            return None
        while (left := at - self._shown_at) > timedelta(0):
            self._charge.limit_w = self._limit_w(self._shown_at)
            step = min(left, _STEP)
            self._charge.advance(step.total_seconds())
            self._shown_at += step
        return self._charge.reading()


@contextlib.contextmanager
def taking(station: "SimulatedStation", connector: int) -> Iterator[UnderWay]:
    """The connector is taken for as long as this lasts."""
    visit = UnderWay()
    station.under_way[connector] = visit
    try:
        yield visit
    finally:
        del station.under_way[connector]
        visit.over.set()


def open_transaction(station: "SimulatedStation", connector: int) -> Transaction | None:
    """The transaction that is open at the connector, whoever plays it."""
    return next(
        (
            each
            for each in reversed(station.books.transactions)
            if each.start.connector == connector and each.stop is None
        ),
        None,
    )


def is_free(station: "SimulatedStation", connector: int) -> bool:
    """Whether a visit can begin; a reservation is not looked at."""
    return (
        connector not in station.under_way
        and station.states[connector]
        in {ConnectorState.AVAILABLE, ConnectorState.PREPARING, ConnectorState.RESERVED}
        and open_transaction(station, connector) is None
    )


async def end_visits(station: "SimulatedStation", connectors: list[int], reason: str) -> None:
    """End what is under way at the connectors, and wait until it has ended."""
    visits = [station.under_way[each] for each in connectors if each in station.under_way]
    for visit in visits:
        visit.end(reason)
    for visit in visits:
        await visit.over.wait()
    for connector in connectors:
        transaction = open_transaction(station, connector)
        if transaction is not None:
            await station.stops(transaction, station.registers_wh[connector], reason=reason)
            await station.vacates(connector)


def _unlimited(_at: datetime) -> int | None:
    return None
