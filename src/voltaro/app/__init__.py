"""The composition root: the only module that knows every concrete class."""

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import structlog

from voltaro.api.app import ApiDeps, create_api
from voltaro.api.events import new_feed
from voltaro.api.metrics import Metrics, create_metrics_app
from voltaro.app.onboarding import onboarding_of
from voltaro.app.process import calm_collector, raise_open_files
from voltaro.app.reactions import Reactions
from voltaro.app.readings import metrics_of
from voltaro.app.simulated import launcher, own_url
from voltaro.app.station_ports import check_tls, let_stations_in, station_urls
from voltaro.config import Settings
from voltaro.domain.charging_commands import GetCompositeSchedule
from voltaro.domain.token_refusals import refusals
from voltaro.domain.values import changed
from voltaro.edge.server import Edge, EdgeSettings
from voltaro.edge.station_certificate import read_certificate
from voltaro.file_server.opening import FilesRefused, serving_files
from voltaro.ports import StartRefused, http_server, listen
from voltaro.protocol.explanations import explain
from voltaro.protocol.schemas import actions
from voltaro.protocol.summaries import summary
from voltaro.protocol.versions import OcppVersion
from voltaro.services.access import Access
from voltaro.services.charging_profiles import ChargingProfiles
from voltaro.services.commands import Commands
from voltaro.services.credentials import Credentials
from voltaro.services.directory import Directory
from voltaro.services.file_jobs import FileJobs, Reachable
from voltaro.services.fleet_power import recording_power
from voltaro.services.gauges import load_gauges
from voltaro.services.idempotency import Idempotency
from voltaro.services.installation import installation_facts
from voltaro.services.intake import Intake
from voltaro.services.introductions import Introductions
from voltaro.services.open_commands import OpenCommands
from voltaro.services.presence import Presence
from voltaro.services.reservations import minding_reservations
from voltaro.services.running_costs import telling_costs
from voltaro.services.secrets import Keyring, read_or_create
from voltaro.services.simulated import SimulatedStations
from voltaro.services.station_ca import open_authority
from voltaro.services.station_certificates import StationCertificates
from voltaro.services.stations import Stations, load_station_records
from voltaro.services.tariffs import Tariffs
from voltaro.services.token_aliases import TokenAliases
from voltaro.services.tokens import Tokens
from voltaro.services.transactions import Transactions
from voltaro.services.users import Users
from voltaro.store import embedded
from voltaro.store.database import Database, open_database
from voltaro.store.engine import BadDatabaseUrl
from voltaro.store.facts import Sources
from voltaro.store.installation import check_secret
from voltaro.store.tokens import load_aliases
from voltaro.store.upkeep import Bounds
from voltaro.store.writer_connection import DatabaseInUse

if TYPE_CHECKING:
    from voltaro.tracing import Tracing

log = structlog.get_logger()


#: Where OpenTelemetry is told about a collector.
_TRACING_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running server, by the addresses it really listens on.

    `first_code` is that of the link which makes the first administrator, while there is nobody.
    """

    ocpp_url: str
    ocpp_tls_url: str | None
    http_url: str
    first_code: str | None
    metrics_url: str | None = None


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; prints the `voltaro ready` line on stdout when ready.

    A second line has the page to open.

    Raises:
        StartRefused: with a plain line for the person at the terminal.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as server:
        urls = filter(None, (server.ocpp_url, server.ocpp_tls_url, server.http_url))
        sys.stdout.write(f"voltaro ready {' '.join(urls)}\n")
        sys.stdout.write(f"{_where_to_begin(server)}\n")
        sys.stdout.flush()
        calm_collector()
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """The whole product until the end of the block.

    Raises:
        StartRefused: something that it needs is missing, taken or wrong.
    """
    raise_open_files()
    check_tls(settings)
    for name, nearest in settings.unknown:
        log.warning("unknown setting", name=name, did_you_mean=nearest)
    async with AsyncExitStack() as stack:
        secret = _secret(settings)
        url, bounds = settings.database_url, _bounds(settings)
        if url is None:
            postgres = await _start_postgres(stack, settings.data_dir)
            url, place = postgres.dsn, postgres.place
            bounds = changed(bounds, free_bytes=lambda: shutil.disk_usage(place).free)
        sources = Sources(
            heartbeat_interval_s=settings.heartbeat_interval_s,
            retry_interval_s=settings.boot_retry_interval_s,
            operator_name=settings.operator_name,
        )
        database = await _open(stack, url, sources, bounds)
        yield await _serve(stack, settings, database, Keyring(secret))


async def _serve(
    stack: AsyncExitStack, settings: Settings, database: Database, keyring: Keyring
) -> Serving:
    if not await check_secret(database.engine, keyring.fingerprint()):
        raise StartRefused(
            "the secret key is not the one this database was set up with; "
            "give the right VOLTARO_SECRET_KEY, or the data directory with its secret.key"
        )
    aliases = TokenAliases(await load_aliases(database.engine))
    directory = Directory(await load_station_records(database.engine), aliases)
    gauges = await load_gauges(database.engine)
    live = new_feed(summary, gauges)
    # Two missed heartbeats: a socket may stay open long after the station has gone.
    presence = Presence(
        database.writer,
        silent_after=timedelta(seconds=2 * settings.heartbeat_interval_s + 5),
        live=live,
    )
    stations = Stations(
        engine=database.engine,
        directory=directory,
        keyring=keyring,
        presence=presence,
        live=live,
    )
    access = Access(
        engine=database.engine,
        writer=database.writer,
        keyring=keyring,
        data_dir=settings.data_dir,
        bootstrap_key=settings.bootstrap_api_key,
    )
    await access.load()
    users = Users(engine=database.engine, keyring=keyring)
    await users.load()
    await stack.enter_async_context(users.sign_ins.running())
    charging_profiles = ChargingProfiles(engine=database.engine)
    open_commands = OpenCommands()
    authority = await open_authority(database.engine, keyring, settings.operator_name)
    certificates = StationCertificates(engine=database.engine, authority=authority)
    await certificates.load()
    reactions = Reactions(certificates, takes_inventory=settings.inventory == "auto")
    intake = Intake(
        database.loader,
        database.writer,
        live,
        witnesses=(open_commands, gauges, *reactions.witnesses),
        additions=(open_commands.observe, refusals),
    )
    credentials = Credentials(keyring=keyring, intake=intake, settle=stations.settle)
    commands = Commands(
        engine=database.engine,
        intake=intake,
        open_commands=open_commands,
        credentials=credentials,
        timeout_s=settings.command_timeout_s,
        complete={GetCompositeSchedule: charging_profiles.compare},
    )
    await stack.enter_async_context(commands.running())
    await stack.enter_async_context(reactions.running(database.engine, commands))
    await stack.enter_async_context(minding_reservations(database.engine, intake))
    costs = telling_costs(database.engine, commands, settings.running_cost_s)
    await stack.enter_async_context(costs)
    await stack.enter_async_context(recording_power(database.engine, gauges, presence))
    try:
        kept = await stack.enter_async_context(serving_files(settings, database.engine, keyring))
    except FilesRefused as error:
        raise StartRefused(str(error)) from error
    tracing = _tracing(settings)
    if tracing is not None:
        stack.push_async_callback(asyncio.to_thread, tracing.stop)
    edge = Edge(
        EdgeSettings(
            max_message_bytes=settings.max_message_bytes,
            ping_interval_s=settings.ping_interval_s,
            ping_timeout_s=settings.ping_timeout_s,
            database_patience_s=settings.database_patience_s,
            boot_patience_s=settings.boot_patience_s,
            unknown_stations=settings.unknown_stations,
        ),
        intake=intake,
        commands=commands,
        introduce=Introductions(engine=database.engine, commands=commands).ask,
        stalled_s=lambda: max(database.writer.stalled_s(), database.loader.stalled_s()),
        directory=directory,
        presence=presence,
        keyring=keyring,
        register=stations.register_unknown,
        proven=credentials.proven,
        reached=credentials.reached,
        read_certificate=partial(
            read_certificate,
            operator_name=settings.operator_name,
            is_revoked=certificates.is_revoked,
            made_for=certificates.made_for,
        ),
        trace=tracing.call if tracing is not None else None,
    )
    http_socket = listen(settings.bind, settings.http_port, "--http-port")
    stack.callback(http_socket.close)
    reachable = Reachable(
        url=settings.public_url,
        http_port=int(http_socket.getsockname()[1]),
        ftp_host=settings.ftp_public_host,
        ftp_port=kept.ftp_port,
    )
    station_ports = await let_stations_in(stack, edge, settings, authority.trusted_roots)
    host = "127.0.0.1" if settings.bind in {"0.0.0.0", "::"} else settings.bind  # noqa: S104
    tokens = Tokens(engine=database.engine, aliases=aliases)
    simulated = SimulatedStations(
        engine=database.engine,
        stations=stations,
        tokens=tokens,
        launch=launcher(own_url(settings.bind, station_ports.plain)),
    )
    await stack.enter_async_context(simulated.running())
    metrics = metrics_of(edge, intake, open_commands, database, directory)
    api = create_api(
        ApiDeps(
            engine=database.engine,
            stations=stations,
            tokens=tokens,
            charging_profiles=charging_profiles,
            tariffs=Tariffs(engine=database.engine),
            transactions=Transactions(engine=database.engine, intake=intake),
            commands=commands,
            file_jobs=FileJobs(transfers=kept.transfers, commands=commands, reachable=reachable),
            idempotency=Idempotency(engine=database.engine),
            files=kept.files,
            transfers=kept.transfers,
            live=live,
            gauges=gauges,
            access=access,
            users=users,
            presence=presence,
            certificates=certificates,
            trusted_roots=authority.trusted_roots,
            simulated=simulated,
            summarise=summary,
            explain=explain,
            installation=installation_facts(settings, os.environ),
            onboarding=onboarding_of(settings, station_ports),
            trusted_proxies=settings.trusted_proxies,
            public_url=settings.public_url,
            ready=lambda: (
                ["the database is away"] if edge.away or not database.there.is_set() else []
            ),
            warnings=database.upkeep.warnings,
            metrics=metrics.answer,
            tracer_provider=tracing.provider if tracing is not None else None,
        )
    )
    metrics_url = await _serve_metrics(stack, settings, host, metrics)
    await stack.enter_async_context(http_server(api, http_socket))
    stack.callback(live.close)  # streams do not end by themselves
    ocpp_url, ocpp_tls_url = station_urls(settings, host, station_ports)
    return Serving(
        ocpp_url=ocpp_url,
        ocpp_tls_url=ocpp_tls_url,
        http_url=settings.public_url or f"http://{host}:{http_socket.getsockname()[1]}",
        metrics_url=metrics_url,
        first_code=users.new_first_code(),
    )


async def _serve_metrics(
    stack: AsyncExitStack, settings: Settings, host: str, metrics: Metrics
) -> str | None:
    """The address that needs no key, where one is wanted."""
    if settings.metrics_port is None:
        return None
    metrics_socket = listen(settings.bind, settings.metrics_port, "--metrics-port")
    stack.callback(metrics_socket.close)
    await stack.enter_async_context(http_server(create_metrics_app(metrics.answer), metrics_socket))
    url = f"http://{host}:{metrics_socket.getsockname()[1]}/metrics"
    log.info("metrics served without a key", url=url)
    return url


def _where_to_begin(server: Serving) -> str:
    if server.first_code is None:
        return f"open {server.http_url}/ui/"
    link = f"{server.http_url}/welcome?code={server.first_code}"
    return f"open {link}  (makes the first administrator; once, within 24 h)"


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        journal_days=settings.journal_days,
        journal_max_bytes=settings.journal_max_bytes,
        meter_values_days=settings.meter_values_days,
        attempts_days=settings.attempts_days,
        records_days=settings.records_days,
        disk_warn_bytes=settings.disk_warn_bytes,
        disk_journal_bytes=settings.disk_journal_bytes,
    )


def _tracing(settings: Settings) -> "Tracing | None":
    wanted = settings.tracing == "on" or (
        settings.tracing == "auto" and any(os.environ.get(name) for name in _TRACING_VARIABLES)
    )
    if not wanted:
        return None
    try:
        from voltaro.tracing import Tracing
    except ImportError as error:
        raise StartRefused(
            "tracing is on and OpenTelemetry is not installed; "
            "pip install 'voltaro[tracing]', or set VOLTARO_TRACING=off"
        ) from error
    return Tracing(frozenset().union(*(actions(version) for version in OcppVersion)))


async def _start_postgres(stack: AsyncExitStack, data_dir: Path) -> embedded.EmbeddedPostgres:
    try:
        postgres = await embedded.start(data_dir)
    except embedded.DatabaseUnavailable as error:
        raise StartRefused(str(error)) from error
    stack.push_async_callback(postgres.stop)
    return postgres


async def _open(stack: AsyncExitStack, url: str, sources: Sources, bounds: Bounds) -> Database:
    try:
        return await stack.enter_async_context(open_database(url, sources, bounds))
    except (BadDatabaseUrl, DatabaseInUse) as error:
        raise StartRefused(str(error)) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StartRefused(
            f"the database cannot be used ({type(error).__name__}: {error}); "
            "check --database-url, or leave it out to use the embedded one"
        ) from error


def _secret(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return read_or_create(settings.data_dir / "secret.key", secrets.token_urlsafe(32))
    except OSError as error:
        raise StartRefused(
            f"the data directory {settings.data_dir} cannot be used ({error.strerror}); "
            "choose another with --data-dir"
        ) from error
