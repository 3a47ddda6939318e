"""The database as the rest of the house meets it: opened once, closed once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.changes.connections import close_orphans
from voltaro.store.engine import make_engine, migrate, plain_url
from voltaro.store.facts import Sources
from voltaro.store.loader import Loader
from voltaro.store.partitions import make_partitions
from voltaro.store.upkeep import Bounds, Upkeep
from voltaro.store.writer import Writer
from voltaro.store.writer_connection import WriterConnection

log = structlog.get_logger()

_POOL = 8


@dataclass(frozen=True, slots=True)
class Database:
    """`there` is set while the database can be written to."""

    writer: Writer
    loader: Loader
    engine: AsyncEngine
    there: asyncio.Event
    upkeep: Upkeep


@asynccontextmanager
async def open_database(
    url: str, sources: Sources, bounds: Bounds | None = None
) -> AsyncIterator[Database]:
    """Migrate, take the lock, and serve facts, writes and reads until the end of the block.

    Raises:
        DatabaseInUse: another server writes to it.
        OSError, asyncpg.PostgresError: it cannot be reached or refuses us.
    """
    dsn = plain_url(url)
    there = asyncio.Event()
    there.set()
    connection = WriterConnection(dsn, lambda ok: there.set() if ok else there.clear())
    await connection.open()
    try:
        await migrate(dsn)
        with contextlib.suppress(asyncpg.LockNotAvailableError):  # a backup runs: made later
            await make_partitions(connection.live.connection, datetime.now(UTC))
        await close_orphans(connection.live.connection)
        writer = Writer(connection)

        async def back() -> None:
            # A moment's pause, for the case that only the loader's connections are refused.
            await asyncio.sleep(0.1)
            await there.wait()

        async with asyncpg.create_pool(dsn, min_size=1, max_size=_POOL) as pool:
            loader = Loader(pool, sources, suspect=writer.suspect, back=back)
            engine = make_engine(dsn)
            writing = asyncio.create_task(writer.run(), name="writer")
            upkeep = Upkeep(pool, writer, bounds or Bounds())
            keeping = asyncio.create_task(upkeep.run(), name="upkeep")
            try:
                yield Database(writer, loader, engine, there, upkeep)
            finally:
                keeping.cancel()
                writer.stop()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(writing, 10)
                await asyncio.gather(keeping, return_exceptions=True)
                await engine.dispose()
    finally:
        await connection.close()
