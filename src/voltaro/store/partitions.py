"""Partitions by time: made ahead, dropped whole; rows without one fall into the default partition."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg

from voltaro.store.sql import Connection

_AHEAD_DAYS = 3
#: Making and dropping a partition locks its table. A backup holds that lock for long, and whoever
#: waits for it holds up every commit: better to try again later.
_LOCK_WAIT = "SET LOCAL lock_timeout = '2s'"
#: Rows deleted from a default partition at a time.
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Partition:
    """`day` is its first one; `months` tells whether it holds a month instead of a day."""

    name: str
    day: date
    months: bool
    size_bytes: int

    @property
    def end(self) -> date:
        """The first day after it."""
        if self.months:
            return (self.day + timedelta(days=32)).replace(day=1)
        return self.day + timedelta(days=1)


async def make_partitions(connection: Connection, now: datetime) -> None:
    """Journal by day and meter readings by month, for now and the days to come.

    Raises:
        asyncpg.LockNotAvailableError: somebody reads all of the table (a backup does); what is
            missing is made the next time.
    """
    days = [now.date() + timedelta(days=n) for n in range(_AHEAD_DAYS + 1)]
    for day in days:
        await _make(connection, "journal", f"{day:%Y%m%d}", day, day + timedelta(days=1))
    for month in sorted({day.replace(day=1) for day in days}):
        after = (month + timedelta(days=32)).replace(day=1)
        await _make(connection, "meter_readings", f"{month:%Y%m}", month, after)


async def list_partitions(connection: Connection, table: str) -> list[Partition]:
    """The table's partitions, oldest first, without the default one."""
    rows = await connection.fetch(
        """
        SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass($1)
        """,
        table,
    )
    found = []
    for row in rows:
        if told := re.fullmatch(rf"{table}_(\d{{4}})(\d\d)(\d\d)?", row["name"]):
            day = date(int(told[1]), int(told[2]), int(told[3] or 1))
            found.append(Partition(row["name"], day, told[3] is None, row["size"]))
    return sorted(found, key=lambda each: each.day)


async def drop_partitions(
    connection: Connection, table: str, *, before: date | None, max_bytes: int, today: date
) -> list[Partition]:
    """Drop those that end by `before`, then the oldest until the rest fits; returns the dropped.

    `before` None and `max_bytes` 0 mean no such limit. The partition of `today`, and whatever
    comes after it, always stays.

    Raises:
        asyncpg.LockNotAvailableError: as above.
    """
    partitions = await list_partitions(connection, table)
    size = sum(each.size_bytes for each in partitions)
    dropped = []
    for each in partitions:
        old = before is not None and each.end <= before
        if each.end > today or not (old or (max_bytes and size > max_bytes)):
            break
        async with connection.transaction():
            await connection.execute(_LOCK_WAIT)
            await connection.execute(f"DROP TABLE {each.name}")
        size -= each.size_bytes
        dropped.append(each)
    return dropped


async def sweep_default(connection: Connection, table: str, before: date) -> int:
    """Delete a bounded number of rows from before that day out of the default partition."""
    status = await connection.execute(
        f"""
        DELETE FROM {table}_default WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM {table}_default WHERE received_at < $1 LIMIT $2))
        """,
        datetime(before.year, before.month, before.day, tzinfo=UTC),
        _CHUNK,
    )
    return int(status.rpartition(" ")[2])


async def _make(connection: Connection, table: str, suffix: str, start: date, end: date) -> None:
    name = f"{table}_{suffix}"
    if await connection.fetchval("SELECT to_regclass($1)", name) is not None:
        return
    try:
        async with connection.transaction():
            await connection.execute(_LOCK_WAIT)
            await connection.execute(
                f"CREATE TABLE {name} PARTITION OF {table} "
                f"FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')"
            )
    except asyncpg.CheckViolationError:
        # The default partition already holds rows of that time: they stay there.
        return
