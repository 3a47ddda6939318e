"""Newcomers take turns with those who are in: a little of their work in each round of the event loop.

A handshake costs as much as five heartbeats, and one with a client certificate as forty. When thousands come at once, one round that served all
of them would take seconds, in which nothing that a station said becomes durable (ADR 0006).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

#: Of each round of the event loop newcomers have so much, and at least this share of all others' time.
_TURN_S, _SHARE = 0.005, 0.25
#: When so many wait, no more are let in.
_CROWD = 16

Work = Callable[[], None]


class Entrance:
    """What newcomers wait for, in the order in which they asked."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._ended = 0.0

    def in_turn(self, work: Work) -> None:
        """Do it soon; what it raises goes to the loop's exception handler."""
        if not self._waiting:
            self._ended = time.monotonic()
            asyncio.get_running_loop().call_soon(self._serve)
        self._waiting.append(work)
        if len(self._waiting) >= _CROWD:
            self._room.clear()

    async def room(self) -> None:
        """Return once few wait."""
        await self._room.wait()

    def _serve(self) -> None:
        loop, now = asyncio.get_running_loop(), time.monotonic()
        until = now + max(_TURN_S, _SHARE * (now - self._ended))
        while self._waiting:
            if now >= until:
                self._ended = now
                loop.call_soon(self._serve)
                return
            try:
                self._waiting[0]()
            except Exception as error:
                loop.call_exception_handler(
                    {"message": "a newcomer's turn failed", "exception": error}
                )
            self._waiting.popleft()
            if len(self._waiting) < _CROWD:
                self._room.set()
            now = time.monotonic()
