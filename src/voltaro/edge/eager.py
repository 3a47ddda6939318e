"""Work that begins at once and needs no task as long as it waits for commits only.

A task costs as much as a fifth of what is computed for a message, and nearly every message waits
once, for its commit. (Python 3.12 has the first half of this as `eager_start`.)
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any

from voltaro.store.commitment import Commitment

Work = Coroutine[Any, Any, None]


def begin(work: Work, *, at_once: bool) -> "Errand | None":
    """Run it up to its first wait; None when it never waits.

    Not `at_once`, it is a task like any other. At once, there is no current task while it waits for
    nothing but commits: it may wait for futures, tasks and locks, upon the first of which it becomes
    a task, but must not begin with `asyncio.timeout` and the like. What it raises goes to the loop's
    exception handler.
    """
    errand = Errand(work)
    if at_once:
        errand.go_on()
    else:
        errand.become_task(_go_on(work))
    return None if errand.is_over else errand


class Errand:
    """Work that is under way."""

    __slots__ = ("_ended", "_work", "is_over")

    def __init__(self, work: Work) -> None:
        self._work = work
        self._ended: asyncio.Future[None] | None = None
        self.is_over = False

    def ended(self) -> asyncio.Future[None]:
        """Done when it is over; to be asked for only once, and before."""
        self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def go_on(self) -> None:
        """Take the next step, without a task."""
        try:
            waits_for = self._work.send(None)
        except StopIteration:
            self._over()
        except Exception as error:
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "work failed", "exception": error})
            self._over()
        else:
            if type(waits_for) is Commitment:
                waits_for.then = self.go_on
            else:
                self.become_task(_go_on(_Rest(self._work, waits_for)))

    def become_task(self, rest: Work) -> None:
        asyncio.get_running_loop().create_task(rest).add_done_callback(self._end)

    def _end(self, _task: object) -> None:
        self._work.close()  # a task that is cancelled before its first step leaves it where it stands
        self._over()

    def _over(self) -> None:
        self.is_over = True
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


async def _go_on(rest: Awaitable[None]) -> None:
    await rest


class _Rest:
    """What is left of a coroutine that already waits for something."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Work, waits_for: Any) -> None:
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
