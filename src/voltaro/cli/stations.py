"""`voltaro stations`: who may connect."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

app = typer.Typer(help="Stations: list, show, variables, add, remove.", no_args_is_help=True)

_COLUMNS = columns(
    "station_id|id",
    "online|connected",
    "registration",
    "security_profile",
    "protocol|ocpp_version",
    "vendor",
    "model",
    "firmware_version|firmware",
    "last_seen|last_seen_at",
    "site",
)
_CERTIFICATE = columns(
    "id", "state", "subject", "serial_number", "not_after", "requested_at", "sha256"
)


_VARIABLES = columns(
    "variable|key",
    "attribute",
    "value",
    "unit",
    "mutability",
    "data_type",
    "values_list",
    "reboot_required",
    "reported_at",
)


class Registration(StrEnum):
    """What a station may do once it has booted."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


@app.command("list")
def list_stations(
    output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """List all stations."""
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/stations"), _COLUMNS, output)


@app.command("show")
def show_station(
    station_id: str,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Show one station."""
    from voltaro.cli.client import station_path

    with connect(url, data_dir) as client:
        show_one(client.get(station_path(station_id)), output)


@app.command("certificates")
def list_certificates(
    station_id: str,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List the certificates that were made for a station, the latest first."""
    from voltaro.cli.client import station_path

    with connect(url, data_dir) as client:
        found = client.items(f"{station_path(station_id)}/certificates")
        show_rows(found, _CERTIFICATE, output)


@app.command("variables")
def list_variables(
    station_id: str,
    *,
    component: Annotated[
        str | None, typer.Option(help="Only those of this component, OCPPCommCtrlr for example.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only those of this name.")] = None,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List the configuration of a station, as it told it last."""
    from voltaro.cli.client import station_path

    with connect(url, data_dir) as client:
        chosen = {"component": component, "name": name}
        found = client.items(f"{station_path(station_id)}/variables", chosen)
        shown = show_rows(found, _VARIABLES, output)
    if not shown:
        note("It told nothing of that. 'voltaro send' asks: get_variables, get_base_report (2.x).")


@app.command("add")
def add_station(
    station_id: str,
    *,
    registration: Annotated[
        Registration | None, typer.Option(help="[default for new ones: accepted]")
    ] = None,
    security_profile: Annotated[
        int | None, typer.Option(min=0, max=3, help="[default for new ones: 1]")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(
            help="Its password; '-' reads a line from stdin. Without it one is generated and"
            " shown once."
        ),
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--tolerant", help="Refuse what the schema refuses.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="The site it stands at.")] = None,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Register a station, or change what is given of a registered one."""
    from voltaro.cli.client import station_path

    if password == "-":  # noqa: S105 - the sign for stdin
        password = typer.get_text_stream("stdin").readline().rstrip("\n")
    given: dict[str, Any] = {
        "registration": registration,
        "security_profile": security_profile,
        "password": password,
        "strict": strict,
        "site": site,
    }
    body = {name: value for name, value in given.items() if value is not None}
    with connect(url, data_dir) as client:
        station = client.put(station_path(station_id), body)
    show_one(station, output)
    if station.get("password") and password is None:
        note("The password is shown this once: set it in the station now.")


@app.command("remove")
def remove_station(
    station_id: str, yes: Yes = False, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Remove a station: it is disconnected, its sessions are kept."""
    from voltaro.cli.client import station_path

    confirm(f"Remove station {station_id}?", yes=yes)
    with connect(url, data_dir) as client:
        client.delete(station_path(station_id))
    note(f"Station {station_id} is removed.")
