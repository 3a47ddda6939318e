"""Loads the facts that rules ask for: what is asked at the same time is one round trip."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar, cast

from voltaro.domain.decision import Change, Nothing, Query
from voltaro.store.facts import LOAD, RECALL, Sources
from voltaro.store.failures import Failure, kind_of
from voltaro.store.journal import find_receipt
from voltaro.store.sql import Pool

F = TypeVar("F")
_Waiting = list[tuple[Query[Any], "asyncio.Future[Any]"]]

#: Longer than this for one round trip means that the database hangs.
_PATIENCE_S = 10.0


class Loader:
    """Answers queries in batches. Waits, rather than fails, while the database is away.

    `suspect` is called when a connection failed, so that the writer looks at its own.
    `back` returns when the database is there again.
    """

    def __init__(
        self,
        pool: Pool,
        sources: Sources,
        *,
        suspect: Callable[[], None],
        back: Callable[[], Awaitable[None]],
    ) -> None:
        self._pool = pool
        self._sources = sources
        self._suspect = suspect
        self._back = back
        self._waiting: defaultdict[type[Query[Any]], _Waiting] = defaultdict(list)
        self._running: dict[type[Query[Any]], asyncio.Task[None]] = {}
        #: By kind of question, when the oldest one without an answer was asked.
        self._asked_at: dict[type[Query[Any]], float] = {}

    def stalled_s(self) -> float:
        """How long the oldest question has been without an answer; 0 while there is none."""
        oldest = min(self._asked_at.values(), default=None)
        return time.monotonic() - oldest if oldest is not None else 0.0

    async def load(self, query: Query[F]) -> F:
        """The facts of one query.

        Raises:
            asyncpg.PostgresError: the question itself is one the database refuses.
        """
        kind = type(query)
        if kind is Nothing:
            return None  # type: ignore[return-value]  # F is None for Nothing
        recall = RECALL.get(kind)
        if recall is not None and (remembered := recall(query, self._sources)) is not None:
            return cast("F", remembered)
        future: asyncio.Future[F] = asyncio.get_running_loop().create_future()
        self._waiting[kind].append((query, future))
        if kind not in self._running:
            self._running[kind] = asyncio.create_task(self._drain(kind))
        return await future

    def learn(self, changes: Iterable[Change]) -> None:
        """Take in what has become durable, so that it need not be asked for."""
        self._sources.unended.learn(changes)

    def forget(self, station_id: str) -> None:
        """Ask the database anew about this station: what is remembered proved outdated."""
        self._sources.unended.forget(station_id)

    async def receipt(self, station_id: str, key: bytes) -> str | None:
        """The reply that the same content got before, if it did."""
        return await asyncio.create_task(self._receipt(station_id, key))

    async def _receipt(self, station_id: str, key: bytes) -> str | None:
        while True:
            try:
                async with self._pool.acquire(timeout=_PATIENCE_S) as connection:
                    return await find_receipt(connection, station_id, key)
            except Exception as error:
                if kind_of(error) is not Failure.AWAY:
                    raise
            await self._wait()

    async def _drain(self, kind: type[Query[Any]]) -> None:
        while batch := [w for w in self._waiting.pop(kind, []) if not w[1].done()]:
            self._asked_at.setdefault(kind, time.monotonic())
            try:
                facts = await self._ask(kind, [query for query, _ in batch])
            except Exception as error:
                if kind_of(error) is Failure.AWAY:
                    self._waiting[kind] = batch + self._waiting[kind]
                    await self._wait()
                    continue
                if len(batch) == 1:
                    _settle(batch[0][1], error)
                else:  # one bad question must not cost the others their answer
                    await self._one_by_one(kind, batch)
            else:
                for (_, future), answer in zip(batch, facts, strict=True):
                    if not future.done():
                        future.set_result(answer)
            self._asked_at.pop(kind, None)
        del self._running[kind]

    async def _one_by_one(self, kind: type[Query[Any]], batch: _Waiting) -> None:
        for query, future in batch:
            try:
                (answer,) = await self._ask(kind, [query])
            except Exception as error:
                if kind_of(error) is Failure.AWAY:
                    self._waiting[kind].append((query, future))
                else:
                    _settle(future, error)
            else:
                if not future.done():
                    future.set_result(answer)

    async def _ask(self, kind: type[Query[Any]], queries: list[Query[Any]]) -> list[Any]:
        async with self._pool.acquire(timeout=_PATIENCE_S) as connection:
            answer = LOAD[kind](connection, queries, self._sources)
            return list(await asyncio.wait_for(answer, _PATIENCE_S))

    async def _wait(self) -> None:
        self._suspect()
        await self._back()


def _settle(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
