"""`voltaro doctor`: looks at everything a server needs on this machine and says what to do."""

import os
import resource
import shutil
import socket
import stat
from collections.abc import Generator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from voltaro.cli.doctor_tls import tls_findings
from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.findings import Finding, Verdict
from voltaro.cli.loop import run_async
from voltaro.cli.options import DataDir, Output
from voltaro.cli.output import Format, columns, show_one, show_rows
from voltaro.config import Settings
from voltaro.urls import mask_url

if TYPE_CHECKING:
    from voltaro.store.inspection import Inspection

_OLDEST = 15
#: Stations that are further apart from us get confused about sessions; certificates come later.
_SKEW_S = 2.0
#: Beside the stations there are the database, HTTP clients and the program itself.
_FEW_FILES = 4096
_PATIENCE_S = 3.0


def doctor(
    output: Output = Format.TABLE,
    url: Annotated[
        str | None,
        typer.Option("--url", envvar="VOLTARO_URL", help="The server. [default: this machine's]"),
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(help="PostgreSQL to look at instead of the configured one.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Check settings, data directory, database, clock, ports and reachability of a server here.

    Works whether or not the server runs, and changes nothing. Ends with 0 when nothing fails.
    """
    from voltaro import config
    from voltaro.log import set_up_logging

    set_up_logging("error")
    try:
        settings = config.from_process(database_url=database_url, data_dir=data_dir)
    except config.SettingError as error:
        raise CliError(ExitCode.USAGE, str(error), "docs/operate/settings.md lists them.") from None
    findings = list(examine(settings, url))
    _show(findings, settings, output)
    if failed := [each for each in findings if each.verdict is Verdict.FAIL]:
        raise CliError(
            failed[0].code,
            f"{len(failed)} of {len(findings)} checks failed: "
            + ", ".join(each.check for each in failed),
            failed[0].todo,
        )


def examine(settings: Settings, url: str | None) -> Iterator[Finding]:
    """All findings, in the order in which an operator would look."""
    yield from _settings(settings)
    yield from _data_dir(settings)
    yield from _disk(settings)
    yield from _open_files()
    yield from _database(settings)
    served = yield from _server(settings, url)
    for name, port, flag in (
        ("ocpp port", settings.ocpp_port, "--ocpp-port"),
        ("http port", settings.http_port, "--http-port"),
    ):
        yield _port(name, settings.bind, port, flag, served=served)
    if settings.ocpp_tls_port is not None:
        flag = "--ocpp-tls-port"
        yield _port("ocpp tls port", settings.bind, settings.ocpp_tls_port, flag, served=served)
    yield from tls_findings(settings, datetime.now(UTC))
    yield from _reachability(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    for name, nearest in settings.unknown:
        hint = f"Did you mean {nearest}?" if nearest else "Remove it, or check the spelling."
        yield Finding("settings", Verdict.WARN, f"{name} is no setting", hint)
    if not settings.unknown:
        yield Finding("settings", Verdict.OK, "every VOLTARO_ variable is known")


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder, name = settings.data_dir, "data directory"
    if not folder.exists():
        yield Finding(name, Verdict.OK, f"{folder} does not exist yet; the first start makes it")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        todo = f"Run this as its owner, or: chown -R $USER {folder}"
        detail = f"{folder} cannot be read and written by this user"
        yield Finding(name, Verdict.FAIL, detail, todo, ExitCode.AUTH)
        return
    if (mode := stat.S_IMODE(folder.stat().st_mode)) & 0o022:
        detail = f"{folder} can be written by others (mode {mode:o})"
        yield Finding(name, Verdict.WARN, detail, f"chmod go-w {folder}")
    else:
        yield Finding(name, Verdict.OK, f"{folder} (mode {mode:o})")
    for file in (folder / "secret.key", folder / "admin.key"):
        if file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            detail = f"{file} can be read by others (mode {mode:o})"
            yield Finding(name, Verdict.WARN, detail, f"chmod 600 {file}")


def _disk(settings: Settings) -> Iterator[Finding]:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    detail = f"{free // 1024**2} MiB free in {place}"
    if settings.database_url is None and free < settings.disk_journal_bytes:
        todo = "Free space: below VOLTARO_DISK_JOURNAL_BYTES the journal is not written."
        yield Finding("disk", Verdict.FAIL, detail, todo)
    elif settings.database_url is None and free < settings.disk_warn_bytes:
        yield Finding("disk", Verdict.WARN, detail, "Free space before it runs out.")
    else:
        yield Finding("disk", Verdict.OK, detail)


def _open_files() -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        detail = f"at most {hard} open files: fewer stations than that can be connected"
        yield Finding("open files", Verdict.WARN, detail, "Raise LimitNOFILE= or ulimit -n.")
    else:
        shown = "any number of" if hard == resource.RLIM_INFINITY else f"up to {hard}"
        yield Finding("open files", Verdict.OK, f"{shown} open files")


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url
    if url is None:
        url = yield from _embedded(settings.data_dir)
        if url is None:
            return
    try:
        found = run_async(_inspect(url))
    except Exception as error:  # whatever keeps us from it, the operator must know
        detail = f"{mask_url(url)} cannot be used: {str(error) or type(error).__name__}"
        todo = "Check VOLTARO_DATABASE_URL, and whether the database runs and lets us in."
        yield Finding("database", Verdict.FAIL, detail, todo, ExitCode.UNREACHABLE)
        return
    detail = (
        f"PostgreSQL {found.server_version}, {found.size_bytes // 1024**2} MiB,"
        f" schema {found.revision or 'none yet'} of {found.newest_revision}"
    )
    yield from _judge(found, detail)
    skew = f"{abs(found.clock_skew_s):.1f} s {'ahead' if found.clock_skew_s > 0 else 'behind'}"
    if abs(found.clock_skew_s) > _SKEW_S:
        detail = f"the database's clock is {skew}"
        yield Finding("clock", Verdict.WARN, detail, "Run an NTP client on both machines.")
    else:
        yield Finding("clock", Verdict.OK, f"the database's clock is {skew}")


def _judge(found: "Inspection", detail: str) -> Iterator[Finding]:
    from voltaro.store.inspection import knows

    if found.server_major < _OLDEST:
        todo = f"Voltaro needs PostgreSQL {_OLDEST} or newer."
        yield Finding("database", Verdict.FAIL, detail, todo)
    elif found.tables and not found.ours:
        todo = "It holds tables of something else: give Voltaro a database of its own."
        yield Finding("database", Verdict.FAIL, detail, todo, ExitCode.CONFLICT)
    elif not knows(found.revision):
        todo = "A newer Voltaro has written it: install that version or a later one."
        yield Finding("database", Verdict.FAIL, detail, todo, ExitCode.CONFLICT)
    else:
        yield Finding("database", Verdict.OK, detail)


def _embedded(folder: Path) -> Generator[Finding, None, str | None]:
    """The address of the server's own database while it runs."""
    from voltaro.store.embedded import DatabaseUnavailable, find_client
    from voltaro.store.embedded.cluster import existing_cluster
    from voltaro.store.programs import ProgramsMissing, choose_programs

    try:
        _, dsn = find_client(folder)
    except DatabaseUnavailable as error:
        try:
            cluster = existing_cluster(folder)
            programs = choose_programs(_OLDEST)
        except (DatabaseUnavailable, ProgramsMissing) as missing:
            todo = "pip install 'voltaro[embedded]', or set VOLTARO_DATABASE_URL."
            yield Finding("database", Verdict.FAIL, f"{error} {missing}", todo)
            return None
        state = "stopped" if cluster is not None else "not created yet"
        detail = f"its own, {state}; PostgreSQL {programs.major} in {programs.path}"
        yield Finding("database", Verdict.OK, detail)
        return None
    return dsn


async def _inspect(url: str) -> "Inspection":
    from voltaro.store.inspection import inspect

    return await inspect(url)


def _server(settings: Settings, url: str | None) -> Generator[Finding, None, bool]:
    """Whether a server answers; for those who ask about its ports."""
    import httpx

    from voltaro.cli.client import http_options

    address = url or f"http://{_here(settings.bind)}:{settings.http_port}"
    try:
        with httpx.Client(**http_options(address, None, _PATIENCE_S)) as client:
            answer = client.get("/readyz")
            told = answer.json()
    except (httpx.HTTPError, ValueError):
        verdict = Verdict.WARN if url else Verdict.OK
        yield Finding("server", verdict, f"none answers at {address}", "Start it: voltaro serve")
        return False
    told = told if isinstance(told, dict) else {}
    if answer.is_success and told.get("status") == "ok":
        if warnings := told.get("warnings"):
            yield Finding("server", Verdict.WARN, f"{address}: {'; '.join(warnings)}")
        else:
            yield Finding("server", Verdict.OK, f"{address} is ready")
        return True
    if told.get("code") == "not_ready":
        detail = f"{address} is not ready: {told.get('detail')}"
        todo = "Its log tells more."
        yield Finding("server", Verdict.FAIL, detail, todo, ExitCode.UNREACHABLE)
        return True
    yield Finding("server", Verdict.WARN, f"what answers at {address} is not Voltaro")
    return False


def _port(name: str, bind: str, port: int, flag: str, *, served: bool) -> Finding:
    if port == 0:
        return Finding(name, Verdict.OK, "a free one is taken at the start")
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((bind, port))
        except OSError as error:
            if served:
                return Finding(name, Verdict.OK, f"{port} is served")
            reason = os.strerror(error.errno) if error.errno else str(error)
            todo = f"End what listens there, or choose another with {flag}."
            return Finding(
                name, Verdict.FAIL, f"{port} cannot be used ({reason})", todo, ExitCode.CONFLICT
            )
    if served:
        return Finding(name, Verdict.WARN, f"{port} is free: the server listens on another")
    return Finding(name, Verdict.OK, f"{port} is free")


def _reachability(settings: Settings) -> Iterator[Finding]:
    name = "reachability"
    if (public := settings.public_ocpp_url) is not None:
        host = urlsplit(public).hostname or ""
        if host == "localhost" or host.startswith("127."):
            todo = "Set VOLTARO_PUBLIC_OCPP_URL to the name that stations can reach."
            yield Finding(name, Verdict.WARN, f"{public} leads stations to themselves", todo)
        else:
            yield Finding(name, Verdict.OK, f"stations connect to {public}/<station id>")
        return
    if settings.bind == "localhost" or settings.bind.startswith("127.") or settings.bind == "::1":
        detail = f"only this machine can connect (VOLTARO_BIND is {settings.bind})"
        todo = "Set VOLTARO_BIND=0.0.0.0, or put a proxy in front and set VOLTARO_PUBLIC_OCPP_URL."
        yield Finding(name, Verdict.WARN, detail, todo)
        return
    wide = settings.bind in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    addresses = _addresses() if wide else [settings.bind]
    if not addresses:
        detail = "this machine has no address but its own"
        yield Finding(name, Verdict.WARN, detail, "Connect it to the network of the stations.")
    for each in addresses:
        host = f"[{each}]" if ":" in each else each
        detail = f"stations connect to ws://{host}:{settings.ocpp_port}/<station id>"
        yield Finding(name, Verdict.OK, detail)


def _addresses() -> list[str]:
    """Addresses by which others may reach us: those we would call the outside from."""
    found = []
    for family, outside in (
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET6, "2001:db8::1"),
    ):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((outside, 9))  # sends nothing: datagrams have no handshake
            except OSError:
                continue
            found.append(str(probe.getsockname()[0]))
    return [each for each in found if not each.startswith(("127.", "::1"))]


def _here(bind: str) -> str:
    if bind in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{bind}]" if ":" in bind else bind


def _show(findings: list[Finding], settings: Settings, output: Format) -> None:
    rows: list[dict[str, Any]] = []
    for each in findings:
        row = asdict(each)
        del row["code"]
        rows.append(row)
    effective = {name: value for name, value, _ in settings.describe()}
    if output is Format.JSON:
        show_one({"checks": rows, "settings": effective}, output)
        return
    if output is not Format.TABLE:
        rows += [
            {"check": name, "verdict": "setting", "detail": value, "todo": ""}
            for name, value in effective.items()
        ]
        show_rows(rows, columns("check", "verdict", "detail", "todo"), output)
        return
    show_rows(rows, columns("check", "verdict", "detail", "todo"), output)
    show_rows(
        ({"setting": name, "value": value} for name, value in effective.items()),
        columns("setting", "value"),
        output,
    )
