"""How long a station waits before it connects again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long a station waits before it connects again; seconds of real time."""

    first_s: float = 1.0
    most_s: float = 60.0
    factor: float = 2.0
    #: Up to this share is taken off at random, so that a fleet does not come back in step.
    jitter: float = 0.5

    def wait_s(self, attempt: int, rng: random.Random) -> float:
        """The wait before attempt number `attempt`, counted from 0."""
        full = min(self.most_s, self.first_s * self.factor ** min(attempt, 32))
        return full * (1 - self.jitter * rng.random())
