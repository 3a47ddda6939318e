"""The API on a real socket and a real database, with data that went through the real rules."""

import asyncio
import contextlib
import ipaddress
import itertools
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI

from tests.api.people import People
from voltaro.api.app import ApiDeps, create_api
from voltaro.api.console import BUILT
from voltaro.api.events import new_feed
from voltaro.app.simulated import launcher
from voltaro.config import Settings
from voltaro.domain.authorization import AUTHORIZE, TokenPresented
from voltaro.domain.availability import STATUS, ChargingState, ConnectorStatus, StatusReported
from voltaro.domain.connections import HandshakeRefused
from voltaro.domain.decision import Rule
from voltaro.domain.ids import Connector, IdToken, Scope
from voltaro.domain.metering import METER_VALUES, MeterValuesReported
from voltaro.domain.provisioning import BOOT, StationBooted
from voltaro.domain.quantities import Sample
from voltaro.domain.token_refusals import refusals
from voltaro.domain.transaction_rules import TRANSACTION, TransactionReply
from voltaro.domain.transactions import Kind, TransactionEvent
from voltaro.protocol.explanations import explain
from voltaro.protocol.summaries import summary
from voltaro.services.access import Access
from voltaro.services.charging_profiles import ChargingProfiles
from voltaro.services.commands import Commands
from voltaro.services.credentials import Credentials
from voltaro.services.directory import Directory
from voltaro.services.file_jobs import FileJobs, Reachable
from voltaro.services.files import Files
from voltaro.services.gauges import Gauges, load_gauges
from voltaro.services.idempotency import Idempotency
from voltaro.services.installation import installation_facts
from voltaro.services.intake import Exchange, Intake
from voltaro.services.live import LiveFeed
from voltaro.services.onboarding import OcppPort, onboarding
from voltaro.services.open_commands import OpenCommands
from voltaro.services.presence import Live, Presence
from voltaro.services.secrets import Keyring
from voltaro.services.simulated import SimulatedStations
from voltaro.services.station_ca import open_authority
from voltaro.services.station_certificates import StationCertificates
from voltaro.services.stations import Stations, load_station_records
from voltaro.services.tariffs import Tariffs
from voltaro.services.token_aliases import TokenAliases
from voltaro.services.tokens import Tokens
from voltaro.services.transactions import Transactions
from voltaro.services.transfers import Transfers
from voltaro.services.users import Users
from voltaro.store.database import Database, open_database
from voltaro.store.facts import Sources
from voltaro.store.files_on_disk import Shelf
from voltaro.store.tokens import load_aliases

KEY = "an-administrator-key-for-tests"
#: Bytes of a file that are taken.
MAX_FILE = 64 * 1024 * 1024
#: An OCPP port where nobody listens.
NOBODY = "ws://127.0.0.1:9"
PORT = OcppPort(
    bind="0.0.0.0",
    port=9000,
    public_url=None,
    subprotocols=("ocpp2.1", "ocpp2.0.1", "ocpp1.6"),
    unknown_stations="refuse",
)
_IDS = itertools.count(1)


@dataclass(kw_only=True)
class Api:
    """The running API: `http` shows a key, `anonymous` none. What stations say goes by `tells`."""

    http: httpx.AsyncClient
    anonymous: httpx.AsyncClient
    deps: ApiDeps
    database: Database
    directory: Directory
    presence: Presence
    keyring: Keyring
    access: Access
    users: Users
    stations: Stations
    live: LiveFeed
    gauges: Gauges
    idempotency: Idempotency
    commands: Commands
    files: Files
    transfers: Transfers
    shelf: Shelf
    intake: Intake
    #: Why it is not ready; tests fill it.
    unready: list[str] = field(default_factory=list)
    #: What the server warns of; tests fill it.
    warnings: list[str] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def station(self, station_id: str, **settings: Any) -> dict[str, Any]:
        answer = await self.http.put(f"/api/v1/stations/{station_id}", json=settings)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.http.get(path, params=query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    async def tells(self, rule: Rule[Any, Any, Any], event: Any, action: str = "Test") -> Any:
        """Handle an event as a message of its station; returns the rule's reply."""
        number = next(_IDS)
        replies: list[Any] = []

        def write(reply: Any) -> str:
            replies.append(reply)
            return f'{{"number":{number}}}'

        exchange = Exchange(
            station_id=event.station_id,
            protocol="ocpp1.6",
            message_id=str(number),
            action=action,
            frame=f'[2,"{number}","{action}",{{}}]',
            received_at=event.received_at,
            began=time.monotonic(),
        )
        await self.intake.handle(rule, event, exchange, str(number).encode, write)
        return replies[-1]

    async def boots(self, station_id: str, **fields: Any) -> None:
        at = self.now
        event = StationBooted(
            station_id=station_id, at=at, received_at=at, vendor="ACME", model="Wall", **fields
        )
        await self.tells(BOOT, event, "BootNotification")

    async def reports(
        self,
        station_id: str,
        status: ConnectorStatus,
        state: ChargingState | None = None,
        *,
        where: Connector | None = None,
        reported: str,
        error_code: str | None = None,
    ) -> None:
        event = StatusReported(
            station_id=station_id,
            at=self.now,
            received_at=self.now,
            where=where or Scope.STATION,
            status=status,
            charging_state=state,
            reported=reported,
            error_code=error_code,
        )
        await self.tells(STATUS, event, "StatusNotification")

    async def starts(
        self,
        station_id: str,
        *,
        token: str | None,
        at: datetime,
        meter_wh: int | None,
        evse: int = 1,
    ) -> str:
        """Start a transaction; returns its id on the wire."""
        event = TransactionEvent(
            station_id=station_id,
            at=at,
            received_at=at,
            kind=Kind.STARTED,
            station_ref=None,
            ref_is_ours=True,
            evse_id=evse,
            connector_id=1,
            token=IdToken(token) if token is not None else None,
            register=Decimal(meter_wh) if meter_wh is not None else None,
        )
        reply: TransactionReply = await self.tells(TRANSACTION, event, "StartTransaction")
        return reply.station_ref

    async def samples(
        self, station_id: str, ref: str, *samples: Sample, evse: int | None = 1
    ) -> None:
        at = max(each.at for each in samples)
        event = MeterValuesReported(
            station_id=station_id,
            at=at,
            received_at=at,
            evse_id=evse,
            station_ref=ref,
            samples=samples,
        )
        await self.tells(METER_VALUES, event, "MeterValues")

    async def stops(
        self, station_id: str, ref: str, *, at: datetime, meter_wh: int, reason: str = "Local"
    ) -> None:
        event = TransactionEvent(
            station_id=station_id,
            at=at,
            received_at=at,
            kind=Kind.ENDED,
            station_ref=ref,
            ref_is_ours=True,
            stop_reason=reason,
            register=Decimal(meter_wh),
        )
        await self.tells(TRANSACTION, event, "StopTransaction")

    async def presents(self, station_id: str, token: str) -> str:
        """Present a token; returns what the station is told."""
        event = TokenPresented(
            station_id=station_id, at=self.now, received_at=self.now, token=IdToken(token)
        )
        reply = await self.tells(AUTHORIZE, event, "Authorize")
        return str(reply.status)

    def connects(
        self, station_id: str, close: Callable[[int, str], None] = lambda _code, _reason: None
    ) -> Live:
        return self.presence.opened(station_id, "ocpp1.6", "192.0.2.1:5000", self.now, close)

    async def refused(self, station_id: str, *, minutes_ago: int = 0, reason: str) -> None:
        await self.database.writer.commit(
            (
                HandshakeRefused(
                    station_id=station_id,
                    remote_host="192.0.2.9",
                    path=f"/ocpp/{station_id}",
                    subprotocols="ocpp1.6",
                    status=404,
                    reason=reason,
                    at=self.now - timedelta(minutes=minutes_ago),
                ),
            )
        )

    async def settled(self) -> None:
        """What was only noted so far (journal of reads, presence) is written now."""
        deadline = time.monotonic() + 10
        while self.database.writer._notes or self.database.writer._busy_since is not None:
            assert time.monotonic() < deadline
            await pause()


async def pause(seconds: float = 0.02) -> None:
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)


@contextlib.asynccontextmanager
async def serving(url: str, data_dir: Path, *, console: Path = BUILT) -> AsyncIterator[Api]:
    keyring = Keyring("secret of the tests")
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(url, Sources()))
        aliases = TokenAliases(await load_aliases(database.engine))
        directory = Directory(await load_station_records(database.engine), aliases)
        gauges = await load_gauges(database.engine)
        live = new_feed(summary, gauges)
        presence = Presence(database.writer, live=live)
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
            data_dir=data_dir,
            bootstrap_key=KEY,
        )
        await access.load()
        users = Users(engine=database.engine, keyring=keyring)
        await users.load()
        await stack.enter_async_context(users.sign_ins.running())
        open_commands = OpenCommands()
        intake = Intake(
            database.loader,
            database.writer,
            live,
            witnesses=(open_commands, gauges),
            additions=(open_commands.observe, refusals),
        )
        commands = Commands(
            engine=database.engine,
            intake=intake,
            open_commands=open_commands,
            credentials=Credentials(keyring=keyring, intake=intake, settle=stations.settle),
            timeout_s=1,
        )
        await stack.enter_async_context(commands.running())
        tokens = Tokens(engine=database.engine, aliases=aliases)
        simulated = SimulatedStations(
            engine=database.engine,
            stations=stations,
            tokens=tokens,
            launch=launcher(NOBODY),
        )
        await stack.enter_async_context(simulated.running())
        idempotency = Idempotency(engine=database.engine)
        shelf = Shelf(data_dir / "files")
        files = Files(engine=database.engine, shelf=shelf, max_bytes=MAX_FILE)
        transfers = Transfers(
            engine=database.engine, shelf=shelf, keyring=keyring, max_bytes=MAX_FILE
        )
        await transfers.prepare()
        unready: list[str] = []
        warnings: list[str] = []
        authority = await open_authority(database.engine, keyring, None)
        certificates = StationCertificates(engine=database.engine, authority=authority)
        deps = ApiDeps(
            engine=database.engine,
            stations=stations,
            tokens=tokens,
            charging_profiles=ChargingProfiles(engine=database.engine),
            tariffs=Tariffs(engine=database.engine),
            transactions=Transactions(engine=database.engine, intake=intake),
            commands=commands,
            file_jobs=FileJobs(
                transfers=transfers,
                commands=commands,
                reachable=Reachable(url=None, http_port=8080, ftp_host=None, ftp_port=None),
            ),
            idempotency=idempotency,
            files=files,
            transfers=transfers,
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
            installation=installation_facts(Settings(database_url=url), {}),
            onboarding=lambda: onboarding(PORT, ["192.168.1.20"], contained=False),
            ready=lambda: unready,
            warnings=lambda: warnings,
        )
        base_url = await stack.enter_async_context(_listening(_app(deps, console)))
        headers = {"Authorization": f"Bearer {KEY}"}
        client = {"base_url": base_url, "trust_env": False, "verify": False, "timeout": 20}
        http = httpx.AsyncClient(headers=headers, **client)
        anonymous = httpx.AsyncClient(**client)
        yield Api(
            http=await stack.enter_async_context(http),
            anonymous=await stack.enter_async_context(anonymous),
            deps=deps,
            database=database,
            directory=directory,
            presence=presence,
            keyring=keyring,
            access=access,
            users=users,
            stations=stations,
            live=live,
            gauges=gauges,
            intake=intake,
            idempotency=idempotency,
            commands=commands,
            files=files,
            transfers=transfers,
            shelf=shelf,
            unready=unready,
            warnings=warnings,
        )


#: Made once, as far as nothing of a test is in them: making one takes longer than many a test.
_APPS: dict[Path, FastAPI] = {}


def _app(deps: ApiDeps, console: Path) -> FastAPI:
    app = _APPS.get(console)
    if app is None:
        app = _APPS[console] = create_api(deps, console)
    app.state.deps = deps
    return app


@contextlib.asynccontextmanager
async def _listening(app: Any) -> AsyncIterator[str]:
    # The protocol is named: asyncio turns Nagle's delay off only where it sees TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", proxy_headers=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # What `Server.serve` does, without the tenths of a second that it sleeps.
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for each in server.servers:
            each.close()
            await each.wait_closed()
        while server.server_state.connections or server.server_state.tasks:
            await pause(0.001)


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """As in production: a traceback without the values of variables."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with serving(database_url, tmp_path) as api:
        yield api


@pytest.fixture
async def people(api: Api) -> AsyncIterator[People]:
    people = People(admin=api.http)
    yield people
    for http in people.opened:
        await http.aclose()


@pytest.fixture
def trusting(api: Api) -> None:
    """What this machine says of where requests come from is believed."""
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    object.__setattr__(api.deps, "trusted_proxies", networks)
