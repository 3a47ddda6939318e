"""Rows that ride along with every commit: journal and receipts."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from voltaro.domain.values import Value
from voltaro.store.sql import Connection


class JournalRow(Value, kw_only=True):
    """One exchange, secrets already masked. See `models.journal.JournalEntry`."""

    id: UUID
    station_id: str
    received_at: datetime
    direction: str
    protocol: str
    message_id: str | None
    action: str | None
    frame: str
    reply: str | None
    verdict: str
    handling_ms: float


async def write_journal(connection: Connection, rows: Sequence[JournalRow]) -> None:
    """Append by COPY: a time series needs no conflict handling."""
    if rows:
        await connection.copy_records_to_table(
            "journal",
            columns=JournalRow.__struct_fields__,
            records=list(map(astuple, rows)),
        )


class ReceiptRow(Value, kw_only=True):
    station_id: str
    key: bytes
    reply: str
    expires_at: datetime


#: Adds new receipts; returns the keys that were there already: repetitions.
AddReceipts = Callable[[Connection, Sequence[ReceiptRow]], Awaitable[set[bytes]]]

RECEIPTS = "receipts"


async def copy_receipts(connection: Connection, rows: Sequence[ReceiptRow]) -> set[bytes]:
    """Append by COPY, which finds no repetitions.

    Raises:
        asyncpg.UniqueViolationError: one of them is there already; take `write_receipts`.
    """
    if rows:
        await connection.copy_records_to_table(
            RECEIPTS, columns=ReceiptRow.__struct_fields__, records=list(map(astuple, rows))
        )
    return set()


async def write_receipts(connection: Connection, rows: Sequence[ReceiptRow]) -> set[bytes]:
    """Insert what is new; returns the keys that were there already: repetitions.

    An expired receipt that is still there makes no repetition; it is taken over.
    """
    if not rows:
        return set()
    written = await connection.fetch(
        """
        INSERT INTO receipts AS r (station_id, key, reply, expires_at)
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::timestamptz[])
        ON CONFLICT (station_id, key) DO UPDATE
            SET reply = excluded.reply, expires_at = excluded.expires_at
            WHERE r.expires_at < now()
        RETURNING key
        """,
        [row.station_id for row in rows],
        [row.key for row in rows],
        [row.reply for row in rows],
        [row.expires_at for row in rows],
    )
    return {row.key for row in rows} - {record["key"] for record in written}


async def find_receipt(connection: Connection, station_id: str, key: bytes) -> str | None:
    """The reply that was given to this content before."""
    reply: str | None = await connection.fetchval(
        "SELECT reply FROM receipts WHERE station_id = $1 AND key = $2", station_id, key
    )
    return reply


async def sweep_receipts(connection: Connection, *, limit: int = 5000) -> int:
    """Delete up to `limit` expired receipts; returns how many."""
    status = await connection.execute(
        """
        DELETE FROM receipts WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM receipts WHERE expires_at < now() LIMIT $1))
        """,
        limit,
    )
    return int(status.rpartition(" ")[2])
