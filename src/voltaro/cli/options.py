"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltaro.cli.output import Format

if TYPE_CHECKING:
    from voltaro.cli.client import Client

DEFAULT_URL = "http://127.0.0.1:8080"

Url = Annotated[
    str,
    typer.Option("--url", envvar="VOLTARO_URL", help="The server's HTTP address."),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="VOLTARO_DATA_DIR",
        help="Where the local administrator key lies; used when VOLTARO_API_KEY is not set.",
    ),
]
Output = Annotated[
    Format,
    typer.Option("--output", "-o", help="table is tab-separated lines when not on a terminal."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def connect(url: str, data_dir: Path | None, *, timeout_s: float = 40.0) -> "Client":
    """A client of the server at `url` with the key this user has."""
    from voltaro.cli.client import Client, find_key

    return Client(url, find_key(url, data_dir), timeout_s=timeout_s)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone; without a terminal `--yes` must be given."""
    import sys

    from voltaro.cli.failure import CliError, ExitCode

    if yes:
        return
    if not sys.stdin.isatty():
        raise CliError(ExitCode.USAGE, f"{question} Nobody is here to ask", "Say --yes.")
    if not typer.confirm(question, err=True):
        raise CliError(ExitCode.UNEXPECTED, "nothing was done")
