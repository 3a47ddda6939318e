"""Rows that ride along with every commit: journal and receipts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from voltaro.domain.values import Value
from voltaro.store.parts import Part
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


_JOURNAL = f"""
    INSERT INTO journal ({", ".join(JournalRow.__struct_fields__)})
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[],
        $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::float8[])
"""


def journal_part(rows: Sequence[JournalRow]) -> Part:
    return Part(_JOURNAL, tuple(zip(*map(astuple, rows), strict=True)))


class ReceiptRow(Value, kw_only=True):
    station_id: str
    key: bytes
    reply: str
    expires_at: datetime


RECEIPTS = "receipts"
_ADD = f"""
    INSERT INTO {RECEIPTS} AS r ({", ".join(ReceiptRow.__struct_fields__)})
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::timestamptz[])
"""
_ADD_NEW = f"""
    {_ADD}
    ON CONFLICT (station_id, key) DO UPDATE
        SET reply = excluded.reply, expires_at = excluded.expires_at
        WHERE r.expires_at < now()
    RETURNING key
"""


def receipts_part(rows: Sequence[ReceiptRow]) -> Part:
    """All of them; a repetition among them is a UniqueViolationError of `RECEIPTS`."""
    return Part(_ADD, _columns(rows))


async def write_receipts(connection: Connection, rows: Sequence[ReceiptRow]) -> set[bytes]:
    """Insert what is new; returns the keys that were there already: repetitions.

    An expired receipt that is still there makes no repetition; it is taken over.
    """
    if not rows:
        return set()
    written = await connection.fetch(_ADD_NEW, *_columns(rows))
    return {row.key for row in rows} - {record["key"] for record in written}


def _columns(rows: Sequence[ReceiptRow]) -> Sequence[Sequence[object]]:
    return tuple(zip(*map(astuple, rows), strict=True))


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
