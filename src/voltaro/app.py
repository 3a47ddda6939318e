"""The composition root: the only module that knows every concrete class."""

import asyncio
import contextlib
import gc
import os
import resource
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import structlog
import uvicorn

from voltaro.api.app import ApiDeps, create_api
from voltaro.config import Settings
from voltaro.edge.server import Edge, EdgeSettings
from voltaro.services.access import Access
from voltaro.services.directory import Directory
from voltaro.services.intake import Intake
from voltaro.services.presence import Presence
from voltaro.services.secrets import Keyring, read_or_create
from voltaro.services.stations import Stations, load_station_records
from voltaro.services.tokens import Tokens
from voltaro.store import embedded
from voltaro.store.database import Database, open_database
from voltaro.store.engine import BadDatabaseUrl
from voltaro.store.facts import Sources
from voltaro.store.installation import check_secret
from voltaro.store.writer_connection import DatabaseInUse

log = structlog.get_logger()


class StartRefused(Exception):
    """Voltaro cannot start; the text is one plain line: what is wrong, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running server, by the addresses it really listens on."""

    ocpp_url: str
    http_url: str


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; prints the `voltaro ready` line on stdout when ready.

    Raises:
        StartRefused: with a plain line for the person at the terminal.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as server:
        sys.stdout.write(f"voltaro ready {server.ocpp_url} {server.http_url}\n")
        sys.stdout.flush()
        _calm_collector()
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """The whole product until the end of the block.

    Raises:
        StartRefused: something that it needs is missing, taken or wrong.
    """
    _raise_open_files()
    for name, nearest in settings.unknown:
        log.warning("unknown setting", name=name, did_you_mean=nearest)
    async with AsyncExitStack() as stack:
        secret = _secret(settings)
        url = settings.database_url or await _start_postgres(stack, settings.data_dir)
        sources = Sources(
            heartbeat_interval_s=settings.heartbeat_interval_s,
            retry_interval_s=settings.boot_retry_interval_s,
        )
        database = await _open(stack, url, sources)
        yield await _serve(stack, settings, database, Keyring(secret))


async def _serve(
    stack: AsyncExitStack, settings: Settings, database: Database, keyring: Keyring
) -> Serving:
    if not await check_secret(database.engine, keyring.fingerprint()):
        raise StartRefused(
            "the secret key is not the one this database was set up with; "
            "give the right VOLTARO_SECRET_KEY, or the data directory with its secret.key"
        )
    directory = Directory(await load_station_records(database.engine))
    # Two missed heartbeats: a socket may stay open long after the station has gone.
    presence = Presence(
        database.writer, silent_after=timedelta(seconds=2 * settings.heartbeat_interval_s + 5)
    )
    stations = Stations(
        engine=database.engine, directory=directory, keyring=keyring, presence=presence
    )
    access = Access(
        engine=database.engine,
        keyring=keyring,
        data_dir=settings.data_dir,
        bootstrap_key=settings.bootstrap_api_key,
    )
    await access.load()
    edge = Edge(
        EdgeSettings(
            max_message_bytes=settings.max_message_bytes,
            ping_interval_s=settings.ping_interval_s,
            ping_timeout_s=settings.ping_timeout_s,
            database_patience_s=settings.database_patience_s,
            unknown_stations=settings.unknown_stations,
        ),
        intake=Intake(database.loader, database.writer),
        stalled_s=database.writer.stalled_s,
        directory=directory,
        presence=presence,
        keyring=keyring,
        register=stations.register_unknown,
    )
    api = create_api(
        ApiDeps(
            engine=database.engine,
            stations=stations,
            tokens=Tokens(engine=database.engine),
            access=access,
            presence=presence,
            trusted_proxies=settings.trusted_proxies,
            ready=lambda: [] if database.there.is_set() else ["the database is away"],
        )
    )
    http_socket = _listen(settings.bind, settings.http_port, "--http-port")
    stack.callback(http_socket.close)
    try:
        ocpp_port = await edge.start(settings.bind, settings.ocpp_port)
    except OSError as error:
        raise _port_refused(settings.ocpp_port, "--ocpp-port", error) from error
    stack.push_async_callback(edge.stop)
    await stack.enter_async_context(_http(api, http_socket))
    host = "127.0.0.1" if settings.bind in {"0.0.0.0", "::"} else settings.bind  # noqa: S104
    return Serving(
        ocpp_url=settings.public_ocpp_url or f"ws://{host}:{ocpp_port}",
        http_url=settings.public_url or f"http://{host}:{http_socket.getsockname()[1]}",
    )


async def _start_postgres(stack: AsyncExitStack, data_dir: Path) -> str:
    try:
        postgres = await embedded.start(data_dir)
    except embedded.DatabaseUnavailable as error:
        raise StartRefused(str(error)) from error
    stack.push_async_callback(postgres.stop)
    return postgres.dsn


async def _open(stack: AsyncExitStack, url: str, sources: Sources) -> Database:
    try:
        return await stack.enter_async_context(open_database(url, sources))
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


def _listen(host: str, port: int, flag: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or the event loop does not know to switch Nagle's delay off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _port_refused(port, flag, error) from error
    return listener


def _port_refused(port: int, flag: str, error: OSError) -> StartRefused:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StartRefused(f"cannot listen on port {port} ({reason}); choose another with {flag}")


class _HttpServer(uvicorn.Server):
    """Signals are ours to handle."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _http(api: object, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        api,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _HttpServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    while not (server.started or task.done()):  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _calm_collector() -> None:
    """Look for garbage in cycles less often: what a message leaves behind has none.

    Measured: a quarter of the CPU time of a message at 1,000 stations went into walking over
    everything that is alive.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _raise_open_files() -> None:
    """Every station is an open file; take what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
