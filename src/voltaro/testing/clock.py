"""A station's clock: simulated time that may run faster than ours."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Simulated time, `speed` times as fast as real time, from `start` on (default: now).

    Faster than real time, a clock that starts now runs into the future; start it in the past where
    the peer's records should stay believable.
    """

    def __init__(self, *, speed: float = 1.0, start: datetime | None = None) -> None:
        if speed <= 0:
            raise ValueError("speed must be more than 0")
        self.speed = speed
        self._start = datetime.now(UTC) if start is None else start
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Simulated time, aware UTC, in whole milliseconds as the wire carries it."""
        passed = (time.monotonic() - self._began) * self.speed
        return whole_ms(self._start + timedelta(seconds=passed))

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of simulated time pass."""
        await self.rest(seconds / self.speed)

    async def rest(self, seconds: float) -> None:
        """Let `seconds` of real time pass."""
        # A station's own pace is what is simulated here: there is no condition to wait for.
        await asyncio.sleep(seconds)

    async def sleep_unless(self, event: asyncio.Event, seconds: float) -> bool:
        """Let `seconds` of simulated time pass, or less when `event` is set; whether it is."""
        return await self.rest_unless(event, seconds / self.speed)

    async def sleep_unless_any(self, seconds: float, *events: asyncio.Event) -> bool:
        """Let `seconds` of simulated time pass, or less when an event is set; whether one is."""
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(
                waits, timeout=max(0.0, seconds / self.speed), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        return any(event.is_set() for event in events)

    async def sleep_until(self, at: datetime) -> None:
        """Let simulated time pass until that moment; none for a moment that is over."""
        await self.sleep(max(0.0, (at - self.now()).total_seconds()))

    async def rest_unless(self, event: asyncio.Event, seconds: float) -> bool:
        """Let `seconds` of real time pass, or less when `event` is set; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await event.wait()
        return event.is_set()


def whole_ms(at: datetime) -> datetime:
    """The moment without its microseconds; a naive one is refused."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def wire_time(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and ``Z``."""
    return whole_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
