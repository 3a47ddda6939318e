"""`voltaro db backup`, `restore` and `status`."""

import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.loop import run_async
from voltaro.cli.options import Output, Yes, confirm
from voltaro.cli.output import Format, note, show_one
from voltaro.config import default_data_dir
from voltaro.urls import mask_url

if TYPE_CHECKING:
    from voltaro.store.backup import Manifest
    from voltaro.store.inspection import Inspection

T = TypeVar("T")

DatabaseUrl = Annotated[
    str | None,
    typer.Option(envvar="VOLTARO_DATABASE_URL", help="Instead of the server's own database."),
]
DatabaseDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="VOLTARO_DATA_DIR", help="The server's data directory."),
]


def write(
    file: Annotated[Path, typer.Argument(help="The archive to write.")],
    *,
    without_journal: Annotated[
        bool, typer.Option("--without-journal", help="Leave out the journal of messages.")
    ] = False,
    without_secret: Annotated[
        bool, typer.Option("--without-secret", help="Leave out secret.key; keep it elsewhere.")
    ] = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
    database_url: DatabaseUrl = None,
    data_dir: DatabaseDir = None,
) -> None:
    """Write a backup of the database, with the secret key; the server may be running."""
    from voltaro.store.backup import write_backup

    if file.exists():
        confirm(f"Overwrite {file}?", yes=yes)
    folder = _folder(data_dir)

    async def main() -> "Manifest":
        async with _database(database_url, folder, create=False) as url:
            secret = None if without_secret else _secret_of(folder, await _inspect(url))
            return await write_backup(url, file, secret=secret, without_journal=without_journal)

    manifest = _run(main())
    show_one({"file": str(file), "bytes": file.stat().st_size, **asdict(manifest)}, output)
    if manifest.secret:
        note("The backup holds secret.key: keep it where nobody else can read it.")
    else:
        note("The secret key is not in the backup, and without it the backup is of no use.")


def restore(
    file: Annotated[Path, typer.Argument(help="The archive to restore.")],
    *,
    yes: Yes = False,
    output: Output = Format.TABLE,
    database_url: DatabaseUrl = None,
    data_dir: DatabaseDir = None,
) -> None:
    """Replace the database by a backup; the server must be stopped."""
    from voltaro.store.backup import check_restore, read_manifest, read_secret, restore_backup

    if not file.is_file():
        raise CliError(ExitCode.NOT_FOUND, f"there is no file {file}", "Check the path.")
    folder = _folder(data_dir)

    async def main() -> "Manifest":
        manifest = read_manifest(file)
        secret = read_secret(file)
        async with _database(database_url, folder, create=True) as url:
            found = await _inspect(url)
            programs = check_restore(manifest, found)
            if found.tables:
                sessions = found.rows.get("transactions", 0)
                confirm(
                    f"Replace the database {mask_url(url)} with its {sessions} sessions?", yes=yes
                )
            if _would_replace(folder, secret):
                confirm(f"Replace {folder / 'secret.key'}?", yes=yes)
            await restore_backup(url, file, programs)
        _put_secret(folder, secret)
        return manifest

    manifest = _run(main())
    show_one({"file": str(file), **asdict(manifest)}, output)
    if not manifest.secret:
        note("Start the server with the secret key that this data was written with.")
    elif os.environ.get("VOLTARO_SECRET_KEY"):
        note("VOLTARO_SECRET_KEY is set and wins over secret.key of the backup.")


def status(
    output: Output = Format.TABLE, database_url: DatabaseUrl = None, data_dir: DatabaseDir = None
) -> None:
    """Show version, size, schema and contents of the database."""
    folder = _folder(data_dir)

    async def main() -> dict[str, Any]:
        async with _database(database_url, folder, create=False) as url:
            return {"url": mask_url(url), **shown(await _inspect(url))}

    show_one(_run(main()), output)


def shown(found: "Inspection") -> dict[str, Any]:
    """An inspection in the words of the command line."""
    return {
        "server_version": found.server_version,
        "size_bytes": found.size_bytes,
        "schema": found.revision,
        "newest_schema": found.newest_revision,
        "served": found.served,
        **found.rows,
        "journal_days": found.journal_days,
        "journal_bytes": found.journal_bytes,
    }


def _folder(data_dir: Path | None) -> Path:
    return (default_data_dir() if data_dir is None else data_dir).absolute()


def _run(main: Coroutine[Any, Any, T]) -> T:
    """Run; what can go wrong becomes an exit code."""
    import asyncpg

    from voltaro.log import set_up_logging
    from voltaro.store.backup import BackupRefused, BackupUnreadable
    from voltaro.store.embedded import DatabaseUnavailable
    from voltaro.store.engine import BadDatabaseUrl
    from voltaro.store.programs import ProgramFailed, ProgramsMissing

    set_up_logging("warning")
    try:
        return run_async(main)
    except (BackupRefused, DatabaseUnavailable) as error:
        what, _, todo = str(error).partition(". ")
        raise CliError(ExitCode.CONFLICT, what, todo) from error
    except (BackupUnreadable, BadDatabaseUrl) as error:
        raise CliError(ExitCode.USAGE, str(error), "Check what you gave.") from error
    except ProgramsMissing as error:
        todo = "Install PostgreSQL's client programs, or pip install 'voltaro[embedded]'."
        raise CliError(ExitCode.UNEXPECTED, str(error), todo) from error
    except ProgramFailed as error:
        raise CliError(
            ExitCode.UNEXPECTED, str(error), "Nothing was changed in the database."
        ) from error
    except (TimeoutError, ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CliError(
            ExitCode.UNREACHABLE,
            f"the database cannot be used: {str(error) or type(error).__name__}",
            "Check --database-url and the database's log.",
        ) from error
    except OSError as error:
        raise CliError(ExitCode.UNEXPECTED, str(error), "Check rights and free space.") from error


@asynccontextmanager
async def _database(url: str | None, folder: Path, *, create: bool) -> AsyncIterator[str]:
    """The address of the database; the server's own is started for the while if need be."""
    from voltaro.store.embedded import DatabaseUnavailable, find_client, start
    from voltaro.store.embedded.cluster import existing_cluster

    if url is not None:
        yield url
        return
    if not create and existing_cluster(folder) is None:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"there is no database in {folder}",
            "Name the right --data-dir, or --database-url.",
        )
    try:
        _, dsn = find_client(folder)
    except DatabaseUnavailable:
        postgres = await start(folder)
        try:
            yield postgres.dsn
        finally:
            await postgres.stop()
    else:
        yield dsn


async def _inspect(url: str) -> "Inspection":
    from voltaro.store.inspection import inspect

    return await inspect(url)


def _secret_of(folder: Path, found: "Inspection") -> str | None:
    """The key in the data directory, if it is the one this database was written with."""
    from voltaro.services.secrets import Keyring

    if os.environ.get("VOLTARO_SECRET_KEY", "").strip():
        return None
    try:
        secret = (folder / "secret.key").read_text().strip()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise CliError(
            ExitCode.AUTH,
            f"{error.filename} cannot be read",
            "Run this as the user that runs the server, or leave it out with --without-secret.",
        ) from error
    if Keyring(secret).fingerprint() != found.secret_fingerprint:
        note(f"warning: {folder / 'secret.key'} is not the key of this database")
        return None
    return secret


def _would_replace(folder: Path, secret: str | None) -> bool:
    file = folder / "secret.key"
    return secret is not None and file.exists() and file.read_text().strip() != secret


def _put_secret(folder: Path, secret: str | None) -> None:
    """Write the key; another one that is there is kept beside it."""
    from voltaro.services.secrets import read_or_create

    if secret is None:
        return
    file = folder / "secret.key"
    if _would_replace(folder, secret):
        file.replace(folder / "secret.key.before-restore")
    read_or_create(file, secret)
