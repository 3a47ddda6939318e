"""`voltaro commands`: what was asked of stations, and what came of it."""

from typing import Annotated

import typer

from voltaro.cli.completion import station_ids
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="Commands: list, show, cancel.", no_args_is_help=True)

_COLUMNS = columns(
    "id", "created_at", "station_id", "command", "state", "detail", "answer", "author"
)


@app.command("list")
def list_commands(
    *,
    station: Annotated[
        str | None,
        typer.Option("--station", help="Only this station's.", autocompletion=station_ids),
    ] = None,
    running: Annotated[
        bool | None, typer.Option("--open/--over", help="Only those that are not over, or are.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List the newest commands."""
    final = None if running is None else str(not running).lower()
    wanted = {"station_id": station, "final": final, "limit": min(limit, 100)}
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/commands", wanted, limit=limit), _COLUMNS, output)


@app.command("show")
def show_command(
    command_id: str,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Show one command."""
    from voltaro.cli.client import command_path

    with connect(url, data_dir) as client:
        show_one(client.get(command_path(command_id)), output)


@app.command("cancel")
def cancel_command(command_id: str, *, url: Url = DEFAULT_URL, data_dir: DataDir = None) -> None:
    """Withdraw a command that was not sent yet."""
    from voltaro.cli.client import command_path

    with connect(url, data_dir) as client:
        client.post(f"{command_path(command_id)}/cancel", {})
    note(f"Command {command_id} is withdrawn.")
