"""The migrations make the schema that the models declare."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from voltaro.store.engine import alembic_config, make_engine, migrate
from voltaro.store.models import Base


async def test_migrations_make_what_the_models_declare(database_url):
    engine = make_engine(database_url, pool_size=1)

    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)

    await engine.dispose()
    assert differences == []


async def test_indexes_are_as_declared_to_the_last_word(database_url):
    """The comparison above does not look into expressions and conditions."""
    engine = make_engine(database_url, pool_size=1)
    async with engine.begin() as connection:
        migrated = await connection.run_sync(_index_definitions)
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
        await connection.run_sync(Base.metadata.create_all)

        declared = await connection.run_sync(_index_definitions)

    await engine.dispose()
    assert migrated == declared


async def test_migrating_twice_is_harmless(database_url):
    await migrate(database_url)

    engine = make_engine(database_url, pool_size=1)
    async with engine.connect() as connection:
        revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    await engine.dispose()
    assert revision == ScriptDirectory.from_config(alembic_config()).get_current_head()


def _differences(connection: Connection) -> list[Any]:
    partitions = set(
        connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition")).all()
    )

    def counts(_object: Any, name: str | None, kind: str, *_rest: Any) -> bool:
        return kind != "table" or name not in partitions

    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "compare_server_default": True, "include_object": counts},
    )
    return list(compare_metadata(context, Base.metadata))


def _index_definitions(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        text(
            """
            SELECT c.relname, pg_get_indexdef(c.oid)
            FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t
                ON t.oid = i.indrelid
            WHERE c.relnamespace = 'public'::regnamespace AND NOT t.relispartition
                AND t.relname <> 'alembic_version'
            """
        )
    )
    return dict(iter(rows))
