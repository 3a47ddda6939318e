"""One batch in one database transaction: receipts, changes by kind, journal, commit mark."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from voltaro.domain.decision import Change
from voltaro.domain.values import Value
from voltaro.store.changes import AMEND, APPLY, PARTS
from voltaro.store.failures import sqlstate_of
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import (
    RECEIPTS,
    JournalRow,
    ReceiptRow,
    journal_part,
    receipts_part,
    write_receipts,
)
from voltaro.store.parts import MARKS, Part, write_alone, write_together
from voltaro.store.sql import Connection


class Entry(Value):
    """What belongs together: all of it is written, or nothing."""

    changes: tuple[Change, ...]
    receipt: ReceiptRow | None
    journal: JournalRow | None


@dataclass(slots=True)
class LiveConnection:
    """The writer's own connection and the mark of the batch that is under way on it."""

    connection: Connection
    writer: str
    batch: UUID | None = None
    #: Entries left out of that batch, by number.
    refused: set[int] = field(default_factory=set)
    _prepared: bool = False

    async def write(self, parts: Sequence[Part]) -> bool:
        """Commit a whole batch in one round trip. False: nothing was written, of conflicts."""
        self.batch = uuid7()
        self.refused = set()
        try:
            await write_together(self.connection, parts, writer=self.writer, batch=self.batch)
        except asyncpg.IntegrityConstraintViolationError as error:
            if error.table_name not in {MARKS, RECEIPTS}:
                raise
            return False
        self.batch = None
        return True

    async def _prepare(self) -> None:
        """Not upon connecting: the table may still have to be made then."""
        await self.connection.execute(
            f"""
            PREPARE mark (uuid) AS INSERT INTO {MARKS} (writer, batch) VALUES ('{self.writer}', $1)
            ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch
            """
        )
        self._prepared = True

    @asynccontextmanager
    async def transaction(self, refused: set[int]) -> AsyncIterator[None]:
        """One batch; its mark goes with the COMMIT, in one round trip."""
        self.batch = uuid7()
        self.refused = refused
        if not self._prepared:
            await self._prepare()
        await self.connection.execute("BEGIN")
        try:
            yield
            await self.connection.execute(f"EXECUTE mark ('{self.batch}'); COMMIT")
        except BaseException:
            if not self.connection.is_closed():
                await self.connection.execute("ROLLBACK")
            raise


class _Redo(Exception):
    """Entries turned out to be in conflict after others of theirs were written."""

    def __init__(self, numbers: set[int]) -> None:
        self.numbers = numbers


#: The changes of a batch by kind, each with the number of its entry.
_ByKind = Mapping[type[Change], Sequence[tuple[int, Any]]]


async def apply_batch(
    live: LiveConnection, entries: Sequence[Entry], *, journal: bool = True
) -> set[int]:
    """Commit the batch; returns the numbers of the entries in conflict, which were left out.

    Without `journal` everything but its rows is written.

    Raises whatever the database raises; then nothing of the batch is durable, unless the
    connection was lost: `live.batch` is the mark by which to find out.
    """
    numbered = list(enumerate(entries))
    parts = _parts(numbered, journal=journal)
    if parts is not None and (not parts or await live.write(parts)):
        return set()
    refused: set[int] = set()
    while True:
        try:
            async with live.transaction(refused):
                left = [each for each in numbered if each[0] not in refused]
                refused |= await _write(live.connection, left, journal=journal)
        except _Redo as redo:
            refused |= redo.numbers
        else:
            live.batch = None
            return refused


def _parts(numbered: Sequence[tuple[int, Entry]], *, journal: bool) -> Sequence[Part] | None:
    """The whole batch as parts of one statement; None where it has changes of other kinds."""
    by_kind = _by_kind(numbered)
    if not by_kind.keys() <= PARTS.keys():
        return None
    parts = [
        part
        for kind, to_parts in PARTS.items()  # always in one order: the statement is a prepared one
        if (rows := by_kind.get(kind))
        for part in to_parts([change for _, change in rows])
    ]
    if receipts := [entry.receipt for _, entry in numbered if entry.receipt is not None]:
        parts.append(receipts_part(receipts))
    if journal and (said := _journal(numbered)):
        parts.append(journal_part(said))
    return parts


async def _write(
    connection: Connection, numbered: Sequence[tuple[int, Entry]], *, journal: bool
) -> set[int]:
    """Step by step, so that it shows who is in conflict; returns who repeats what was said before."""
    repeated = await _repeated(connection, numbered)
    if repeated:
        numbered = [each for each in numbered if each[0] not in repeated]

    by_kind = _by_kind(numbered)
    if conflicts := await _apply(connection, by_kind):
        raise _Redo(conflicts | repeated)

    if journal:
        if said := _journal(numbered):
            await write_alone(connection, journal_part(said))
        for kind, amend in AMEND.items():
            if rows := by_kind.get(kind):
                await amend(connection, rows)
    return repeated


async def _apply(connection: Connection, by_kind: _ByKind) -> set[int]:
    """Write all changes; returns the numbers of the entries in conflict."""
    conflicts: set[int] = set()
    for kind, apply in APPLY.items():
        if rows := by_kind.get(kind):
            conflicts.update(await apply(connection, rows))
    for kind, to_parts in PARTS.items():
        if rows := by_kind.get(kind):
            for part in to_parts([change for _, change in rows]):
                conflicts.update(await _in_conflict(connection, part, rows))
    return conflicts


async def _in_conflict(
    connection: Connection, part: Part, rows: Sequence[tuple[int, Any]]
) -> Collection[int]:
    written = await write_alone(connection, part)
    if not part.counted:
        return ()
    conflicts = []
    for (n, _), key in zip(rows, part.counted, strict=True):
        if key in written:
            written.remove(key)  # of two that change the same row, one did
        else:
            conflicts.append(n)
    return conflicts


def _by_kind(numbered: Sequence[tuple[int, Entry]]) -> _ByKind:
    by_kind: defaultdict[type[Change], list[tuple[int, Any]]] = defaultdict(list)
    for n, entry in numbered:
        for change in entry.changes:
            by_kind[type(change)].append((n, change))
    if unknown := by_kind.keys() - PARTS.keys() - APPLY.keys() - AMEND.keys():
        raise TypeError(f"no writer for {', '.join(kind.__name__ for kind in unknown)}")
    return by_kind


def _journal(numbered: Sequence[tuple[int, Entry]]) -> Sequence[JournalRow]:
    return [entry.journal for _, entry in numbered if entry.journal is not None]


async def _repeated(connection: Connection, numbered: Sequence[tuple[int, Entry]]) -> set[int]:
    """Whose content was seen before, in an earlier batch or earlier in this one."""
    first: dict[tuple[str, bytes], int] = {}
    repeated = set()
    rows = []
    for n, entry in numbered:
        if (receipt := entry.receipt) is not None:
            if first.setdefault((receipt.station_id, receipt.key), n) == n:
                rows.append(receipt)
            else:
                repeated.add(n)
    known = await write_receipts(connection, rows)
    return repeated | {n for (_, key), n in first.items() if key in known} if known else repeated


async def quarantine(live: LiveConnection, entry: Entry, error: BaseException) -> None:
    """Keep the frame of a message that the database refuses, so that it can be repaired."""
    journal = entry.journal
    if journal is None:
        return
    await live.connection.execute(
        """
        INSERT INTO quarantine (station_id, received_at, action, frame, reply, sqlstate, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        journal.station_id,
        journal.received_at,
        journal.action,
        journal.frame,
        journal.reply,
        sqlstate_of(error),
        type(error).__name__,
    )
