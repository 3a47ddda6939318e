"""`voltaro serve`: the whole server in one process."""

from pathlib import Path
from typing import Annotated

import typer

from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.loop import run_async


def serve(
    *,
    ocpp_port: Annotated[
        int | None, typer.Option(help="Port for stations; 0 picks a free one. [default: 9000]")
    ] = None,
    ocpp_tls_port: Annotated[
        int | None, typer.Option(help="Port for stations with TLS; 0 picks one. [default: none]")
    ] = None,
    tls_cert: Annotated[
        list[Path] | None,
        typer.Option(help="Certificate with its chain, PEM; once for RSA, once for EC."),
    ] = None,
    tls_key: Annotated[
        list[Path] | None, typer.Option(help="Its private key; in the same order.")
    ] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option(help="Roots of stations' certificates from elsewhere, PEM.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option(help="Port for API and console; 0 picks one. [default: 8080]")
    ] = None,
    bind: Annotated[str | None, typer.Option(help="Address. [default: 0.0.0.0]")] = None,
    database_url: Annotated[
        str | None, typer.Option(help="PostgreSQL to use instead of an own one.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Own database and local keys. [default: ./voltaro-data]")
    ] = None,
    unknown_stations: Annotated[
        str | None, typer.Option(help="refuse, pending or accept. [default: refuse]")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="How people reach the HTTP port from outside.")
    ] = None,
    public_ocpp_url: Annotated[
        str | None, typer.Option(help="How stations reach the OCPP port from outside.")
    ] = None,
    trusted_proxies: Annotated[
        str | None, typer.Option(help="Networks whose X-Forwarded-For is believed, by commas.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Port for /metrics without a key; 0 picks one.")
    ] = None,
    ftp_port: Annotated[
        int | None, typer.Option(help="Port of FTP for stations, in clear text. [default: none]")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. [default: info]")
    ] = None,
    log_format: Annotated[
        str | None, typer.Option(help="auto, console or json. [default: auto]")
    ] = None,
) -> None:
    """Run the server. Every flag has a VOLTARO_ variable, see docs/operate/settings.md."""
    from voltaro import config

    try:
        settings = config.from_process(
            ocpp_port=ocpp_port,
            ocpp_tls_port=ocpp_tls_port,
            tls_cert=_listed(tls_cert),
            tls_key=_listed(tls_key),
            tls_client_ca=tls_client_ca,
            http_port=http_port,
            bind=bind,
            database_url=database_url,
            data_dir=data_dir,
            unknown_stations=unknown_stations,
            public_url=public_url,
            public_ocpp_url=public_ocpp_url,
            trusted_proxies=trusted_proxies,
            metrics_port=metrics_port,
            ftp_port=ftp_port,
            log_level=log_level,
            log_format=log_format,
        )
    except config.SettingError as error:
        raise CliError(ExitCode.USAGE, str(error), "docs/operate/settings.md lists them.") from None
    from voltaro.log import set_up_logging

    set_up_logging(settings.log_level, settings.log_format)

    from voltaro.app import run
    from voltaro.ports import StartRefused

    try:
        run_async(run(settings))
    except StartRefused as error:
        raise CliError(
            ExitCode(getattr(error, "exit_code", ExitCode.UNEXPECTED)), str(error)
        ) from error


def _listed(paths: list[Path] | None) -> str | None:
    """As their variable lists them."""
    return ",".join(map(str, paths)) if paths else None
