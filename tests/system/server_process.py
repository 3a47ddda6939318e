"""`voltaro serve` as a process of its own, which a test may kill and start again."""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from tests.store.embedded_serving import alive, folder_of, ourselves
from voltaro.store.embedded.cluster import existing_cluster
from voltaro.store.embedded.postmaster import PidFile, is_ours, read_pid_file

KEY = "an-administrator-key-for-tests"
#: The command line itself; a test may put a saboteur in its place.
VOLTARO = ("-m", "voltaro.cli")

#: Where Linux lists the processes that a process started.
CHILDREN = Path("/proc/self/task") / str(os.getpid()) / "children"

_START_S = 60.0
_STOP_S = 30.0


class ServerProcess:
    """A server with a data directory and ports of its own, the same after every start.

    Its PostgreSQL is the embedded one. Only processes it started itself are ever killed.
    """

    def __init__(self, folder: Path, *, program: tuple[str, ...] = VOLTARO, **env: str) -> None:
        self.data_dir = folder / "data"
        self.log = folder / "serve.log"
        ocpp_port, http_port = _quiet_ports()
        self.ocpp_url = f"ws://127.0.0.1:{ocpp_port}"
        self.http_url = f"http://127.0.0.1:{http_port}"
        #: What it said to open in a browser when it started last.
        self.open_url = ""
        #: Seconds that each start took, from the launch to the ready line.
        self.starts_s: list[float] = []
        self._command = (
            *program,
            "serve",
            f"--data-dir={self.data_dir}",
            f"--ocpp-port={ocpp_port}",
            f"--http-port={http_port}",
            "--bind=127.0.0.1",
            "--log-level=warning",
            "--log-format=json",
        )
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")}
        self._env = {**inherited, "VOLTARO_BOOTSTRAP_API_KEY": KEY, **env}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is not None:  # pytest shows it with the failure
            sys.stdout.write(f"\nthe server said last:\n{self.said()[-6000:]}\n")
        if self._process is not None and self._process.returncode is None:
            self.kill()
            await self.gone()
        # PostgreSQL ends by itself when its supervisor is gone.
        await until(lambda: self._running() is None, "PostgreSQL to end", within_s=_STOP_S)

    async def start(self) -> None:
        """Start it and wait for the ready line."""
        began = time.monotonic()
        await self.launch()
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(_START_S):
            line = await self._process.stdout.readline()
            assert line.startswith(b"voltaro ready "), f"{line!r}\n{self.said()[-4000:]}"
            self.starts_s.append(time.monotonic() - began)
            invitation = (await self._process.stdout.readline()).decode()
        assert invitation.startswith("open http"), f"{invitation!r}\n{self.said()[-4000:]}"
        self.open_url = invitation.split()[1]

    async def launch(self) -> None:
        """Start it without waiting for anything."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._env,
            )

    @property
    def postmaster(self) -> int | None:
        """Process id of its postmaster while that accepts connections."""
        told = self._running()
        return told.pid if told is not None and told.ready else None

    def _running(self) -> PidFile | None:
        cluster = existing_cluster(self.data_dir)
        told = read_pid_file(cluster) if cluster is not None else None
        if cluster is None or told is None:
            return None
        return told if alive(told.pid) and is_ours(told.pid, cluster) else None

    def kill(self) -> None:
        """SIGKILL the server; its PostgreSQL ends by itself."""
        assert self._process is not None
        self._process.kill()

    async def kill_postgres(self, *, server_too: bool = False) -> None:
        """SIGKILL the postmaster, and the server in the same moment if asked to."""
        pid = self.postmaster
        while pid is None:  # just being restarted
            await until(lambda: self.postmaster is not None, "PostgreSQL to be back")
            pid = self.postmaster
        os.kill(pid, signal.SIGKILL)
        if server_too:
            self.kill()

    async def kill_busy_backend(self) -> None:
        """SIGKILL a process of PostgreSQL that is at work for the server, as a short memory does.

        The postmaster lives on, ends all other connections and recovers.
        """
        busy: list[int] = []

        def look() -> bool:
            told = self._running()
            busy[:] = _busy_backends(told.pid) if told is not None else []
            return bool(busy)

        await until(look, "PostgreSQL to be at work", every_s=0.0005)
        os.kill(busy[0], signal.SIGKILL)

    async def gone(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        async with asyncio.timeout(_STOP_S):
            await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode

    async def stop(self) -> None:
        """SIGTERM: it must leave in good order."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = await self.gone()
        assert code == 0, f"exit {code}\n{self.said()[-4000:]}"

    @asynccontextmanager
    async def api(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of its API with the administrator's key."""
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            base_url=self.http_url, headers=headers, trust_env=False, timeout=30
        ) as http:
            yield http

    def said(self) -> str:
        """Everything it logged."""
        return self.log.read_text() if self.log.exists() else ""

    def complaints(self, *expected: str) -> list[Any]:
        """Errors that it logged, and whatever is no log line (a traceback, say).

        `expected` are patterns of events that count as none.
        """
        fine = re.compile("|".join(expected) or "(?!)", re.DOTALL)
        found: list[Any] = []
        for line in filter(None, self.said().splitlines()):
            try:
                entry = json.loads(line)
            except ValueError:
                found.append(line)
                continue
            if entry["level"] in {"error", "critical"} and not fine.match(entry["event"]):
                found.append(entry)
        return found


@asynccontextmanager
async def server_process(*, program: tuple[str, ...] = VOLTARO, **env: str) -> AsyncIterator:
    """A server that is not started yet; at the end of the block nothing of it is left."""
    with folder_of(ourselves()) as folder:
        async with ServerProcess(folder, program=program, **env) as server:
            yield server


async def until(
    condition: Callable[[], bool], what: str, *, within_s: float = 20.0, every_s: float = 0.01
) -> None:
    """Wait for a condition; says what did not come when it does not come in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        assert loop.time() < deadline, f"waited {within_s:.0f} s in vain for {what}"
        await asyncio.wait([loop.create_future()], timeout=every_s)


def _busy_backends(postmaster: int) -> list[int]:
    """Those of its processes that write or commit just now, by their titles."""
    found = []
    for line in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{line}/cmdline").read_text()
            if any(word in title for word in ("] COMMIT", "] INSERT", "] UPDATE", "] COPY")):
                found.append(int(line))
    return found


def _quiet_ports() -> tuple[int, int]:
    """Two free ports below those that systems hand out to clients.

    While the server is down, stations try to connect without end. Were the port one that the
    system hands out, one of these attempts would sooner or later be given it as its own.
    """
    rng = random.Random()  # not the run's: two runs at a time shall not meet
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < 2:
            listener = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", rng.randrange(20_000, 32_000)))
                found.append(listener.getsockname()[1])
    return found[0], found[1]
