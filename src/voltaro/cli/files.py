"""`voltaro files`: firmware for stations, and what stations brought."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="Files: list, add, get, remove.", no_args_is_help=True)

_COLUMNS = columns("id", "created_at", "kind", "name", "size", "station_id", "sha256")
_UPLOAD_S = 3600.0


class Kind(StrEnum):
    """What a file is good for."""

    FIRMWARE = "firmware"
    DIAGNOSTICS = "diagnostics"
    LOG = "log"
    OTHER = "other"


@app.command("list")
def list_files(
    *,
    kind: Annotated[Kind | None, typer.Option(help="Only these.")] = None,
    station: Annotated[
        str | None, typer.Option("--station", help="What this station brought.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List the newest files."""
    wanted = {"kind": kind, "station_id": station, "limit": min(limit, 100)}
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/files", wanted, limit=limit), _COLUMNS, output)


@app.command("add")
def add_file(
    file: Path,
    *,
    kind: Annotated[Kind, typer.Option(help="What it is good for.")] = Kind.FIRMWARE,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Upload a file; `voltaro send … update_firmware file_id=…` hands it to a station."""
    try:
        content = file.open("rb")
    except OSError as error:
        raise CliError(ExitCode.USAGE, f"{file} cannot be read: {error.strerror}") from error
    with content, connect(url, data_dir, timeout_s=_UPLOAD_S) as client:
        show_one(client.upload("/api/v1/files", content, {"name": file.name, "kind": kind}), output)


@app.command("get")
def get_file(
    file_id: str,
    target: Annotated[Path | None, typer.Argument(help="Default: its own name, here.")] = None,
    *,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Download a file; nothing that is there already is written over."""
    from voltaro.cli.client import file_path

    with connect(url, data_dir, timeout_s=_UPLOAD_S) as client:
        about = client.get(file_path(file_id))
        place = target or Path(about["name"].replace("/", "_"))
        try:
            with place.open("xb") as out:
                size = client.download(f"{file_path(file_id)}/content", out)
        except FileExistsError as error:
            raise CliError(
                ExitCode.CONFLICT, f"{place} is there already", "Name another."
            ) from error
        except OSError as error:
            raise CliError(
                ExitCode.USAGE, f"{place} cannot be written: {error.strerror}"
            ) from error
    note(f"{place}: {size} bytes.")


@app.command("remove")
def remove_file(
    file_id: str, *, yes: Yes = False, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Delete a file; addresses that were given out for it end."""
    from voltaro.cli.client import file_path

    confirm(f"Delete file {file_id}?", yes=yes)
    with connect(url, data_dir) as client:
        client.delete(file_path(file_id))
    note(f"File {file_id} is deleted.")
