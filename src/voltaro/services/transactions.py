"""What operators decide about transactions."""

import asyncio
from uuid import UUID

import structlog

from voltaro.domain.closing import CannotClose, CloseOrder, TransactionById, close
from voltaro.domain.decision import Change
from voltaro.domain.transactions import Transaction
from voltaro.services.errors import AlreadyEnded, Invalid, NotFound
from voltaro.services.intake import Intake
from voltaro.services.revisions import IfMatch
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.transactions import TransactionRow, find_transaction

log = structlog.get_logger()

_PATIENCE_S = 4.0


class Transactions:
    """Takes its turn with the messages of the station."""

    def __init__(self, *, engine: Engine, intake: Intake) -> None:
        self._engine = engine
        self._intake = intake

    async def close(
        self, transaction_id: UUID, order: CloseOrder, if_match: IfMatch | None = None
    ) -> TransactionRow:
        """End a transaction by hand; a real end from the station replaces it later.

        Raises:
            NotFound, AlreadyEnded, Invalid, RevisionChanged: nothing has changed.
            DatabaseAway: it may or may not have been closed.
        """
        station_id = (await self._find(transaction_id))["station_id"]

        def decide(known: Transaction | None) -> tuple[Change, ...]:
            if if_match is not None:
                if_match.check(known.version if known else None)
            if known is None:
                raise _unknown(transaction_id)
            try:
                return close(known, order)
            except CannotClose as error:
                if error.field is None:
                    raise AlreadyEnded(str(error)) from error
                raise Invalid(str(error), error.field) from error

        try:
            async with asyncio.timeout(_PATIENCE_S):
                query = TransactionById(station_id, transaction_id)
                await self._intake.order(station_id, query, decide)
        except TimeoutError as error:
            raise DatabaseAway from error
        log.info(
            "transaction closed by operator",
            station_id=station_id,
            transaction_id=str(transaction_id),
            by=order.author.name,
        )
        return await self._find(transaction_id)

    async def _find(self, transaction_id: UUID) -> TransactionRow:
        row = await find_transaction(self._engine, transaction_id)
        if row is None:
            raise _unknown(transaction_id)
        return row


def _unknown(transaction_id: UUID) -> NotFound:
    return NotFound(f"there is no transaction {str(transaction_id)!r}")
