"""`voltaro sessions`: what was charged."""

import contextlib
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer

from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="Charging sessions: list, show, close, export.", no_args_is_help=True)

_COLUMNS = columns(
    "id",
    "station_id",
    "evse_id",
    "connector_id",
    "token",
    "started_at",
    "ended_at",
    "duration_s",
    "energy_wh",
    "stop_reason",
)
_READINGS = columns("at|timestamp|sampled_at", "measurand", "value", "unit", "phase", "context")

Station = Annotated[str | None, typer.Option("--station", help="Only this station's.")]
Token = Annotated[str | None, typer.Option("--token", help="Only this token's.")]
Open = Annotated[
    bool | None, typer.Option("--open/--ended", help="Only running ones, or only ended ones.")
]


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSONL = "jsonl"


@app.command("list")
def list_sessions(
    *,
    station: Station = None,
    token: Token = None,
    running: Open = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List the newest sessions."""
    wanted = _filter(station, token, running) | {"limit": min(limit, 100)}
    with connect(url, data_dir) as client:
        count = show_rows(
            client.items("/api/v1/transactions", wanted, limit=limit), _COLUMNS, output
        )
    if count == limit:
        note(f"The newest {limit}; --limit shows more, `voltaro sessions export` all.")


@app.command("show")
def show_session(
    session_id: str,
    readings: Annotated[bool, typer.Option("--readings", help="Its meter values instead.")] = False,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Show one session, or its meter values."""
    from voltaro.cli.client import transaction_path

    path = transaction_path(session_id)
    with connect(url, data_dir) as client:
        if readings:
            show_rows(client.items(f"{path}/meter-values"), _READINGS, output)
        else:
            show_one(client.get(path), output)


@app.command("close")
def close_session(
    session_id: str,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    register_stop_wh: Annotated[
        float | None, typer.Option("--register-wh", help="What the meter shows, if you know.")
    ] = None,
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Close a session that its station will never end; a real end replaces this one."""
    from voltaro.cli.client import transaction_path

    confirm(f"Close session {session_id}?", yes=yes)
    body = {"reason": reason, "register_stop_wh": register_stop_wh}
    given = {name: value for name, value in body.items() if value is not None}
    with connect(url, data_dir) as client:
        closed = client.post(f"{transaction_path(session_id)}/close", given)
    note(f"Session {session_id} is closed with {closed['energy_wh']} Wh.")


@app.command("export")
def export_sessions(
    *,
    form: Annotated[ExportFormat, typer.Option("--format", "-f")] = ExportFormat.CSV,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write here instead of stdout.")
    ] = None,
    station: Station = None,
    token: Token = None,
    running: Open = None,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Write all sessions, newest first; JSON lines carry every field."""
    wanted = _filter(station, token, running) | {"limit": 100}
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(connect(url, data_dir))
        # Nothing is written over before the server has answered.
        rows = client.items("/api/v1/transactions", wanted)
        first = list(islice(rows, 1))
        out = None
        if file is not None:
            out = stack.enter_context(file.open("w", encoding="utf-8", newline=""))
        count = show_rows(chain(first, rows), _COLUMNS, Format(form.value), out)
    note(f"{count} sessions exported.")


def _filter(station: str | None, token: str | None, running: bool | None) -> dict[str, Any]:
    given = {"station_id": station, "token": token, "open": running}
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in given.items()
        if value is not None
    }
