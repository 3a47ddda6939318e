"""Partitions by time, made ahead; rows without one fall into the default partition."""

from datetime import date, datetime, timedelta

import asyncpg

from voltaro.store.sql import Connection

_AHEAD_DAYS = 3


async def make_partitions(connection: Connection, now: datetime) -> None:
    """Journal by day and meter values by month, for now and the days to come."""
    days = [now.date() + timedelta(days=n) for n in range(_AHEAD_DAYS + 1)]
    for day in days:
        await _make(connection, "journal", f"{day:%Y%m%d}", day, day + timedelta(days=1))
    for month in sorted({day.replace(day=1) for day in days}):
        after = (month + timedelta(days=32)).replace(day=1)
        await _make(connection, "meter_values", f"{month:%Y%m}", month, after)


async def _make(connection: Connection, table: str, suffix: str, start: date, end: date) -> None:
    name = f"{table}_{suffix}"
    if await connection.fetchval("SELECT to_regclass($1)", name) is not None:
        return
    try:
        await connection.execute(
            f"CREATE TABLE {name} PARTITION OF {table} "
            f"FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')"
        )
    except asyncpg.CheckViolationError:
        # The default partition already holds rows of that time: they stay there.
        return
