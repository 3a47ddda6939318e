"""The writer's connection: it holds the lock on the database, so nobody else can be writing."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from voltaro.store.batch import LiveConnection
from voltaro.store.failures import Failure, kind_of, sqlstate_of

log = structlog.get_logger()

#: The advisory lock of a serving Voltaro ("voltaro" as a number).
LOCK = 0x766F6C7461726F
#: How long a dying predecessor may hold the lock before we refuse to start.
_PREDECESSOR_S = 10.0
_RETRY_S = 0.2
_PROBE_S = 5.0
_WRITER = "serve"


class DatabaseInUse(Exception):
    """Another `voltaro serve` writes to this database."""


class WriterConnection:
    """A connection that comes back. `on_state` hears whether the database can be written to."""

    def __init__(self, dsn: str, on_state: Callable[[bool], None]) -> None:
        self._dsn = dsn
        self._on_state = on_state
        self._closing = False
        #: Somebody has reason to think that the connection is gone; `on_lost` hears of it.
        self.suspected = False
        self.on_lost: Callable[[], None] = lambda: None
        self.live: LiveConnection

    async def open(self, *, patience_s: float = _PREDECESSOR_S) -> None:
        """Connect and take the lock, which a dying predecessor may still hold for a moment.

        Raises:
            DatabaseInUse: somebody still holds it after `patience_s`.
        """
        deadline = asyncio.get_running_loop().time() + patience_s
        while not await self._connect():
            if asyncio.get_running_loop().time() > deadline:
                raise DatabaseInUse(
                    "another voltaro serve is using this database; stop it, "
                    "or give this one a database of its own with --database-url or --data-dir"
                )
            await asyncio.sleep(_RETRY_S)

    async def restore(self) -> set[int] | None:
        """Wait until the database can be written to.

        Tells what became of the batch that was under way: None if nothing of it is durable, else
        the numbers of the entries that had been left out of it. Taking the lock again proves that
        the old session is over, so that its last commit has either happened, and its mark is
        there, or never will.
        """
        self.suspected = False
        batch, refused = self.live.batch, self.live.refused
        if batch is None and await self._stands():
            return None
        self._on_state(False)
        reason = ""
        while True:
            try:
                if await self._connect():
                    break
                found = "the lock is still held"
            except Exception as error:
                if kind_of(error) is not Failure.AWAY:
                    log.exception("database refuses the connection", sqlstate=sqlstate_of(error))
                found = type(error).__name__
            if found != reason:
                reason = found
                log.warning("waiting for the database", reason=reason)
            await asyncio.sleep(_RETRY_S)
        self._on_state(True)
        log.info("database is back")
        durable = batch is not None and batch == await self._last_mark()
        return refused if durable else None

    async def close(self) -> None:
        self._closing = True
        await self.live.connection.close()

    async def _stands(self) -> bool:
        try:
            await asyncio.wait_for(self.live.connection.execute("SELECT 1"), _PROBE_S)
        except Exception:
            return False
        return True

    async def _connect(self) -> bool:
        """A new connection with the lock, or False while somebody holds it."""
        old = getattr(self, "live", None)
        if old is not None:
            old.connection.terminate()
        connection = await asyncpg.connect(self._dsn, timeout=10, command_timeout=None)
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            await connection.close()
            return False
        connection.add_termination_listener(self._lost)
        self.live = LiveConnection(connection, _WRITER)
        return True

    async def _last_mark(self) -> object:
        return await self.live.connection.fetchval(
            "SELECT batch FROM commit_mark WHERE writer = $1", _WRITER
        )

    def _lost(self, connection: object) -> None:
        if not self._closing and connection is self.live.connection:
            self.suspected = True
            self.on_lost()
