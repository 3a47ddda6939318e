"""Group commit: what many stations said shares one commit; each is answered after it."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import structlog

from voltaro.domain.decision import Change
from voltaro.store.batch import Entry, apply_batch, quarantine
from voltaro.store.commitment import Commitment, Committed, tell_all
from voltaro.store.counts import WriterCounts
from voltaro.store.failures import Failure, kind_of, sqlstate_of
from voltaro.store.journal import JournalRow, ReceiptRow
from voltaro.store.writer_connection import WriterConnection

log = structlog.get_logger()

#: More than this in one commit only makes the first of them wait.
_BATCH = 1000
#: After a batch of at least so many, those who were just answered get a moment to speak again: else
#: every second batch would be a few stragglers, at the full price of a commit.
_CROWD = 16
_GATHER_S = 0.002
#: How long a note (what nobody waits for) may stay in memory.
_NOTE_DELAY_S = 1.0
#: Notes beyond this are dropped while the database is away: they are no promises.
_NOTES = 20_000


#: A database that refuses every batch (a full disk) is asked this often.
_LONGEST_RETRY_S = 1.0


class Conflict(Exception):
    """The decision rests on outdated facts, or the content was seen before: decide again."""


class NotStored(Exception):
    """A defect of ours kept the entry from being stored. Nothing of it is durable."""


@dataclass(slots=True)
class Writer:
    """The only way to write what stations say. `run` must be running for `commit` to return."""

    connection: WriterConnection
    counts: WriterCounts = field(default_factory=WriterCounts)
    #: False while the disk is nearly full: journal rows are left out, all else is written.
    keep_journal: bool = True
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _waiting: list[Commitment] = field(default_factory=list)
    _notes: list[Entry] = field(default_factory=list)
    _noted_at: float = 0.0
    #: So many have to wait before the next batch, up to this `time.monotonic()`.
    _enough: int = 1
    _gather_until: float = 0.0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _busy_since: float | None = None
    _stopping: bool = False

    async def commit(
        self,
        changes: tuple[Change, ...],
        *,
        receipt: ReceiptRow | None = None,
        journal: JournalRow | None = None,
    ) -> Committed:
        """Return once everything is durable, all of it or nothing.

        Raises:
            Conflict: nothing was written; load the facts anew and decide again.
            NotStored: nothing was written, and trying again will not help.
        """
        commitment = Commitment(Entry(changes, receipt, journal), self._loop)
        self._waiting.append(commitment)
        if len(self._waiting) >= self._enough:
            self._wake.set()
        how = await commitment
        if journal is not None and how is Committed.STORED:
            self.counts.message(journal.direction, journal.action, journal.verdict)
        return how

    def note(self, *changes: Change, journal: JournalRow | None = None) -> None:
        """Write within a second or two, together with others; nobody waits, nothing is promised."""
        if journal is not None:
            self.counts.message(journal.direction, journal.action, journal.verdict)
        if len(self._notes) >= _NOTES:
            self.counts.notes_dropped += 1
        else:
            self._notes.append(Entry(changes, None, journal))
            if len(self._notes) == 1:
                self._noted_at = time.monotonic()
            if len(self._notes) in {1, _BATCH}:
                self._wake.set()

    def waiting(self) -> int:
        """How many commits wait for their batch."""
        return len(self._waiting)

    def stalled_s(self) -> float:
        """How long the oldest commit has been under way; 0 while the database keeps up."""
        return time.monotonic() - self._busy_since if self._busy_since is not None else 0.0

    def suspect(self) -> None:
        """Somebody else's connection failed: look whether ours still stands."""
        self.connection.suspected = True
        self._wake.set()

    async def run(self) -> None:
        """Write until `stop`; what is waiting then is still written."""
        self.connection.on_lost = self._wake.set
        while True:
            await self._pause()
            if self.connection.suspected:
                self._busy_since = self._busy_since or time.monotonic()
                await self.connection.restore()
            waiting, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            notes = self._due_notes()
            batch = [w for w in waiting if not w.done()]
            if batch or notes:
                self._busy_since = self._busy_since or time.monotonic()
                await self._write(batch, notes)
            self._busy_since = None
            if self._stopping and not self._waiting and not self._notes:
                return

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def _pause(self) -> None:
        """Until enough wait for a commit, or somebody has waited enough, or a note has become old."""
        while (delay := self._delay()) > 0:
            self._wake.clear()
            timer = self._loop.call_later(delay, self._wake.set) if delay < math.inf else None
            await self._wake.wait()
            if timer is not None:
                timer.cancel()

    def _delay(self) -> float:
        """How long the next batch has time; endless when there is nothing to write."""
        now = time.monotonic()
        if now >= self._gather_until:
            self._enough = 1
        if len(self._waiting) >= self._enough or self._stopping or self.connection.suspected:
            return 0
        gathering = self._gather_until - now if self._enough > 1 else math.inf
        return min(gathering, self._notes_due_in(now))

    def _notes_due_in(self, now: float) -> float:
        if len(self._notes) >= _BATCH:
            return 0
        return self._noted_at + _NOTE_DELAY_S - now if self._notes else math.inf

    def _due_notes(self) -> Sequence[Entry]:
        """None as long as they can wait: the commits in between are the quicker."""
        now = time.monotonic()
        if self._notes_due_in(now) > 0 and not self._stopping:
            return ()
        notes, self._notes = self._notes[:_BATCH], self._notes[_BATCH:]
        self._noted_at = now
        return notes

    async def _write(self, batch: Sequence[Commitment], notes: Sequence[Entry]) -> None:
        """One commit; on a data error halves, until the one to blame is alone."""
        entries = [w.entry for w in batch] + list(notes)
        began = time.monotonic()
        for attempt in count():
            try:
                refused = await apply_batch(
                    self.connection.live, entries, journal=self.keep_journal
                )
                break
            except Exception as error:
                failure = kind_of(error)
                if failure is Failure.AWAY:
                    durable = await self._settled_after(error)
                    if durable is None:
                        await asyncio.sleep(min(_LONGEST_RETRY_S, 0.01 * 2**attempt))
                        continue
                    refused = durable
                    break
                if len(entries) > 1:
                    log.warning(
                        "batch refused, halving", entries=len(entries), sqlstate=sqlstate_of(error)
                    )
                    await self._halve(batch, notes)
                    return
                await self._blame(batch, entries[0], failure, error)
                return
        self._count(entries, time.monotonic() - began)
        if len(batch) >= _CROWD:
            self._enough, self._gather_until = len(batch) // 2, time.monotonic() + _GATHER_S
        # Not before the next batch has been sent on its way.
        self._loop.call_soon(
            tell_all,
            [(w, Conflict() if n in refused else Committed.STORED) for n, w in enumerate(batch)],
        )

    def _count(self, entries: Sequence[Entry], seconds: float) -> None:
        self.counts.batch_entries.observe(len(entries))
        self.counts.batch_seconds.observe(seconds)
        if not self.keep_journal:
            self.counts.journal_left_out += sum(e.journal is not None for e in entries)

    async def _halve(self, batch: Sequence[Commitment], notes: Sequence[Entry]) -> None:
        if batch and notes:
            await self._write(batch, ())
            await self._write((), notes)
            return
        middle = max(len(batch), len(notes)) // 2
        await self._write(batch[:middle], notes[:middle])
        await self._write(batch[middle:], notes[middle:])

    async def _blame(
        self, batch: Sequence[Commitment], entry: Entry, failure: Failure, error: Exception
    ) -> None:
        action = entry.journal.action if entry.journal else None
        log.error(
            "message not stored",
            action=action,
            sqlstate=sqlstate_of(error),
            kind=type(error).__name__,
            changes=[type(change).__name__ for change in entry.changes],
            exc_info=failure is Failure.BUG,
        )
        stored = failure is Failure.DATA and await self._quarantine(entry, error)
        for waiting in batch:
            waiting.tell(Committed.QUARANTINED if stored else NotStored())

    async def _quarantine(self, entry: Entry, error: Exception) -> bool:
        while True:
            try:
                await quarantine(self.connection.live, entry, error)
            except Exception as again:
                if kind_of(again) is not Failure.AWAY:
                    log.exception("quarantine failed", sqlstate=sqlstate_of(again))
                    return False
                await self.connection.restore()
            else:
                return True

    async def _settled_after(self, error: BaseException) -> set[int] | None:
        """Wait for the database; see `WriterConnection.restore`."""
        log.warning("database away", sqlstate=sqlstate_of(error), kind=type(error).__name__)
        return await self.connection.restore()
