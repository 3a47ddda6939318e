"""New identities: time-ordered UUIDs, and integer references for OCPP 1.6 in blocks."""

import os
import time
from uuid import UUID

from voltaro.store.sql import Connection

#: As in the sequence's definition (migration 0001).
_BLOCK = 100


def uuid7() -> UUID:
    """A UUID that sorts by its time of birth (RFC 9562 §5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=number)


class StationRefs:
    """Hands out transaction ids for OCPP 1.6: 1 to 2^31-1, never 0, never twice (gaps allowed)."""

    def __init__(self) -> None:
        self._next = 0
        self._end = 0

    async def take(self, connection: Connection, count: int) -> list[str]:
        """`count` fresh references; asks the database only when the block is used up."""
        taken: list[str] = []
        while len(taken) < count:
            if self._next >= self._end:
                self._next = await connection.fetchval("SELECT nextval('station_refs')")
                self._end = self._next + _BLOCK
            taken.append(str(self._next))
            self._next += 1
        return taken
