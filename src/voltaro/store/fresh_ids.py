"""New identities: time-ordered UUIDs, and integer references for OCPP 1.6 in blocks."""

import os
import struct
import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from asyncpg.pgproto import pgproto

from voltaro.store.sql import Connection

#: As in the sequence's definition (migration 0001).
_BLOCK = 100
#: Bytes; eight for each UUID.
_RANDOM = 4096
_as_bytes = struct.Struct(">QQ").pack


def _randomness() -> Iterator[int]:
    """Numbers of 64 random bits of the operating system, which is asked for many at once."""
    while True:
        for (number,) in struct.iter_unpack(">Q", os.urandom(_RANDOM)):
            yield number


_random = _randomness()


class _Birth:
    """Milliseconds with twelve binary places, each moment later than the one before."""

    last = 0


def uuid7() -> UUID:
    """A UUID that sorts by its birth, also among those of one millisecond (RFC 9562 §6.2)."""
    born = (time.time_ns() << 12) // 1_000_000
    if born <= _Birth.last:
        born = _Birth.last + 1
    _Birth.last = born
    high = born >> 12 << 16 | 0x7000 | born & 0xFFF
    return pgproto.UUID(_as_bytes(high, next(_random) >> 2 | 0x2 << 62))


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
