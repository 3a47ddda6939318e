"""A firmware image and a diagnostics archive travel between us and a simulated station.

Between them stands a relay that cuts the first connection in the middle.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import socket
import struct
from urllib.parse import urlsplit

import pytest

from tests.edge.conftest import eventually, running
from voltaro.setting_values import PortRange
from voltaro.testing import SimulatedStation
from voltaro.testing.controller16.logs import archive

IMAGE = random.Random(7).randbytes(1_500_000)
ARCHIVE_BYTES = 1_200_000
#: The relays stand at another loopback address, at the very ports of the server.
RELAY, SERVER = "127.0.0.2", "127.0.0.1"


class Relay:
    """Passes bytes on; the first connection that carries `after` bytes one way is cut there."""

    def __init__(self, port, after):
        self.port = port
        self.left = after
        self.cut = False
        self.serving = set()

    async def serve(self, reader, writer):
        self.serving.add(asyncio.current_task())
        asyncio.current_task().add_done_callback(self.serving.discard)
        to_server, from_server = None, None
        try:
            from_server, to_server = await asyncio.open_connection(SERVER, self.port)
            passing = [
                asyncio.create_task(self._pass(reader, to_server)),
                asyncio.create_task(self._pass(from_server, writer)),
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            if not self.cut or self.left:
                await asyncio.wait(passing, timeout=2)
            for each in passing:
                each.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
        finally:
            for stream in (writer, to_server):
                if stream is not None:
                    _reset(stream)

    async def _pass(self, reader, writer):
        passed = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                passed += len(data)
                if not self.cut and passed > self.left:
                    self.cut = True
                    self.left = 0
                    return
                writer.write(data)
                await writer.drain()
            writer.write_eof()


def _reset(stream):
    """A network that breaks says nothing; a reset is the nearest to it."""
    end = stream.get_extra_info("socket")
    if end is not None and not stream.transport.is_closing():
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.transport.abort()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((SERVER, 0))
    ports = sorted(each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    return ports


@contextlib.asynccontextmanager
async def relayed(port, after):
    relay = Relay(port, after)
    async with await asyncio.start_server(relay.serve, RELAY, port):
        yield relay
    if relay.serving:
        await asyncio.wait(relay.serving, timeout=10)


@contextlib.asynccontextmanager
async def charging_point(server):
    """A simulated station that is at the server's command."""
    station_id = await server.station()
    station = SimulatedStation(server.ocpp_url, station_id, protocol="1.6")
    stopping = asyncio.Event()
    living = asyncio.create_task(station.stays_connected(stopping))
    await eventually(lambda: server.status(station_id), lambda shown: shown["online"])
    await eventually(lambda: server.connector(station_id), lambda shown: shown is not None)
    try:
        yield station
    finally:
        stopping.set()
        await asyncio.wait_for(living, 10)
        await station.close()


async def asks(server, station, command, **fields):
    """The command once it is over."""
    answer = await server.http.post(
        f"/api/v1/stations/{station.id}/commands",
        json={"command": command, **fields},
        headers={"Prefer": "wait=60"},
        timeout=90,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(params=["http", "ftp"])
async def place(request, database_url, tmp_path):
    """(server, scheme, the relay that carries the files)."""
    http_port, ftp_port, data_port = free_ports(3)
    settings = {"http_port": http_port, "bind": SERVER}
    if request.param == "ftp":
        settings |= {
            "ftp_port": ftp_port,
            "ftp_public_host": RELAY,
            "ftp_passive_ports": PortRange(first=data_port, last=data_port),
        }
    else:
        settings |= {"public_url": f"http://{RELAY}:{http_port}"}
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(running(database_url, tmp_path, **settings))
        carrier = http_port if request.param == "http" else data_port
        relay = await stack.enter_async_context(relayed(carrier, 500_000))
        if request.param == "ftp":
            await stack.enter_async_context(relayed(ftp_port, 10**9))
        server.http.base_url = f"http://{SERVER}:{http_port}"
        yield server, request.param, relay


async def test_a_firmware_image_arrives_whole_though_it_was_cut(place):
    server, scheme, relay = place
    made = await server.http.post(
        "/api/v1/files?name=firmware-2.0.bin&kind=firmware",
        content=IMAGE,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert made.status_code == 201, made.text
    assert made.json()["sha256"] == hashlib.sha256(IMAGE).hexdigest()
    async with charging_point(server) as station:
        command = await asks(
            server, station, "update_firmware", file_id=made.json()["id"], scheme=scheme
        )
        fetched = station.controller.firmware.image

    assert relay.cut
    assert (command["state"], command["detail"]) == ("done", "Installed")
    assert hashlib.sha256(fetched).hexdigest() == made.json()["sha256"]
    (update,) = await server.journal(station.id, lambda rows: rows, action="UpdateFirmware")
    location = json.loads(update["frame"])[3]["location"]
    assert urlsplit(location).scheme == scheme
    assert "***" in location


async def test_an_archive_arrives_whole_though_it_was_cut(place):
    server, scheme, relay = place
    async with charging_point(server) as station:
        station.controller.logs.size_bytes = ARCHIVE_BYTES
        command = await asks(server, station, "get_log", kind="diagnostics", scheme=scheme)

    sent = archive(station.id, ARCHIVE_BYTES)
    assert relay.cut
    assert command["state"] == "done"
    file = await server.get(f"/api/v1/files/{command['file_id']}")
    content = (await server.http.get(f"/api/v1/files/{command['file_id']}/content")).content
    assert file["complete"]
    assert content == sent
    assert file["sha256"] == hashlib.sha256(sent).hexdigest()
