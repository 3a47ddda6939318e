"""PostgreSQL's client programs (pg_dump, pg_restore, psql): finding and running those that fit."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from voltaro.store.embedded.account import ourselves, run_as
from voltaro.store.embedded.binaries import candidates
from voltaro.store.engine import plain_url
from voltaro.urls import without_password

_CHUNK = 256 * 1024
_NEEDED = ("pg_dump", "pg_restore", "psql")


class ProgramsMissing(Exception):
    """No programs of a fitting version are on this machine; the text says which would fit."""


class ProgramFailed(Exception):
    """A program ended badly; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory that holds the three programs, and their major version."""

    path: Path
    major: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How programs reach a database: no password in `url`, since command lines are public."""

    url: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, url: str) -> "Address":
        """Of a database URL, with its password if it has one."""
        plain, environment = without_password(plain_url(url))
        return cls(url=plain, environment=environment)


def choose_programs(server: int, *, dump: int = 0) -> Programs:
    """The programs nearest to the server's major version that can also read a dump of `dump`.

    pg_dump refuses a server newer than itself, pg_restore a dump newer than itself.

    Raises:
        ProgramsMissing: none fits.
    """
    least = max(server, dump)
    found = sorted(_found(), key=lambda each: each.major)
    fitting = [each for each in found if each.major >= least]
    if not fitting:
        here = ", ".join(f"{each.major} ({each.path})" for each in found) or "none"
        raise ProgramsMissing(
            f"there is no pg_dump, pg_restore and psql of PostgreSQL {least} or newer on this "
            f"machine (found: {here})"
        )
    return fitting[0]


def _found() -> Iterator[Programs]:
    on_path = shutil.which("pg_dump")
    # A wrapper (Debian's) picks a version by itself: what is behind it comes with the others.
    directories = [*candidates(), *([Path(on_path).resolve().parent] if on_path else [])]
    for directory in dict.fromkeys(directories):
        if all((directory / name).is_file() for name in _NEEDED):
            told = run_as(ourselves(), (directory / "pg_dump", "--version"))
            if version := re.search(r"\(PostgreSQL\) (\d+)", told.stdout):
                yield Programs(directory, int(version[1]))


async def dump(
    programs: Programs,
    address: Address,
    out: Callable[[bytes], object],
    *,
    without_journal: bool = False,
) -> None:
    """Hand a consistent dump in pg_dump's custom format to `out`, piece by piece.

    Raises:
        ProgramFailed: pg_dump could not; what came before is worth nothing.
    """
    arguments = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    arguments += ["--dbname", address.url]
    if without_journal:
        arguments.append("--exclude-table-data=journal*")
    async with _running(programs, "pg_dump", address, *arguments) as process:
        assert process.stdout is not None
        while piece := await process.stdout.read(_CHUNK):
            out(piece)


async def restore(programs: Programs, address: Address, dumped: IO[bytes], *, first: str) -> None:
    """Run the statements `first` and then the dump, all in one database transaction.

    Raises:
        ProgramFailed: the database is as it was before.
    """
    script = ("--no-owner", "--no-privileges", "--file=-")
    target = (
        "--no-psqlrc", "--no-password", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1",
        f"--command={first}", "--file=-", "--dbname", address.url,
    )  # fmt: skip
    async with _running(programs, "psql", address, *target) as psql:
        taken = True
        try:
            async with _running(programs, "pg_restore", address, *script) as reader:
                feeding = asyncio.create_task(_feed(dumped, reader))
                taken = await _pour(reader, psql)
                await feeding
        except ProgramFailed:
            if taken:
                # The end of its input would be a COMMIT of half a dump.
                psql.kill()
                raise
        _close(psql)


async def _feed(source: IO[bytes], reader: asyncio.subprocess.Process) -> None:
    assert reader.stdin is not None
    try:
        while piece := source.read(_CHUNK):
            reader.stdin.write(piece)
            await reader.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # it has said why
    finally:
        _close(reader)


async def _pour(reader: asyncio.subprocess.Process, psql: asyncio.subprocess.Process) -> bool:
    """What one says into the other; False when the other did not take all of it."""
    assert reader.stdout is not None
    assert psql.stdin is not None
    head = True
    while piece := await reader.stdout.read(_CHUNK):
        if head:
            # Written by 17 and later whatever the server; older servers do not know it.
            piece = re.sub(rb"(?m)^SET transaction_timeout = 0;\n", b"", piece)
            head = False
        try:
            psql.stdin.write(piece)
            await psql.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            reader.kill()
            return False  # psql has said why
    return True


def _close(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()


@asynccontextmanager
async def _running(
    programs: Programs, name: str, address: Address, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program until the end of the block, where it must have ended well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTARO_")}
    environment = {**kept, "PGCLIENTENCODING": "UTF8", "LC_ALL": "C", **address.environment}
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            programs.path / name,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env=environment,
        )
        try:
            yield process
            code = await process.wait()
        except BaseException:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise
        if code != 0:
            said.seek(0)
            last = said.read()[-2000:].decode(errors="replace").strip()
            raise ProgramFailed(f"{name}: {last or f'ended with code {code}'}")
