"""A commit that somebody waits for."""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum

from voltaro.store.batch import Entry


class Committed(StrEnum):
    """How an entry became durable."""

    STORED = "stored"
    #: The database refused its content; the frame is kept for repair.
    QUARANTINED = "quarantined"


class Commitment(asyncio.Future[Committed]):
    """Like any future; whoever waits without a task sets `then`, which is called once it is done."""

    __slots__ = ("entry", "then")

    def __init__(self, entry: Entry, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)  # not told, it asks the system first which process this is
        self.entry = entry
        self.then: Callable[[], None] | None = None

    def tell(self, outcome: Committed | Exception) -> None:
        """Let whoever waits go on, unless they gave up."""
        if self.done():
            return
        if isinstance(outcome, Exception):
            self.set_exception(outcome)
        else:
            self.set_result(outcome)
        if self.then is not None:
            self.then()


def tell_all(outcomes: Sequence[tuple[Commitment, Committed | Exception]]) -> None:
    """Tell each its outcome, in order."""
    for commitment, outcome in outcomes:
        commitment.tell(outcome)
