"""A database that an earlier version filled loses nothing when a newer one takes it over."""

import json
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from voltaro.store.database import open_database
from voltaro.store.engine import alembic_config, migrate
from voltaro.store.facts import Sources
from voltaro.store.upkeep import Bounds

FILLED = Path(__file__).with_name("filled_0001.sql").read_text()
REVISIONS = sorted(
    each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()
)

#: What a column of that type holds in the tables of later revisions; by name where a name says more.
BY_TYPE = {
    "text": "'x'",
    "character": "'EUR'",
    "integer": "1",
    "bigint": "1",
    "numeric": "1.5",
    "double precision": "1.5",
    "boolean": "true",
    "bytea": r"'\x0102'",
    "uuid": "'01900000-0000-7000-8000-00000000000a'",
    "json": """'[{"measurand": "x", "value": 1.50}]'""",
    "jsonb": """'{"a": 1}'""",
    "ARRAY": "'{1}'",
    "timestamp with time zone": "'2026-01-02T03:04:05Z'",
}
BY_NAME = {
    "station_id": "'S1'",
    "evse_id": "1",
    "connector_id": "1",
    "transaction_id": "'01900000-0000-7000-8000-000000000002'",
}


@pytest.fixture
async def url(postgres):
    """A database without any schema."""
    maintenance = await asyncpg.connect(postgres.dsn)
    await maintenance.execute("CREATE DATABASE voltaro_upgrade")
    yield postgres.dsn_of("voltaro_upgrade")
    await maintenance.execute("DROP DATABASE voltaro_upgrade WITH (FORCE)")
    await maintenance.close()


@pytest.fixture
async def connection(url):
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def fill_new_tables(connection):
    """A row in every table that the first schema did not have."""
    for table in await tables(connection):
        if await connection.fetchval(f"SELECT count(*) FROM {table}"):
            continue
        columns = await connection.fetch(
            """
            SELECT column_name, data_type FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = $1
                AND is_identity = 'NO' AND is_generated = 'NEVER'
            """,
            table,
        )
        names = [row["column_name"] for row in columns]
        values = [
            BY_NAME.get(n, BY_TYPE[row["data_type"]]) for n, row in zip(names, columns, strict=True)
        ]
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"
        )


async def tables(connection):
    """Those that refer to others come last."""
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND NOT relispartition AND relname <> 'alembic_version'
        ORDER BY (SELECT count(*) FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'f'),
            relname
        """
    )
    return [row["relname"] for row in rows]


async def contents(connection):
    """Every row of every table, as JSON with every digit."""
    found = {}
    for table in await tables(connection):
        rows = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t")
        found[table] = sorted(
            (json.loads(row["row"], parse_float=str) for row in rows),
            key=lambda row: json.dumps(row, sort_keys=True),
        )
    return found


def lost(before, after):
    """Rows that are not there any more with everything that they said."""
    return [
        (table, row)
        for table, rows in before.items()
        for row in rows
        if not any(row.items() <= other.items() for other in map(Hashed, after.get(table, [])))
    ]


class Hashed(dict):
    """Compared by text: `items() <= items()` wants values that can be hashed."""

    def items(self):
        return {(key, json.dumps(value)) for key, value in super().items()}


def hashed(found):
    return {table: [Hashed(row) for row in rows] for table, rows in found.items()}


async def test_every_table_of_the_first_schema_is_filled(connection, url):
    await migrate(url, "0001")

    await connection.execute(FILLED)

    assert not [name for name, rows in (await contents(connection)).items() if not rows]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_upgrade_from_this_revision_loses_nothing(connection, url, revision):
    await migrate(url, "0001")
    await connection.execute(FILLED)
    first = await contents(connection)
    await migrate(url, revision)
    await fill_new_tables(connection)
    before = await contents(connection)

    await migrate(url)

    after = await contents(connection)
    assert not lost(hashed(first), after)
    assert not lost(hashed(before), after)


async def test_the_server_opens_an_upgraded_database_and_goes_on(connection, url):
    await migrate(url, "0001")
    await connection.execute(FILLED)

    sources = Sources(heartbeat_interval_s=300, retry_interval_s=30)
    forever = Bounds(journal_days=0, attempts_days=0)
    async with open_database(url, sources, forever):
        pass

    next_ref = await connection.fetchval("SELECT nextval('station_refs')")
    # Never a number that a station may still know.
    assert next_ref > 4201
