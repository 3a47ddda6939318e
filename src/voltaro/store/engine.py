"""Connections to PostgreSQL: a SQLAlchemy engine for reads, migrations at start."""

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")


class BadDatabaseUrl(ValueError):
    """The database URL is not one of PostgreSQL."""


def plain_url(url: str) -> str:
    """The URL as libpq and asyncpg take it."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise BadDatabaseUrl(
            f"the database URL begins with {scheme[:20]!r}; "
            "expected postgresql://user:password@host:5432/database"
        )
    return f"postgresql://{rest}"


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for reads and for everything off the hot path."""
    dsn = plain_url(url)
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn),
        pool_size=pool_size,
        pool_pre_ping=True,
    )


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "voltaro:store/migrations")
    return config


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema to the newest revision, in one transaction; harmless when it is there."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
