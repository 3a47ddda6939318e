"""What a database tells about itself: for `voltaro db status`, `voltaro doctor` and backups."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from alembic.script import ScriptDirectory

from voltaro.store.engine import alembic_config, plain_url
from voltaro.store.partitions import list_partitions
from voltaro.store.sql import Connection
from voltaro.store.writer_connection import LOCK

_PATIENCE_S = 10.0
#: Tables by which a database is known to be Voltaro's.
_OURS = ("alembic_version", "stations", "transactions", "installation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`revision` is None where there is no schema of ours; `clock_skew_s` is theirs minus ours."""

    server_version: str
    server_major: int
    size_bytes: int
    revision: str | None
    newest_revision: str
    tables: int
    ours: bool
    served: bool
    secret_fingerprint: bytes | None
    clock_skew_s: float
    rows: dict[str, int]
    journal_days: int
    journal_bytes: int


async def inspect(url: str) -> Inspection:
    """Ask the database at `url`.

    Raises:
        OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError: it cannot be asked.
    """
    async with asyncio.timeout(_PATIENCE_S):
        connection = await asyncpg.connect(plain_url(url), timeout=_PATIENCE_S)
        try:
            return await _inspect(connection)
        finally:
            await connection.close()


def knows(revision: str | None) -> bool:
    """Whether this version of Voltaro can bring a schema of that revision up to date."""
    script = ScriptDirectory.from_config(alembic_config())
    return revision is None or revision in {each.revision for each in script.walk_revisions()}


async def drop_statements(connection: Connection) -> str:
    """SQL that removes everything of ours from the schema `public`, extensions excepted.

    What belongs to a table (an identity's sequence) goes with it.
    """
    rows = await connection.fetch(
        """
        SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name) AS statement FROM (
            SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END
                AS kind, c.oid::regclass::text AS name, 'pg_class'::regclass AS class, c.oid
            FROM pg_class c
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')
                AND NOT relispartition
            UNION ALL
            SELECT 'ROUTINE', oid::regprocedure::text, 'pg_proc'::regclass, oid
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'TYPE', oid::regtype::text, 'pg_type'::regclass, oid
            FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
        ) AS ours
        WHERE NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = ours.class AND d.objid = ours.oid AND d.objsubid = 0
                AND d.deptype IN ('e', 'i'))
        """
    )
    return "; ".join(["SET client_min_messages = warning", *(row["statement"] for row in rows)])


async def _inspect(connection: Connection) -> Inspection:
    asked_at = datetime.now(UTC)
    row = await connection.fetchrow(
        """
        SELECT clock_timestamp() AS at, current_setting('server_version') AS version,
            current_setting('server_version_num')::int / 10000 AS major,
            pg_database_size(current_database()) AS size,
            (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relkind IN ('r', 'p') AND NOT relispartition) AS tables,
            (SELECT count(*) FROM unnest($1::text[]) AS name
                WHERE to_regclass('public.' || name) IS NOT NULL) AS ours,
            EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND classid::bigint = $2 AND objid::bigint = $3) AS served
        """,
        list(_OURS),
        LOCK >> 32,
        LOCK & 0xFFFFFFFF,
    )
    assert row is not None
    middle = asked_at + (datetime.now(UTC) - asked_at) / 2
    ours = row["ours"] == len(_OURS)
    partitions = await list_partitions(connection, "journal") if ours else []
    return Inspection(
        server_version=row["version"],
        server_major=row["major"],
        size_bytes=row["size"],
        revision=await connection.fetchval("SELECT version_num FROM alembic_version")
        if ours
        else None,
        newest_revision=ScriptDirectory.from_config(alembic_config()).get_current_head() or "",
        tables=row["tables"],
        ours=ours,
        served=row["served"],
        secret_fingerprint=await connection.fetchval("SELECT secret_fingerprint FROM installation")
        if ours
        else None,
        clock_skew_s=(row["at"] - middle).total_seconds(),
        rows=await _rows(connection) if ours else {},
        journal_days=len([each for each in partitions if each.day <= asked_at.date()]),
        journal_bytes=sum(each.size_bytes for each in partitions),
    )


async def _rows(connection: Connection) -> dict[str, int]:
    """Exact where tables are small, estimated where they are not."""
    found: dict[str, int] = {}
    for table in ("stations", "tokens", "transactions"):
        found[table] = await connection.fetchval(f"SELECT count(*) FROM {table}")
    for table in ("journal", "meter_readings"):
        found[table] = await connection.fetchval(
            """
            SELECT coalesce(sum(s.n_live_tup), 0)::bigint
            FROM pg_inherits i JOIN pg_stat_user_tables s ON s.relid = i.inhrelid
            WHERE i.inhparent = to_regclass($1)
            """,
            table,
        )
    return found
