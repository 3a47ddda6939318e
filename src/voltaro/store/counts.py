"""Plain numbers about what was done, counted where it happens and read when somebody looks."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

#: What a label says when its own word is not one of ours: a station may send any word.
OTHER = "other"
#: Different combinations of labels that are counted apart.
_COMBINATIONS = 2000

#: Direction, action and verdict of a message.
MessageKind = tuple[str, str, str]


class Tally:
    """A histogram: how many observations were at most each of `bounds`, and their sum."""

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """(upper bound, observations up to it), the last bound being `+Inf`."""
        found: list[tuple[str, float]] = []
        count = 0
        for bound, here in zip([*map(str, self._bounds), "+Inf"], self._counts, strict=True):
            count += here
            found.append((bound, count))
        return found


class WriterCounts:
    """What the writer has done since the start of the process."""

    def __init__(self) -> None:
        self.messages: defaultdict[MessageKind, int] = defaultdict(int)
        self.batch_entries = Tally((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000))
        self.batch_seconds = Tally(
            (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
        )
        #: Journal rows left out while the disk was nearly full.
        self.journal_left_out = 0
        #: Notes that nobody waited for, dropped while the database was away.
        self.notes_dropped = 0

    def message(self, direction: str, action: str | None, verdict: str) -> None:
        """Count a message; beyond a bound of different kinds under `other`."""
        kind = (direction, action or "", verdict)
        if len(self.messages) >= _COMBINATIONS and kind not in self.messages:
            kind = (direction, OTHER, OTHER)
        self.messages[kind] += 1
