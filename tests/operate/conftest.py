"""The whole product in this process, on a database of its own, with the settings a test names."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from voltaro.app import Serving, serving
from voltaro.config import Settings

KEY = "an-administrator-key-for-tests"


class House:
    """A running server and clients of it."""

    def __init__(self, server: Serving, http: httpx.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def registers(self, station_id: str) -> None:
        body = {"security_profile": 0}
        answer = await self.http.put(f"/api/v1/stations/{station_id}", json=body)
        assert answer.status_code == 201, answer.text

    @contextlib.asynccontextmanager
    async def station(self, station_id: str) -> AsyncIterator["Charging"]:
        url = f"{self.server.ocpp_url}/{station_id}"
        async with connect(url, subprotocols=["ocpp1.6"], proxy=None) as socket:  # type: ignore[list-item]
            yield Charging(socket)

    async def metrics(self) -> dict[str, float]:
        """Samples by name and labels, as they stand in the text."""
        return samples((await self.http.get("/metrics")).text)


class Charging:
    """A 1.6 station in a few words."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0

    async def asks(self, action: str, payload: dict[str, Any]) -> Any:
        """The answer's frame."""
        self._count += 1
        await self._socket.send(json.dumps([2, str(self._count), action, payload]))
        async with asyncio.timeout(10):
            return json.loads(await self._socket.recv())

    async def boots(self) -> None:
        answer = await self.asks(
            "BootNotification", {"chargePointVendor": "Voltaro", "chargePointModel": "Test"}
        )
        assert answer[2]["status"] == "Accepted"


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@contextlib.asynccontextmanager
async def house(database_url: str, data_dir: Path, **settings: Any) -> AsyncIterator[House]:
    given = {"ocpp_port": 0, "http_port": 0, "bind": "127.0.0.1", "bootstrap_api_key": KEY}
    told = Settings(database_url=database_url, data_dir=data_dir, **{**given, **settings})
    async with (
        serving(told) as server,
        httpx.AsyncClient(
            base_url=server.http_url,
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
            timeout=20,
        ) as http,
    ):
        yield House(server, http)


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path, metrics_port=0) as running:
        yield running


async def voltaro(*arguments, **env):
    """Run a command line; (exit code, stdout, stderr)."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "voltaro.cli", *map(str, arguments),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**inherited, **env},
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def until(condition: Any, what: str, *, within_s: float = 10.0) -> None:
    """Wait for a condition, awaited or not; says what did not come in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert loop.time() < deadline, f"waited {within_s:.0f} s in vain for {what}"
        await asyncio.wait([loop.create_future()], timeout=0.02)
