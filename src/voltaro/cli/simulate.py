"""`voltaro simulate`: a fleet of simulated stations against a server."""

import asyncio
import dataclasses
import os
import secrets
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.loop import run_async
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url
from voltaro.cli.output import Format, note, show_one
from voltaro.domain.values import changed

if TYPE_CHECKING:
    import httpx

    from voltaro.testing import Fleet, FleetSummary, Member

_AT_ONCE = 20
#: The security profile without a password.
_BY_CERTIFICATE = 3


class Protocol(StrEnum):
    """OCPP versions that are simulated."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"


def simulate(
    *,
    stations: Annotated[int, typer.Option(min=1, help="How many stations.")] = 10,
    protocol: Annotated[Protocol, typer.Option(help="OCPP version.")] = Protocol.V201,
    duration: Annotated[float, typer.Option(min=0, help="Seconds; 0 runs until Ctrl-C.")] = 60.0,
    speed: Annotated[
        float, typer.Option(min=0.01, max=10000, help="How much faster than real time they live.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same visits.")] = 0,
    connectors: Annotated[int, typer.Option(min=1, max=16, help="Per station.")] = 1,
    meter_every: Annotated[
        float, typer.Option(min=1, help="Seconds between meter values, by the station's clock.")
    ] = 30.0,
    prefix: Annotated[
        str, typer.Option(help="Station ids begin with it; two runs at a time need two.")
    ] = "SIM",
    ocpp_url: Annotated[
        str | None,
        typer.Option(help="Where stations connect. [default: the server's host, port 9000]"),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="Root to trust where stations connect by wss://, PEM.")
    ] = None,
    client_cert: Annotated[
        str | None,
        typer.Option(
            help="Certificate that stations show, PEM with its chain; {station} in it is their id."
        ),
    ] = None,
    client_key: Annotated[
        str | None, typer.Option(help="Its key, PEM. [default: in the file of the certificate]")
    ] = None,
    security_profile: Annotated[
        int | None,
        typer.Option(min=1, max=3, help="[default: 3 with a certificate, else 1]"),
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option(metavar="ACTION", help="A command they refuse; repeatable.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ACTION", help="A command they never answer.")
    ] = None,
    delay: Annotated[
        float, typer.Option(min=0, help="Seconds before they obey any other command.")
    ] = 0.0,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Simulate stations with drivers: they are registered, connect, charge and leave.

    They obey what the server commands. Ctrl-C ends the sessions properly; a second one leaves at once.
    """
    from voltaro.cli.client import find_key
    from voltaro.log import set_up_logging
    from voltaro.testing import Fleet, FleetPlan, FleetSummary

    set_up_logging("warning")
    _check_actions(protocol, [*(refuse or []), *(ignore or [])])
    profile = security_profile or (3 if client_cert else 1)
    if (profile == _BY_CERTIFICATE) is not (client_cert is not None):
        raise typer.BadParameter("security profile 3 and --client-cert go together")
    if client_key is not None and client_cert is None:
        raise typer.BadParameter("--client-key is of no use without --client-cert")
    key = find_key(url, data_dir)

    async def main() -> tuple[Fleet, FleetSummary]:
        members = _members(stations, connectors, protocol, prefix)
        if client_cert is not None:
            members = tuple(
                changed(
                    each,
                    password=None,
                    tls=_showing(each.station_id, ca, client_cert, client_key),
                )
                for each in members
            )
        await _register(url, key, members, protocol, profile)
        fleet = Fleet(
            FleetPlan(
                url=ocpp_url or _ocpp_url(url),
                tls=_trusting(ca) if ca is not None else None,
                members=members,
                protocol=protocol.value,
                duration_s=duration or None,
                speed=speed,
                seed=seed,
                meter_every_s=meter_every,
                refused=tuple(refuse or ()),
                ignored=tuple(ignore or ()),
                obeys_after_s=delay,
            )
        )
        return fleet, await _watched(fleet)

    fleet, summary = run_async(main())
    shown = dataclasses.asdict(summary)
    errors = shown.pop("errors")
    show_one(
        shown | {"errors": errors if output in {Format.JSON, Format.JSONL} else _list(errors)},
        output,
    )
    if fleet.interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if summary.error_count or summary.undelivered:
        raise CliError(
            ExitCode.UNEXPECTED,
            f"{summary.error_count} errors, {summary.undelivered} messages not delivered",
            "The server's log and its list of messages tell more.",
        )


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise typer.BadParameter(f"{ca} cannot be used ({error.strerror or error})") from None


def _showing(station_id: str, ca: Path | None, certificate: str, key: str | None) -> ssl.SSLContext:
    """As `_trusting`, with the certificate of a station (profile 3)."""
    context = _trusting(ca)
    path = certificate.replace("{station}", station_id)
    key_path = key.replace("{station}", station_id) if key is not None else None
    try:
        context.load_cert_chain(path, key_path, _no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise typer.BadParameter(f"{path} cannot be used ({reason})") from None
    return context


def _no_password() -> str:
    """Rather than ask at the terminal, once for each station."""
    raise ValueError("its key has a password")


def _check_actions(protocol: Protocol, named: list[str]) -> None:
    from voltaro.testing import SimulatedStation

    obeyed = SimulatedStation("ws://localhost", "any", protocol=protocol.value).obeys.actions
    for action in named:
        if action not in obeyed:
            raise typer.BadParameter(f"{action} is none of {', '.join(sorted(obeyed))}")


def _ocpp_url(url: str) -> str:
    port = os.environ.get("VOLTARO_OCPP_PORT", "").strip() or "9000"
    host = urlsplit(url).hostname or "127.0.0.1"
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"


def _members(
    stations: int, connectors: int, protocol: Protocol, prefix: str
) -> "tuple[Member, ...]":
    """Each with a password of its own, and a token for each connector."""
    from voltaro.testing import Member

    digits = protocol.value.replace(".", "")
    return tuple(
        Member(
            station_id=f"{prefix}-{digits}-{number:05}",
            password=secrets.token_urlsafe(18),
            # Seven bytes in hexadecimal, as cards have. 1.6 tokens have no type.
            tokens=tuple(
                f"04{digits:0>4}{number:06X}{connector:02X}"
                for connector in range(1, connectors + 1)
            ),
        )
        for number in range(1, stations + 1)
    )


async def _register(
    url: str, key: str | None, members: "tuple[Member, ...]", protocol: Protocol, profile: int
) -> None:
    """Register the stations and their tokens."""
    import httpx

    from voltaro.cli.client import http_options, station_path, token_path

    kind = {} if protocol is Protocol.V16 else {"type": "ISO14443"}
    puts: list[tuple[str, dict[str, Any]]] = []
    for member in members:
        credentials: dict[str, Any] = {"security_profile": profile}
        if member.password is not None:
            credentials["password"] = member.password
        puts.append((station_path(member.station_id), {"registration": "accepted"} | credentials))
        puts += [(token_path(token), {"status": "accepted"} | kind) for token in member.tokens]
    tokens = len(puts) - len(members)
    note(f"Registering {len(members)} stations and {tokens} tokens at {url}")
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(**http_options(url, key, 40.0), limits=limits) as client:
        await _at_once(_AT_ONCE, [_putting(client, url, *each) for each in puts])


def _putting(
    client: "httpx.AsyncClient", url: str, path: str, body: dict[str, Any]
) -> Callable[[], Awaitable[None]]:
    async def put() -> None:
        import httpx

        from voltaro.cli.client import body_of, unreachable

        try:
            body_of(await client.put(path, json=body))
        except httpx.HTTPError as error:
            raise unreachable(url, error) from error

    return put


async def _at_once(count: int, works: list[Callable[[], Awaitable[None]]]) -> None:
    """Do all, `count` at a time; the first error ends it."""
    left = iter(works)

    async def work() -> None:
        for each in left:
            await each()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except ExceptionGroup as errors:
        # Several may have failed alike; the first one says it. (What `except*` raises is a group.)
        ours, _ = errors.split(CliError)
        if ours is None:
            raise
        raise ours.exceptions[0] from None


async def _watched(fleet: "Fleet") -> "FleetSummary":
    """Run the fleet and show how it goes: a live table on a terminal, else a line at times."""
    began = time.monotonic()
    running = asyncio.create_task(fleet.run(catch_sigint=True))
    try:
        if sys.stderr.isatty():
            await _live(fleet, running, began)
        else:
            pause_s = 1.0
            while not (await asyncio.wait({running}, timeout=pause_s))[0]:
                pause_s = 5.0
                now = fleet.summary(time.monotonic() - began)
                note(
                    f"{now.seconds:.0f} s: {fleet.tally.connected}/{now.stations} connected,"
                    f" {now.answered} messages, {now.sessions_started} sessions,"
                    f" {now.error_count} errors, p95 {now.p95_ms} ms"
                )
        return await running
    finally:
        running.cancel()


async def _live(fleet: "Fleet", running: "asyncio.Task[FleetSummary]", began: float) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not (await asyncio.wait({running}, timeout=0.5))[0]:
            live.update(_picture(fleet, time.monotonic() - began), refresh=True)


def _picture(fleet: "Fleet", seconds: float) -> Any:
    from rich import box
    from rich.table import Table

    now = fleet.summary(seconds)
    tally = fleet.tally
    open_sessions = now.sessions_started - now.sessions_ended
    table = Table(box=box.SIMPLE_HEAD, title=f"{now.stations} stations, {seconds:.0f} s")
    cells = {
        "connected": str(tally.connected),
        "messages": str(now.answered),
        "per second": f"{now.messages_per_s:.1f}",
        "charging": str(open_sessions),
        "sessions": str(now.sessions_started),
        "waiting": str(now.undelivered),
        "p50 ms": str(now.p50_ms),
        "p95 ms": str(now.p95_ms),
        "p99 ms": str(now.p99_ms),
        "errors": str(now.error_count),
    }
    for heading in cells:
        table.add_column(heading, justify="right")
    table.add_row(*cells.values())
    return table


def _list(errors: dict[str, int]) -> str:
    return ", ".join(f"{kind}: {count}" for kind, count in errors.items()) or "none"
