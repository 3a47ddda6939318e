"""Telling stations what sessions cost so far, where no answer of ours has told it (2.x I02)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.costs import CostUpdated
from voltaro.services.commands import Commands
from voltaro.services.errors import Refused
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.running_costs import UntoldRow, list_untold

log = structlog.get_logger()


@asynccontextmanager
async def telling_costs(engine: Engine, commands: Commands, every_s: float) -> AsyncIterator[None]:
    """Until the end of the block; `every_s` 0: never."""
    if not every_s:
        yield
        return
    telling = asyncio.create_task(_tell_all(engine, commands, every_s), name="running costs")
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell_all(engine: Engine, commands: Commands, every_s: float) -> None:
    #: By transaction, what was told last, by us or in the answer to its last event.
    told: dict[UUID, Decimal] = {}
    while True:
        await asyncio.sleep(every_s)
        try:
            now = datetime.now(UTC)
            untold = await list_untold(engine, now - timedelta(seconds=every_s))
            told = {each.id: await _tell(commands, each, now, told) for each in untold}
        except DatabaseAway:
            continue  # those who wait for it say so
        except Exception:
            log.exception("running costs not told")


async def _tell(
    commands: Commands, transaction: UntoldRow, now: datetime, told: dict[UUID, Decimal]
) -> Decimal:
    """What its station knows of the cost now: no CALL is spent on what has not changed."""
    known = told.get(transaction.id, transaction.total_at(transaction.last_event_at))
    total = transaction.total_at(now)
    command = CostUpdated(station_ref=transaction.station_ref, total_cost=total)
    if total == known or not _may_tell(commands, transaction.station_id, command):
        return known
    shown = {
        "transaction_id": str(transaction.id),
        "station_ref": transaction.station_ref,
        "total_cost": str(total),
        "reason": "the cost has changed",
    }
    try:
        await commands.send(transaction.station_id, command, shown, by=SYSTEM)
    except Refused as error:
        reason = type(error).__name__
        log.info("running cost not told", station_id=transaction.station_id, reason=reason)
        return known
    return total


def _may_tell(commands: Commands, station_id: str, command: CostUpdated) -> bool:
    """Not where the version has no such message, nor to a station that is away."""
    line = commands.line(station_id)
    if line is None:
        return False
    try:
        line.check(command)
    except Refused:
        return False
    return True
