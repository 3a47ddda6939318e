"""One batch in one database transaction: receipts, changes by kind, journal, commit mark."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from voltaro.domain.decision import Change
from voltaro.domain.values import Value
from voltaro.store.changes import AMEND, APPLY
from voltaro.store.failures import sqlstate_of
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import (
    RECEIPTS,
    AddReceipts,
    JournalRow,
    ReceiptRow,
    copy_receipts,
    write_journal,
    write_receipts,
)
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

    async def _prepare(self) -> None:
        """Not upon connecting: the table may still have to be made then."""
        await self.connection.execute(
            f"""
            PREPARE mark (uuid) AS INSERT INTO commit_mark (writer, batch) VALUES ('{self.writer}', $1)
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


async def apply_batch(
    live: LiveConnection, entries: Sequence[Entry], *, journal: bool = True
) -> set[int]:
    """Commit the batch; returns the numbers of the entries in conflict, which were left out.

    Without `journal` everything but its rows is written.

    Raises whatever the database raises; then nothing of the batch is durable, unless the
    connection was lost: `live.batch` is the mark by which to find out.
    """
    refused: set[int] = set()
    # Repetitions are rare: they are looked for only once the database has complained of one.
    add: AddReceipts = copy_receipts
    while True:
        try:
            async with live.transaction(refused):
                refused |= await _write(live.connection, entries, refused, add, journal=journal)
        except _Redo as redo:
            refused |= redo.numbers
        except asyncpg.UniqueViolationError as error:
            if add is write_receipts or error.table_name != RECEIPTS:
                raise
            add = write_receipts
        else:
            live.batch = None
            return refused


async def _write(
    connection: Connection,
    entries: Sequence[Entry],
    refused: set[int],
    add: AddReceipts,
    *,
    journal: bool,
) -> set[int]:
    numbered = _without(refused, list(enumerate(entries)))
    repeated = await _repeated(connection, numbered, add)
    numbered = _without(repeated, numbered)

    by_kind: defaultdict[type[Change], list[tuple[int, Any]]] = defaultdict(list)
    for n, entry in numbered:
        for change in entry.changes:
            by_kind[type(change)].append((n, change))
    amendments = {kind: rows for kind in AMEND if (rows := by_kind.pop(kind, None))}
    conflicts: set[int] = set()
    for kind, apply in APPLY.items():
        if rows := by_kind.pop(kind, None):
            conflicts.update(await apply(connection, rows))
    if by_kind:
        raise TypeError(f"no writer for {', '.join(kind.__name__ for kind in by_kind)}")
    if conflicts:
        raise _Redo(conflicts | repeated)

    if journal:
        await write_journal(connection, [e.journal for _, e in numbered if e.journal is not None])
        for kind, rows in amendments.items():
            await AMEND[kind](connection, rows)
    return repeated


def _without(numbers: set[int], numbered: list[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
    return [each for each in numbered if each[0] not in numbers] if numbers else numbered


async def _repeated(
    connection: Connection, numbered: Sequence[tuple[int, Entry]], add: AddReceipts
) -> set[int]:
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
    known = await add(connection, rows)
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
