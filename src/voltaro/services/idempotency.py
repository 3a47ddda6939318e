"""A request that acts, made twice with one key, acts once (draft-ietf-httpapi-idempotency-key)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from voltaro.services.errors import KeyReused, OutcomeUnknown, StillRunning
from voltaro.store.idempotency import (
    StoredAnswer,
    begin_request,
    finish_request,
    forget_request,
)
from voltaro.store.reach import Engine

_KEEP = timedelta(hours=24)

__all__ = ["Idempotency", "StoredAnswer"]


def _now() -> datetime:
    return datetime.now(UTC)


class Idempotency:
    """Keys belong to who uses them: `actor` is the name of an API key."""

    def __init__(self, *, engine: Engine, clock: Callable[[], datetime] = _now) -> None:
        self._engine = engine
        self._clock = clock
        #: One process serves a database: what is not in here is not running.
        self._running: set[tuple[str, str]] = set()

    async def begin(self, actor: str, key: str, fingerprint: bytes) -> StoredAnswer | None:
        """None: act, then `finish` or `forget`, and in any case `leave`; else what to answer.

        Raises:
            KeyReused: it was used for another request.
            StillRunning: the first request has not been answered yet.
            OutcomeUnknown: the first request was cut off; it may or may not have acted.
            DatabaseAway: nothing was done.
        """
        if (actor, key) in self._running:
            raise StillRunning("the first request with this Idempotency-Key is still running")
        self._running.add((actor, key))
        taken = False
        try:
            now = self._clock()
            known = await begin_request(
                self._engine, actor, key, fingerprint, now=now, expires_at=now + _KEEP
            )
            taken = known is None
        finally:
            if not taken:
                self._running.discard((actor, key))
        if known is None:
            return None
        if known.fingerprint != fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request")
        if known.answer is None:
            raise OutcomeUnknown(
                "the first request with this Idempotency-Key was cut off; look whether it acted, "
                "then use a new key"
            )
        return known.answer

    async def finish(self, actor: str, key: str, answer: StoredAnswer) -> None:
        """Keep the answer."""
        await finish_request(self._engine, actor, key, answer)

    async def forget(self, actor: str, key: str) -> None:
        """Nothing was done: the key may be used again."""
        await forget_request(self._engine, actor, key)

    def leave(self, actor: str, key: str) -> None:
        """The request is over."""
        self._running.discard((actor, key))
