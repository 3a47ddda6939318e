"""What many tests need: one PostgreSQL per run, and a migrated database of its own for each test."""

import asyncio
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from voltaro.store import embedded
from voltaro.store.engine import migrate

_TEMPLATE = "voltaro_template"
_PLENTY = 4 * 1024**3
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Postgres:
    """A running server. `dsn` is of its maintenance database."""

    dsn: str
    runner: asyncio.Runner

    def dsn_of(self, database: str) -> str:
        return _named(self.dsn, database)

    def execute(self, *statements: str) -> None:
        self.runner.run(self._execute(statements))

    async def _execute(self, statements: tuple[str, ...]) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _named(dsn: str, database: str) -> str:
    return re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{database}", dsn)


def _fast_place() -> str | None:
    """Memory where there is plenty: a database per test means hundreds of files to be synced."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _PLENTY:
        return str(memory)
    return None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this run, run by the supervisor that users get."""
    with (
        tempfile.TemporaryDirectory(prefix="voltaro-test-", dir=_fast_place()) as folder,
        asyncio.Runner() as runner,
    ):
        # The user whom the server runs as must be able to walk down to its data.
        Path(folder).chmod(0o711)
        server = runner.run(embedded.start(Path(folder) / "data"))
        try:
            postgres = Postgres(_named(server.dsn, "postgres"), runner)
            postgres.execute(f"CREATE DATABASE {_TEMPLATE}")
            runner.run(migrate(postgres.dsn_of(_TEMPLATE)))
            yield postgres
        finally:
            runner.run(server.stop())


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """A migrated database for one test."""
    name = f"voltaro_test_{next(_NUMBERS)}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
    yield postgres.dsn_of(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
