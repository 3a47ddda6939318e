"""Turns: of those who name the same key, one acts at a time, in order of arrival."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager


class Turns:
    """Locks by name that exist only while somebody holds them."""

    def __init__(self) -> None:
        #: Who waits for a key that somebody holds.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def take(self, key: str) -> AbstractAsyncContextManager[None]:
        """`async with` it to have the turn on one key."""
        return self.take_all((key,))

    @asynccontextmanager
    async def take_all(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """Have the turn on every key; in sorted order, so that nobody waits in a circle."""
        held: list[str] = []
        try:
            for key in sorted(set(keys)):
                await self.acquire(key)
                held.append(key)
            yield
        finally:
            for key in held:
                self.release(key)

    async def acquire(self, key: str) -> None:
        """Wait for the turn; whoever has it must `release` it, whatever happens."""
        waiting = self._waiting.get(key)
        if waiting is None:
            self._waiting[key] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(key)
            raise

    def release(self, key: str) -> None:
        """Pass the turn on to who waits longest and still wants it."""
        waiting = self._waiting[key]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[key]
