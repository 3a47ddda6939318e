"""The queue of transaction messages: kept in order until each was acknowledged.

A station that is offline keeps what happened in a transaction and delivers it later, in order and
with the original timestamps (1.6 §4.3, 2.x E04). It deletes its copy when it sees the answer.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from voltaro.testing.books import Entry
from voltaro.testing.clock import Clock
from voltaro.testing.dialect import Message
from voltaro.testing.link import (
    CallFailedError,
    DisconnectedError,
    Link,
    NoAnswerError,
    Payload,
    new_message_id,
)


@dataclass(slots=True, kw_only=True)
class _Queued:
    entry: Entry
    write: Callable[[], Message]
    settle: Callable[[Payload], None]
    message_id: str | None = None
    failures: int = 0


class Outbox:
    """Delivers messages one after the other; what was not acknowledged stays and goes again."""

    def __init__(
        self,
        link: Link,
        clock: Clock,
        *,
        new_ids: bool = False,
        attempts: int = 3,
        retry_after_s: float = 1.0,
    ) -> None:
        """`new_ids`: a message that goes again gets a new message id instead of its old one.

        `attempts`, `retry_after_s` (real time, more with each failure): how a CALLERROR is met;
        after so many the message is discarded, as stations do.
        """
        self.new_ids = new_ids
        self.attempts = attempts
        self.retry_after_s = retry_after_s
        #: While held nothing is delivered: a station that has not booted yet.
        self.held = False
        self._link = link
        self._clock = clock
        self._queue: deque[_Queued] = deque()
        self._one_at_a_time = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def online(self) -> bool:
        return self._link.connected and not self.held

    async def put(
        self, entry: Entry, write: Callable[[], Message], settle: Callable[[Payload], None]
    ) -> None:
        """Queue a message and, when online, deliver the queue. Being offline is no error."""
        self._queue.append(_Queued(entry=entry, write=write, settle=settle))
        await self.deliver()

    async def deliver(self) -> bool:
        """Send what is queued, oldest first; whether all of it was acknowledged or given up."""
        async with self._one_at_a_time:
            while self._queue and self.online:
                if not await self._send(self._queue[0]):
                    return False
                self._queue.popleft()
            return not self._queue

    async def _send(self, queued: _Queued) -> bool:
        """Deliver one message until it is acknowledged or given up; False when offline."""
        while True:
            if queued.message_id is None or self.new_ids:
                queued.message_id = new_message_id()
            action, payload = queued.write()
            queued.entry.sent += 1
            try:
                reply = await self._link.call(action, payload, message_id=queued.message_id)
            except DisconnectedError:
                return False
            except NoAnswerError:
                # Nobody is there, or nobody who answers: connect anew and try again then.
                await self._link.drop()
                return False
            except CallFailedError as error:
                queued.failures += 1
                if queued.failures >= self.attempts:
                    queued.entry.refused = error.code
                    return True
                await self._clock.rest(self.retry_after_s * queued.failures)
            else:
                queued.entry.acknowledged = True
                try:
                    queued.settle(reply)
                except (LookupError, TypeError, ValueError, AttributeError):
                    self._link.tally.fail("bad answer")
                return True
