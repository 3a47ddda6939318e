"""`voltaro keys`: who may use the API."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="API keys: list, add, remove.", no_args_is_help=True)

_COLUMNS = columns("name", "scopes", "expires_at", "last_used_at", "created_by")


class Scope(StrEnum):
    """What a key is good for; each stands for itself."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@app.command("list")
def list_keys(
    output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """List all keys; the keys themselves are not kept and cannot be shown."""
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/keys"), _COLUMNS, output)


@app.command("add")
def add_key(
    name: str,
    *,
    scope: Annotated[list[Scope], typer.Option(help="May be given several times.")],
    expires_at: Annotated[
        str | None, typer.Option(help="RFC 3339 time, such as 2027-01-31T12:00:00Z.")
    ] = None,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Make a key and show it, this once."""
    body = {"name": name, "scopes": [each.value for each in scope], "expires_at": expires_at}
    given = {field: value for field, value in body.items() if value is not None}
    with connect(url, data_dir) as client:
        show_one(client.post("/api/v1/keys", given), output)
    note("Keep the key now: it is not shown again.")


@app.command("remove")
def remove_key(
    name: str, yes: Yes = False, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Remove a key; whoever uses it is refused from now on."""
    confirm(f"Remove key {name}?", yes=yes)
    with connect(url, data_dir) as client:
        client.delete(f"/api/v1/keys/{quote(name, safe='')}")
    note(f"Key {name} is removed.")
