"""What a station does in the background because it was told to."""

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from typing import Any

from voltaro.testing.link import StationError


class Jobs:
    """Tasks of one station; a lost connection ends one quietly, as it would a real one's."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, object]) -> "asyncio.Task[None]":
        task = asyncio.create_task(if_online(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def cancel(self) -> None:
        for task in self._running:
            task.cancel()


async def if_online(work: Awaitable[object]) -> None:
    """Do it as far as the connection allows; what could not be told stays untold."""
    with contextlib.suppress(StationError):
        await work
