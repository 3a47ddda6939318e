"""The processes of a benchmark: PostgreSQL, the two servers, the stations. Each ends with its block."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import uvloop
from machine import cpu_s, family_cpu_s, rss_bytes

from voltaro.store import embedded

#: How a server counts the samples that it has stored.
_SAMPLES = {
    "voltaro": "SELECT coalesce(sum(json_array_length(samples)), 0) FROM meter_readings",
    "baseline": "SELECT count(*) FROM meter_values",
}
_HERE = Path(__file__).parent
_PATIENCE_S = 240
_LINE_BYTES = 1 << 20


@dataclass
class Postgres:
    """A cluster of its own on disk, configured as Voltaro's embedded one and as durable."""

    dsn: str
    pid: int

    async def database(self, name):
        """The address of a new database."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{name}", self.dsn)

    async def version(self):
        connection = await asyncpg.connect(self.dsn)
        try:
            return (await connection.fetchval("SHOW server_version")).split()[0]
        finally:
            await connection.close()


@dataclass
class Server:
    """One of the two servers under test."""

    name: str
    port: int
    pid: int
    postgres: Postgres
    database_url: str
    http_url: str | None = None
    headers: dict[str, str] | None = None

    def cpu_s(self):
        """CPU seconds so far: of the server, of PostgreSQL."""
        return cpu_s(self.pid), family_cpu_s(self.postgres.pid)

    def rss_bytes(self):
        return rss_bytes(self.pid)

    def files(self):
        """How many files and sockets it has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    async def stored_samples(self):
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(_SAMPLES[self.name])
        finally:
            await connection.close()


def run(main):
    """Run it to its end; whoever ends it earlier ends what it started, too."""

    async def interruptible():
        task = asyncio.current_task()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await main()

    uvloop.run(interruptible())


@asynccontextmanager
async def postgres():
    with tempfile.TemporaryDirectory(prefix="voltaro-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101 - PostgreSQL runs as somebody else when we are root
        running = await embedded.start(Path(folder) / "data")
        try:
            yield Postgres(running.dsn, running.pid)
        finally:
            await running.stop()


@asynccontextmanager
async def voltaro(postgres, database_url, **settings):
    """`voltaro serve` as it comes, but that it lets stations in which nobody registered."""
    with tempfile.TemporaryDirectory(prefix="voltaro-bench-") as folder:
        environ = {
            "VOLTARO_DATABASE_URL": database_url,
            "VOLTARO_UNKNOWN_STATIONS": "accept",
            **{f"VOLTARO_{key.upper()}": value for key, value in settings.items()},
        }
        command = [
            "-m", "voltaro.cli", "serve", "--data-dir", folder, "--bind", "127.0.0.1",
            "--ocpp-port", "0", "--http-port", "0", "--log-level", "warning",
        ]  # fmt: skip
        async with _python(command, environ) as process:
            ready = await _line(process)
            while not ready.startswith("voltaro ready"):
                ready = await _line(process)
            ocpp_url, http_url = ready.split()[2:]
            key = (Path(folder) / "admin.key").read_text().strip()
            yield Server(
                "voltaro", urlsplit(ocpp_url).port, process.pid, postgres, database_url,
                http_url, {"Authorization": f"Bearer {key}"},
            )  # fmt: skip


@asynccontextmanager
async def baseline(postgres, database_url):
    async with _python([str(_HERE / "baseline" / "server.py"), database_url], {}) as process:
        port = int((await _line(process)).split()[1])
        yield Server("baseline", port, process.pid, postgres, database_url)


@dataclass
class Echo:
    """A server that only answers."""

    port: int
    pid: int


@asynccontextmanager
async def echo(name):
    async with _python([str(_HERE / "echo.py"), name], {}) as process:
        yield Echo(int((await _line(process)).split()[1]), process.pid)


class Stations:
    """The other end of load.py."""

    def __init__(self, process):
        self._process = process

    async def order(self, do, *, measuring=None, **arguments):
        """Have something done; `measuring` is called when the measured time begins."""
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        told = json.loads(await _line(self._process))
        if told == "measuring":
            if measuring is not None:
                measuring()
            told = json.loads(await _line(self._process))
        return told


@asynccontextmanager
async def stations(server, version, prefix, count, password=None):
    words = ["127.0.0.1", server.port, version, prefix, count, *([password] if password else [])]
    async with _python([str(_HERE / "load.py"), *map(str, words)], {}) as process:
        yield Stations(process)


@asynccontextmanager
async def in_session(server, version, prefix, count, password=None):
    """Stations that are connected, booted and in a session."""
    async with stations(server, version, prefix, count, password) as made:
        for do in ("connect", "boot", "start"):
            await made.order(do)
        yield made


@asynccontextmanager
async def _python(command, environ):
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env={**os.environ, **environ}, limit=_LINE_BYTES,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _line(process):
    """Raises: RuntimeError when the process is gone, with nothing more to read."""
    line = await asyncio.wait_for(process.stdout.readline(), _PATIENCE_S)
    if not line:
        raise RuntimeError("a process of the benchmark ended before its time")
    return line.decode().strip()
