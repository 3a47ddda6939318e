"""`voltaro tokens`: who may charge."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="Tokens: list, show, add, remove.", no_args_is_help=True)

_COLUMNS = columns("token|value", "type", "status", "expires_at", "group")


class Status(StrEnum):
    """What a token is good for."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"


@app.command("list")
def list_tokens(
    output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """List all tokens."""
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/tokens"), _COLUMNS, output)


@app.command("show")
def show_token(
    value: str, output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Show one token."""
    from voltaro.cli.client import token_path

    with connect(url, data_dir) as client:
        show_one(client.get(token_path(value)), output)


@app.command("add")
def add_token(
    value: str,
    *,
    kind: Annotated[
        str | None, typer.Option("--type", help="ISO14443, Central, … ; any when not said.")
    ] = None,
    status: Annotated[Status | None, typer.Option(help="[default: accepted]")] = None,
    expires_at: Annotated[
        str | None, typer.Option(help="RFC 3339 time, such as 2027-01-31T12:00:00Z.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Group of tokens it belongs to.")] = None,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Add a token, or change what is given of an existing one."""
    from voltaro.cli.client import token_path

    given: dict[str, Any] = {
        "type": kind,
        "status": status,
        "expires_at": None if expires_at is None else _moment(expires_at),
        "group": group,
    }
    body = {name: each for name, each in given.items() if each is not None}
    with connect(url, data_dir) as client:
        show_one(client.put(token_path(value), body), output)


@app.command("remove")
def remove_token(
    value: str, yes: Yes = False, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Remove a token; sessions it paid for are kept."""
    from voltaro.cli.client import token_path

    confirm(f"Remove token {value}?", yes=yes)
    with connect(url, data_dir) as client:
        client.delete(token_path(value))
    note(f"Token {value} is removed.")


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(
            f"{text!r} is no time with a zone, such as 2027-01-31T12:00:00Z",
            param_hint="--expires-at",
        )
    return text
