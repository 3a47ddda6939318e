"""New identities: time-ordered UUIDs, and integer references for OCPP 1.6 in blocks."""

import os
import time
from datetime import datetime
from uuid import UUID

from asyncpg.pgproto import pgproto

from voltaro.store.sql import Connection

#: As in the sequence's definition (migration 0001).
_BLOCK = 100
#: Bytes; eight for each UUID.
_RANDOM = 512


class _Birth:
    """Milliseconds with twelve binary places, each moment later than the one before."""

    last = 0
    #: Randomness of the operating system, asked for in large pieces.
    random = b""


def uuid7() -> UUID:
    """A UUID that sorts by its birth, also among those of one millisecond (RFC 9562 §6.2)."""
    born = max((time.time_ns() << 12) // 1_000_000, _Birth.last + 1)
    _Birth.last = born
    if not _Birth.random:
        _Birth.random = os.urandom(_RANDOM)
    random, _Birth.random = _Birth.random[:8], _Birth.random[8:]
    number = (born >> 12 << 80) | (0x7 << 76) | ((born & 0xFFF) << 64) | (0x2 << 62)
    return pgproto.UUID((number | (int.from_bytes(random) >> 2)).to_bytes(16))


def uuid7_floor(at: datetime) -> UUID:
    """No UUID that was made at that time or later is smaller."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


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
