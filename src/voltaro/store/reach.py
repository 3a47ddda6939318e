"""Reaching the database for everything off the hot path: soon, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.store.failures import Failure, kind_of

#: For those who hand an engine on and must not know what it is.
Engine: TypeAlias = AsyncEngine

#: Getting a connection, including the question whether it still stands.
_CONNECT_S = 2.0
_PATIENCE_S = 4.0


class DatabaseAway(Exception):
    """The database did not answer in time. What was being written may or may not be there."""


@asynccontextmanager
async def reading(
    engine: AsyncEngine, *, patience_s: float = _PATIENCE_S
) -> AsyncIterator[AsyncConnection]:
    """A connection for reads.

    Raises:
        DatabaseAway: it is not to be had, or what is done with it takes longer than `patience_s`.
    """
    async with _reached(engine, patience_s) as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@asynccontextmanager
async def writing(
    engine: AsyncEngine, *, patience_s: float = _PATIENCE_S
) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction of its own, committed at the end of the block.

    Raises:
        DatabaseAway: as above; a COMMIT that was sent may have happened nevertheless.
    """
    async with _reached(engine, patience_s) as connection, connection.begin():
        yield connection


@asynccontextmanager
async def _reached(engine: AsyncEngine, patience_s: float) -> AsyncIterator[AsyncConnection]:
    connection = await _connect(engine)
    try:
        async with asyncio.timeout(patience_s):
            yield connection
    except Exception as error:
        if _is_away(error):
            raise DatabaseAway from error
        raise
    finally:
        await connection.close()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    try:
        async with asyncio.timeout(_CONNECT_S):
            return await engine.connect()
    except Exception as error:
        raise DatabaseAway from error


def _is_away(error: Exception) -> bool:
    """Whether the database is to blame, by the driver's error beneath SQLAlchemy's."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        cause = error.orig.__cause__ if error.orig is not None else None
        return cause is not None and kind_of(cause) is Failure.AWAY
    return isinstance(error, TimeoutError | OSError | asyncpg.InterfaceError)
