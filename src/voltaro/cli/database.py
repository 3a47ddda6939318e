"""`voltaro db`: the database behind the server."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from voltaro.cli import backup
from voltaro.cli.failure import CliError, ExitCode
from voltaro.config import default_data_dir
from voltaro.urls import without_password

app = typer.Typer(help="The database.", no_args_is_help=True)


app.command("backup")(backup.write)
app.command("restore")(backup.restore)
app.command("status")(backup.status)


@app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    database_url: Annotated[
        str | None,
        typer.Option(envvar="VOLTARO_DATABASE_URL", help="Instead of the server's own database."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(envvar="VOLTARO_DATA_DIR", help="The server's data directory.")
    ] = None,
) -> None:
    """Open psql on the server's database; further arguments go to psql."""
    program, dsn, environment = (
        _embedded(data_dir) if database_url is None else _external(database_url)
    )
    sys.stdout.flush()
    os.execve(  # noqa: S606 - the user's own psql, no shell
        program, [program, "--dbname", dsn, *context.args], {**os.environ, **environment}
    )


def _embedded(data_dir: Path | None) -> tuple[str, str, dict[str, str]]:
    from voltaro.store.embedded import DatabaseUnavailable, find_client

    folder = (default_data_dir() if data_dir is None else data_dir).absolute()
    try:
        program, dsn = find_client(folder)
    except DatabaseUnavailable as error:
        what, _, todo = str(error).partition(". ")
        raise CliError(ExitCode.UNREACHABLE, what, todo) from error
    return str(program), dsn, {}


def _external(url: str) -> tuple[str, str, dict[str, str]]:
    program = shutil.which("psql")
    if program is None:
        raise CliError(
            ExitCode.UNEXPECTED,
            "there is no psql on this machine",
            "Install PostgreSQL's client programs.",
        )
    return program, *without_password(url)
