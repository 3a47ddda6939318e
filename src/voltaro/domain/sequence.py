"""The sequence numbers of a transaction's events: which of them never came (2.x E, seqNo)."""

from typing import Final

from voltaro.domain.values import Value, changed

#: First and last number, both included.
Gap = tuple[int, int]
#: A station that counts in another way than it should leaves one with every event.
_MOST: Final = 20


class Sequence(Value, kw_only=True):
    """`first` to `last` were heard except those in `gaps`, which are in order.

    No more than the first gaps are kept. A station may begin with any number, and one that always
    says the same has none.
    """

    first: int | None = None
    last: int | None = None
    gaps: tuple[Gap, ...] = ()

    def heard(self, number: int | None) -> "Sequence":
        """With one more event, in whatever order they come; None: the version has no numbers."""
        if number is None:
            return self
        if self.first is None or self.last is None:
            return Sequence(first=number, last=number)
        if number > self.last:
            return changed(self, last=number, gaps=self._with((self.last + 1, number - 1)))
        if number < self.first:
            return changed(self, first=number, gaps=self._with((number + 1, self.first - 1)))
        return changed(self, gaps=tuple(part for gap in self.gaps for part in _split(gap, number)))

    def _with(self, gap: Gap) -> tuple[Gap, ...]:
        if gap[0] > gap[1]:
            return self.gaps
        return tuple(sorted((*self.gaps, gap)))[:_MOST]


def _split(gap: Gap, number: int) -> tuple[Gap, ...]:
    first, last = gap
    if not first <= number <= last:
        return (gap,)
    return tuple(part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1])
