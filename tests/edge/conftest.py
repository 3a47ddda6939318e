"""The whole server on real sockets and a real database, and clients that share no code with it.

Stations are clients of the `websockets` package that send frames as text, or the ChargePoint of the
`ocpp` package. What the server keeps is read through its REST API.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
from ocpp.messages import CallResult, validate_payload
from websockets.asyncio.client import ClientConnection, connect

from tests.conftest import Postgres
from tests.edge.certificates import Authority, new_authority
from voltaro.app import serving
from voltaro.config import Settings

T = TypeVar("T")

KEY = "an-administrator-key-for-tests"
#: Long enough for a busy machine; whoever waits for it has failed.
PATIENCE_S = 10.0
T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
VERSIONS = (V16, V201, V21)

_numbers = itertools.count(1)


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    """The loop that `voltaro serve` runs on."""
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop

    return {"uvloop": uvloop.new_event_loop}


def at(seconds: float = 0, *, after: datetime = T0) -> str:
    """A time on the wire, some seconds after T0."""
    text = (after + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def pause(seconds: float = 0.01) -> None:
    """Let others work between two looks at a condition."""
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)


async def eventually(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], within_s: float = PATIENCE_S
) -> T:
    """The first answer for which `holds` is true; fails with the last one."""
    deadline = time.monotonic() + within_s
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, f"after {within_s} s still: {answer}"
        await pause()


class Refused(AssertionError):
    """The server answered with a CALLERROR."""

    def __init__(self, frame: list[Any]) -> None:
        super().__init__(frame)
        self.code = frame[2]


class Station:
    """A station's socket. Frames are text as written here; answers must fit the official schema."""

    def __init__(self, socket: ClientConnection, station_id: str) -> None:
        self.socket = socket
        self.id = station_id
        self.version = str(socket.subprotocol or V16)

    async def says(self, frame: str | bytes | Iterable[str]) -> None:
        await self.socket.send(frame, text=True if isinstance(frame, bytes) else None)

    async def hears(self, within_s: float = PATIENCE_S) -> Any:
        return json.loads(await asyncio.wait_for(self.socket.recv(), within_s))

    async def asks(self, action: str, payload: object, message_id: str | None = None) -> list[Any]:
        """Send a CALL; returns the frame that answers it, which must be the next one."""
        message_id = message_id or f"m{next(_numbers)}"
        await self.says(json.dumps([2, message_id, action, payload]))
        frame = await self.hears()
        assert frame[1] == message_id, frame
        return list(frame)

    async def call(
        self, action: str, payload: object = None, *, message_id: str | None = None
    ) -> dict[str, Any]:
        """The payload of the CALLRESULT, which is valid by the schema of the `ocpp` package."""
        frame = await self.asks(action, {} if payload is None else payload, message_id)
        if frame[0] == 4:
            raise Refused(frame)
        assert frame[0] == 3, frame
        answer = CallResult(frame[1], frame[2], action=action)
        await validate_payload(answer, self.version.removeprefix("ocpp"))
        return dict(frame[2])

    async def code(self, action: str, payload: object) -> str:
        """The code of the CALLERROR that answers a CALL."""
        frame = await self.asks(action, payload)
        assert frame[0] == 4, frame
        return str(frame[2])

    async def beats(self) -> str:
        """The server's time; proof that the connection works."""
        return str((await self.call("Heartbeat"))["currentTime"])

    async def closed(self, within_s: float = PATIENCE_S) -> int | None:
        """The close code, once the server has closed the connection."""
        await asyncio.wait_for(self.socket.wait_closed(), within_s)
        return self.socket.close_code

    async def leaves(self) -> None:
        await self.socket.close()


@dataclass(kw_only=True)
class Server:
    """A running server and a client of its API that shows the administrator's key."""

    ocpp_url: str
    http_url: str
    http: httpx.AsyncClient
    stack: AsyncExitStack
    ocpp_tls_url: str | None = None

    async def station(self, station_id: str | None = None, **settings: Any) -> str:
        """Register a station, without credentials unless told otherwise; returns its id."""
        station_id = station_id or f"CP-{next(_numbers)}"
        body = settings or {"security_profile": 0}
        answer = await self.http.put(f"/api/v1/stations/{station_id}", json=body)
        assert answer.is_success, answer.text
        return station_id

    async def token(self, value: str | None = None, **settings: Any) -> str:
        value = value or f"TAG{next(_numbers)}"
        answer = await self.http.put(f"/api/v1/tokens/{value}", json=settings)
        assert answer.is_success, answer.text
        return value

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return list((await self.get(path, limit=200, **query))["items"])

    async def transactions(self, station_id: str, **query: Any) -> list[dict[str, Any]]:
        """Newest first."""
        return await self.items("/api/v1/transactions", station_id=station_id, **query)

    async def transaction(self, station_id: str) -> dict[str, Any]:
        """The only one."""
        (found,) = await self.transactions(station_id)
        return found

    async def samples(self, transaction: dict[str, Any]) -> list[dict[str, Any]]:
        return await self.items(f"/api/v1/transactions/{transaction['id']}/meter-values")

    async def status(self, station_id: str) -> dict[str, Any]:
        """The station as `GET /status` shows it."""
        stations = (await self.get("/status"))["stations"]
        (found,) = (each for each in stations if each["station_id"] == station_id)
        return dict(found)

    async def connector(self, station_id: str, evse_id: int = 1) -> dict[str, Any] | None:
        connectors = (await self.status(station_id))["connectors"]
        return next((each for each in connectors if each["evse_id"] == evse_id), None)

    async def journal(
        self,
        station_id: str,
        holds: Callable[[list[dict[str, Any]]], object],
        **query: Any,
    ) -> list[dict[str, Any]]:
        """The station's exchanges, oldest first, once they are as expected."""

        async def ask() -> list[dict[str, Any]]:
            found = await self.items("/api/v1/messages", station_id=station_id, **query)
            return found[::-1]

        return await eventually(ask, holds)

    async def attempts(
        self, station_id: str, holds: Callable[[list[dict[str, Any]]], object]
    ) -> list[dict[str, Any]]:
        """The station's refused handshakes, once they are as expected."""
        return await eventually(
            lambda: self.items("/api/v1/attempts", station_id=station_id), holds
        )

    async def connects(
        self, station_id: str | None = None, version: str = V16, **options: Any
    ) -> Station:
        """A connected station that has not booted; a new one without credentials if none is named."""
        station_id = station_id or await self.station()
        options = {"subprotocols": [version], "ping_interval": None, "proxy": None} | options
        url = self.ocpp_tls_url if "ssl" in options else self.ocpp_url
        if "ssl" in options:
            options = {"server_hostname": "localhost"} | options
        socket = await connect(f"{url}/{station_id}", **options)
        self.stack.push_async_callback(socket.close)
        return Station(socket, station_id)


def basic(user: str, password: str | bytes) -> dict[str, str]:
    secret = password.encode() if isinstance(password, str) else password
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The operator's, for the servers of a module whose `settings` name it."""
    return new_authority(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def running(database_url: str, data_dir: Path, **settings: Any) -> AsyncIterator[Server]:
    """A server of its own with some settings, until the end of the block."""
    everything = {
        "database_url": database_url,
        "data_dir": data_dir,
        "ocpp_port": 0,
        "http_port": 0,
        "bind": "127.0.0.1",
        "bootstrap_api_key": KEY,
        "inventory": "off",  # a test says what a station is asked
    } | settings
    async with (
        serving(Settings(**everything)) as addresses,
        httpx.AsyncClient(
            base_url=addresses.http_url,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=20,
            trust_env=False,
        ) as http,
        AsyncExitStack() as stack,
    ):
        yield Server(
            ocpp_url=addresses.ocpp_url,
            ocpp_tls_url=addresses.ocpp_tls_url,
            http_url=addresses.http_url,
            http=http,
            stack=stack,
        )


@contextlib.contextmanager
def database(postgres: Postgres) -> Iterator[str]:
    """A migrated database that outlives a test."""
    name = f"voltaro_edge_{next(_numbers)}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE voltaro_template STRATEGY FILE_COPY")
    try:
        yield postgres.dsn_of(name)
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def module_database_url(postgres: Postgres) -> Iterator[str]:
    with database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """What the module's server is told; modules say otherwise."""
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_server(
    module_database_url: str, tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]
) -> AsyncIterator[Server]:
    async with running(module_database_url, tmp_path_factory.mktemp("data"), **settings) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def server(shared_server: Server) -> AsyncIterator[Server]:
    """The module's server; stations that a test connects are disconnected after it."""
    async with AsyncExitStack() as stack:
        shared_server.stack = stack
        yield shared_server
