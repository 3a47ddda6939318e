"""Coroutines that begin at once: what needs no waiting needs no task either."""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any


def begin(coroutine: Coroutine[Any, Any, None], *, at_once: bool) -> asyncio.Task[None] | None:
    """Run it up to its first wait, and let a task go on from there; None when it never waits.

    Not `at_once`, it is a task like any other. Up to then there is no current task: it may wait for
    futures and tasks, but must not begin with `asyncio.timeout` and the like. (Python 3.12 has this
    as `eager_start`.)
    """
    loop = asyncio.get_running_loop()
    if not at_once:
        return loop.create_task(coroutine)
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    task = loop.create_task(_go_on(_Rest(coroutine, waits_for)))
    # Cancelled before its first step, it would leave the coroutine where it stands.
    task.add_done_callback(lambda _: coroutine.close())
    return task


async def _go_on(rest: Awaitable[None]) -> None:
    await rest


class _Rest:
    """What is left of a coroutine that already waits for something."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        coroutine, waits_for = self._coroutine, self._waits_for
        while True:
            failure: BaseException | None = None
            try:
                yield waits_for
            except BaseException as error:
                failure = error
            try:
                waits_for = coroutine.send(None) if failure is None else coroutine.throw(failure)
            except StopIteration:
                return
