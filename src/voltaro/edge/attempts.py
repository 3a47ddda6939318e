"""Refused ways in: counted, written down, and put off when one address has too many."""

from collections import Counter
from collections.abc import Callable

import structlog

from voltaro.domain.connections import HandshakeRefused
from voltaro.edge.refusals import Reason
from voltaro.services.throttle import Limit, Throttle

log = structlog.get_logger()

#: Failures from one address. Whoever has the right credentials is never counted.
_FAILURES = Limit(burst=60, per_s=1)


class Attempts:
    """`tell` makes an attempt durable, and known to whoever watches."""

    def __init__(self, tell: Callable[[HandshakeRefused], None]) -> None:
        self._tell = tell
        self._failures = Throttle(_FAILURES)
        #: So far, by reason.
        self.refused: Counter[str] = Counter()

    def note(self, attempt: HandshakeRefused) -> int:
        """Write an attempt down; 0, or after how many seconds to come back.

        One failure too many from an address is not written down. What is our own fault never counts.
        """
        wait_s = 0
        if attempt.reason != Reason.DATABASE_AWAY:
            wait_s = self._failures.failed(attempt.remote_host)
        said = {
            "station_id": attempt.station_id,
            "remote_host": attempt.remote_host,
            "reason": attempt.reason,
        }
        if wait_s:
            self.refused[Reason.TOO_MANY_FAILURES.value] += 1
            log.debug("attempt not written down", **said)
        else:
            self.refused[attempt.reason] += 1
            log.warning("upgrade refused" if attempt.status else "tls handshake failed", **said)
            self._tell(attempt)
        return wait_s
