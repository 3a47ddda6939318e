"""Keeping the database in bounds: partitions, retention, size caps, and an eye on the disk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import asyncpg
import structlog

from voltaro.domain.token_refusals import KEPT
from voltaro.store.failures import Failure, kind_of
from voltaro.store.journal import sweep_receipts
from voltaro.store.partitions import (
    drop_partitions,
    list_partitions,
    make_partitions,
    sweep_default,
)
from voltaro.store.sql import Connection, Pool
from voltaro.store.writer import Writer

log = structlog.get_logger()

_UPKEEP_S = 600.0
_DISK_S = 5.0
#: So much more than a threshold must be free again before its state is left.
_RELIEF = 1.05
#: Refused upgrades and tokens are counted by what was said; a flood of inventions is cut here.
_REFUSALS = ("handshake_attempts", "token_refusals")
_MOST_REFUSALS = 100_000
_CHUNK = 5000
#: A part of a report that is so late is taken as it is.
_REPORTS = timedelta(days=30)
#: What is remembered for `attempts_days`, by the condition that $1 is after it.
_OUTDATED = {
    "handshake_attempts": "last_at < $1",
    "connections": "connected_at < $1 AND disconnected_at < $1",
}
#: What is kept for `records_days`.
_RECORDS = {
    "commands": "created_at < $1 AND NOT is_open",
    "security_events": "received_at < $1",
    "monitoring_events": "received_at < $1",
    "announcements": "received_at < $1",
    "audit_log": "at < $1",
    # One that was revoked is known at least until it has run out.
    "station_certificates": "coalesce(not_after, requested_at) < $1",
}


class Disk(StrEnum):
    """ENOUGH; LOW: warned about; NEARLY_FULL: the journal is not written any more."""

    ENOUGH = "enough"
    LOW = "low"
    NEARLY_FULL = "nearly_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long and how much is kept. 0 is no bound; days are counted back from today.

    `free_bytes` tells what is free where the database is, None where that is not known.
    """

    journal_days: int = 30
    journal_max_bytes: int = 0
    meter_values_days: int = 0
    attempts_days: int = 90
    records_days: int = 0
    disk_warn_bytes: int = 0
    disk_journal_bytes: int = 0
    free_bytes: Callable[[], int | None] = lambda: None


class Upkeep:
    """What `run` last found, for metrics and health."""

    def __init__(self, pool: Pool, writer: Writer, bounds: Bounds) -> None:
        self._pool = pool
        self._writer = writer
        self._bounds = bounds
        self.disk = Disk.ENOUGH
        self.free_bytes: int | None = None
        #: Estimates of PostgreSQL's statistics, as of the last round.
        self.journal_rows = 0
        self.journal_bytes = 0
        self.database_bytes = 0
        self.partitions_dropped = 0
        self.failures = 0

    def warnings(self) -> list[str]:
        """What an operator should look at though everything still works."""
        match self.disk:
            case Disk.NEARLY_FULL:
                return ["the disk is nearly full: the journal of messages is not written"]
            case Disk.LOW:
                return ["the disk is getting full"]
            case _:
                return []

    async def run(self) -> None:
        """Every few minutes a round, every few seconds a look at the disk."""
        watching = asyncio.create_task(self._watch(), name="disk watch")
        try:
            while True:
                await self._round()
                await asyncio.sleep(_UPKEEP_S)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def once(self, connection: Connection, now: datetime) -> None:
        """One round.

        Raises:
            asyncpg.PostgresError, OSError: what is left is done in the next round.
        """
        today, bounds = now.date(), self._bounds
        await make_partitions(connection, now)
        await self._forget(
            connection, "journal", bounds.journal_days, bounds.journal_max_bytes, today
        )
        for table in ("meter_readings", "meter_values"):
            await self._forget(connection, table, bounds.meter_values_days, 0, today)
        while await sweep_receipts(connection):
            pass
        for days, tables in ((bounds.attempts_days, _OUTDATED), (bounds.records_days, _RECORDS)):
            for table, outdated in tables.items() if days else ():
                await _sweep(connection, table, outdated, now - timedelta(days=days))
        await _sweep(connection, "token_refusals", "last_at < $1", now - KEPT)
        await _sweep(connection, "station_reports", "begun_at < $1", now - _REPORTS)
        for table in _REFUSALS:
            await _cap(connection, table)
        await self._measure(connection)

    def look_at_disk(self) -> None:
        """Compare what is free with the bounds, and stop or resume the journal."""
        free = self.free_bytes = self._bounds.free_bytes()
        if free is None:
            return
        before, self.disk = self.disk, self._judge(free)
        self._writer.keep_journal = self.disk is not Disk.NEARLY_FULL
        if self.disk is before:
            return
        match self.disk:
            case Disk.ENOUGH:
                log.info("disk has room again", free_bytes=free)
            case Disk.LOW:
                log.warning("disk is getting full", free_bytes=free)
            case Disk.NEARLY_FULL:
                log.error("disk is nearly full, journal is not written", free_bytes=free)

    def _judge(self, free: int) -> Disk:
        def short_of(bound: int, *states: Disk) -> bool:
            return free < bound * (_RELIEF if self.disk in states else 1)

        if short_of(self._bounds.disk_journal_bytes, Disk.NEARLY_FULL):
            return Disk.NEARLY_FULL
        if short_of(self._bounds.disk_warn_bytes, Disk.LOW, Disk.NEARLY_FULL):
            return Disk.LOW
        return Disk.ENOUGH

    async def _watch(self) -> None:
        while True:
            try:
                self.look_at_disk()
            except OSError as error:
                log.warning("free space is not known", reason=error.strerror)
            await asyncio.sleep(_DISK_S)

    async def _round(self) -> None:
        try:
            async with self._pool.acquire(timeout=10) as connection:
                await self.once(connection, datetime.now(UTC))
        except asyncpg.LockNotAvailableError:
            log.info("upkeep put off, a table is locked")
        except Exception as error:
            self.failures += 1
            log.warning("upkeep failed", kind=type(error).__name__)
            if kind_of(error) is Failure.BUG:
                log.exception("upkeep is defective")

    async def _forget(
        self, connection: Connection, table: str, days: int, max_bytes: int, today: date
    ) -> None:
        before = today - timedelta(days=days) if days else None
        dropped = await drop_partitions(
            connection, table, before=before, max_bytes=max_bytes, today=today
        )
        self.partitions_dropped += len(dropped)
        for each in dropped:
            log.info("partition dropped", name=each.name, bytes=each.size_bytes)
        if before is not None:
            while await sweep_default(connection, table, before):
                pass

    async def _measure(self, connection: Connection) -> None:
        partitions = await list_partitions(connection, "journal")
        self.journal_bytes = sum(each.size_bytes for each in partitions)
        self.journal_rows = await connection.fetchval(
            """
            SELECT coalesce(sum(s.n_live_tup), 0)::bigint
            FROM pg_inherits i JOIN pg_stat_user_tables s ON s.relid = i.inhrelid
            WHERE i.inhparent = 'journal'::regclass
            """
        )
        self.database_bytes = await connection.fetchval(
            "SELECT pg_database_size(current_database())"
        )


async def _sweep(connection: Connection, table: str, outdated: str, before: datetime) -> None:
    """Delete what is outdated, a bounded number of rows at a time."""
    while True:
        status = await connection.execute(
            f"""
            DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM {table} WHERE {outdated} LIMIT $2))
            """,
            before,
            _CHUNK,
        )
        if int(status.rpartition(" ")[2]) < _CHUNK:
            return


async def _cap(connection: Connection, table: str) -> None:
    """Keep the latest; who invents names must not fill the disk."""
    await connection.execute(
        f"""
        DELETE FROM {table} WHERE last_at < (
            SELECT last_at FROM {table} ORDER BY last_at DESC OFFSET $1 LIMIT 1)
        """,
        _MOST_REFUSALS,
    )
