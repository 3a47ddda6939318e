"""Asking a station whether the events that are missing of a transaction still come (2.x E14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.decision import Change
from voltaro.domain.transaction_status import GetTransactionStatus
from voltaro.domain.transactions import Flag, Transaction, TransactionSaved
from voltaro.services.commands import Commands
from voltaro.services.errors import Refused
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()


class MissingEvents:
    """A `Witness` of ends with gaps before them, which it acts upon while `running`."""

    concerned_by = (TransactionSaved,)

    def __init__(self) -> None:
        self._ended: asyncio.Queue[Transaction] = asyncio.Queue()

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        for change in changes:
            if isinstance(change, TransactionSaved) and _just_ended(change.transaction):
                self._ended.put_nowait(change.transaction)

    @asynccontextmanager
    async def running(self, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        asking = asyncio.create_task(self._ask_all(commands), name="missing events")
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask_all(self, commands: Commands) -> None:
        while True:
            transaction = await self._ended.get()
            station_id, ref = transaction.station_id, transaction.station_ref
            gaps = ", ".join(f"{first} to {last}" for first, last in transaction.sequence.gaps)
            shown = {
                "station_ref": ref,
                "transaction_id": str(transaction.id),
                "reason": f"events are missing: {gaps}",
            }
            command = GetTransactionStatus(station_ref=ref)
            try:
                await commands.send(station_id, command, shown, by=SYSTEM)
            except (DatabaseAway, Refused) as error:
                reason = type(error).__name__
                log.warning("missing events not asked for", station_id=station_id, reason=reason)
            except Exception:
                log.exception("asking for missing events failed", station_id=station_id)


def _just_ended(transaction: Transaction) -> bool:
    """By the event that was saved: what comes later is not asked for again."""
    by_this = transaction.ended_received_at == transaction.last_event_at
    return by_this and Flag.EVENTS_MISSING in transaction.flags
