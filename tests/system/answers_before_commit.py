"""Voltaro with its promise broken on purpose: it answers first, and commits when it gets to it."""

from voltaro.cli import main
from voltaro.domain.decision import Change
from voltaro.store.batch import Entry
from voltaro.store.commitment import Commitment, Committed
from voltaro.store.journal import JournalRow, ReceiptRow
from voltaro.store.writer import Writer


async def commit(
    self: Writer,
    changes: tuple[Change, ...],
    *,
    receipt: ReceiptRow | None = None,
    journal: JournalRow | None = None,
) -> Committed:
    """Hand the entry over as `Writer.commit` does, but do not wait."""
    self._waiting.append(Commitment(Entry(changes, receipt, journal), self._loop))
    self._wake.set()
    return Committed.STORED


if __name__ == "__main__":
    Writer.commit = commit  # type: ignore[method-assign]
    main()
