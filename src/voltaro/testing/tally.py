"""What a run of stations counted: connections, messages, errors, latencies."""

import math
from collections import Counter, deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counters shared by any number of stations of one event loop."""

    connected: int = 0
    connects: int = 0
    disconnects: int = 0
    refused: int = 0
    sent: int = 0
    received: int = 0
    #: CALLs of ours that were answered.
    answered: int = 0
    call_errors: int = 0
    timeouts: int = 0
    sessions_started: int = 0
    sessions_ended: int = 0
    #: What went wrong, by kind.
    errors: Counter[str] = field(default_factory=Counter)
    #: Seconds from a CALL to its answer, the last 200,000.
    latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=200_000))

    @property
    def error_count(self) -> int:
        return self.errors.total()

    def fail(self, kind: str) -> None:
        self.errors[kind] += 1

    def latency_ms(self, *percents: float) -> list[float]:
        """The percentiles asked for, in milliseconds; zeros when nothing was answered."""
        ordered = sorted(self.latencies_s)
        if not ordered:
            return [0.0] * len(percents)
        last = len(ordered) - 1
        return [
            1000 * ordered[min(last, math.ceil(percent / 100 * len(ordered)) - 1)]
            for percent in percents
        ]
