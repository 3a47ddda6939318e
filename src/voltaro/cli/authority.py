"""`voltaro ca`: the root that certificates of stations hang from."""

from pathlib import Path
from typing import Annotated

import typer

from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, connect
from voltaro.cli.output import Format, columns, note, show_rows

app = typer.Typer(help="The certificate authority of stations: show, export.", no_args_is_help=True)

_PATH = "/api/v1/certificate-authority"
_COLUMNS = columns("subject", "serial_number", "not_after", "sha256")


@app.command("show")
def show_authority(
    output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Show what is known of the root."""
    with connect(url, data_dir) as client:
        show_rows(client.get(_PATH)["items"], _COLUMNS, output)


@app.command("export")
def export_authority(
    file: Annotated[Path | None, typer.Argument(help="[default: stdout]")] = None,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Write the root as PEM, to be installed where certificates of stations are checked."""
    with connect(url, data_dir) as client:
        text = "".join(each["certificate"] for each in client.get(_PATH)["items"])
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text)
        note(f"The root is in {file}.")
