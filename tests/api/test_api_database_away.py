"""What people see while the database is away: an honest answer, soon."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.conftest import Api, pause, serving

REQUESTS = [
    ("GET", "/api/v1/stations"),
    ("GET", "/api/v1/stations/CP-1"),
    ("PUT", "/api/v1/stations/CP-1"),
    ("DELETE", "/api/v1/stations/CP-1"),
    ("GET", "/api/v1/tokens/A1"),
    ("PUT", "/api/v1/tokens/A1"),
    ("GET", "/api/v1/transactions"),
    ("GET", "/api/v1/messages"),
    ("GET", "/status"),
    ("GET", "/sessions"),
]


@dataclass
class Line:
    """The wire between us and the database: it can be cut, or go silent."""

    socket_path: str
    port: int = 0
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    speaking: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def restore(self) -> None:
        self.speaking.set()
        if self.server is None:
            self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def silence(self) -> None:
        self.speaking.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self.speaking.wait()
            far_reader, far_writer = await asyncio.open_unix_connection(self.socket_path)
            try:
                await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
            finally:
                far_writer.close()
        writer.transport.abort()
        self.tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            await self.speaking.wait()
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Line]:
    query = parse_qs(urlsplit(database_url).query)
    line = Line(f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}")
    await line.restore()
    yield line
    await line.cut()


@pytest.fixture
async def distant(line: Line, database_url: str, tmp_path) -> AsyncIterator[Api]:
    """The API with its database behind the line."""
    parts = urlsplit(database_url)
    user = parts.netloc.partition("@")[0]
    url = f"postgresql://{user}@127.0.0.1:{line.port}{parts.path}?sslmode=disable"
    async with serving(url, tmp_path) as api:
        try:
            yield api
        finally:
            await line.restore()
            await _until(api.database.there.is_set)


@pytest.mark.parametrize("how", ["cut", "silent"])
async def test_every_request_is_answered_503_within_five_seconds(distant, line, how):
    await distant.station("CP-1", security_profile=0)
    if how == "cut":
        await line.cut()
    else:
        line.silence()

    async def ask(method: str, path: str) -> None:
        began = time.monotonic()
        answer = await distant.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), path
        assert answer.headers["retry-after"] == "5"
        assert time.monotonic() - began < 5

    await asyncio.gather(*(ask(method, path) for method, path in REQUESTS))
    assert (await distant.anonymous.get("/livez")).status_code == 200
    await line.restore()
    await _until_answered(distant, "/api/v1/stations/CP-1")


async def test_directory_follows_the_table_after_a_commit_in_doubt(distant, line):
    await distant.station("CP-1", security_profile=0)
    line.silence()
    answer = await distant.http.put("/api/v1/stations/CP-1", json={"strict": True})
    assert answer.status_code == 503

    await line.restore()
    await _until(lambda: not distant.stations._settling)

    shown = await _until_answered(distant, "/api/v1/stations/CP-1")
    assert distant.directory.get("CP-1").strict is shown["strict"]


async def _until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await pause(0.05)


async def _until_answered(api: Api, path: str) -> dict:
    deadline = time.monotonic() + 20
    while True:
        answer = await api.http.get(path)
        if answer.status_code == 200:
            return answer.json()
        assert time.monotonic() < deadline
        await pause(0.05)
