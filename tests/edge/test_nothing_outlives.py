"""What is over leaves nothing in memory, and nothing that only a walk over all of memory finds.

Such a walk stops the server, for seconds where there are tens of thousands of stations.
"""

import contextlib
import gc
import socket
import ssl
import struct
import weakref
from collections import Counter

import pytest
from fastapi import FastAPI
from websockets.server import ServerProtocol

from tests.edge.conftest import V16, V201, basic, eventually, running
from voltaro.edge.connection import Connection
from voltaro.edge.socket import Socket
from voltaro.edge.tls import TlsLayer
from voltaro.protocol.errors import RpcError

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"


@pytest.fixture(scope="module")
def settings(authority):
    return authority.settings


async def test_a_server_that_ended_leaves_nothing_in_memory(database_url, tmp_path):
    before = {id(each) for each in gc.get_objects() if type(each) is FastAPI}
    async with running(database_url, tmp_path) as server:
        station = await server.connects()
        await station.beats()
        for path in ("/api/v1/stations", "/api/v1/openapi.json", "/ui/"):
            await server.http.get(path)
        # Everything else of a server hangs on it.
        applications = [
            weakref.ref(each)
            for each in gc.get_objects()
            if type(each) is FastAPI and id(each) not in before
        ]
    assert len(applications) == 1

    async def still_there() -> list[object]:
        gc.collect()
        return [each for ref in applications if (each := ref()) is not None]

    await eventually(still_there, lambda found: not found)


@contextlib.contextmanager
def no_collector():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def of_sockets() -> Counter[str]:
    """What there is in memory for the server's sockets."""
    kinds = (Connection, Socket, ServerProtocol, TlsLayer)
    return Counter(type(each).__name__ for each in gc.get_objects() if type(each) in kinds)


async def cut(station):
    station.socket.transport.abort()


async def reset(station):
    raw = station.socket.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    station.socket.transport.abort()


async def says_goodbye(station):
    await station.socket.close()


async def breaks_the_protocol(station):
    await station.says(b"\xff\xff")
    await station.closed()


@pytest.mark.parametrize("end", [cut, reset, says_goodbye, breaks_the_protocol])
@pytest.mark.parametrize("secured", [False, True])
@pytest.mark.parametrize("version", [V16, V201])
async def test_a_socket_that_closed_leaves_nothing_for_the_collector(
    server, authority, end, secured, version
):
    with no_collector():
        before = await of_sockets()
        station_id = await server.station(security_profile=2 if secured else 1, password=PASSWORD)
        options = {"ssl": authority.client()} if secured else {}
        station = await server.connects(
            station_id, version, additional_headers=basic(station_id, PASSWORD), **options
        )
        await station.beats()
        assert await of_sockets() > before

        await end(station)

        await eventually(of_sockets, lambda found: found == before)


async def test_a_refused_upgrade_leaves_nothing_for_the_collector(server):
    with no_collector():
        before = await of_sockets()

        with pytest.raises(Exception, match="404"):
            await server.connects("nobody-knows-this-one")

        await eventually(of_sockets, lambda found: found == before)


async def test_a_failed_tls_handshake_leaves_nothing_for_the_collector(server):
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    station_id = await server.station(security_profile=2, password=PASSWORD)
    with no_collector():
        before = await of_sockets()

        with pytest.raises(ssl.SSLCertVerificationError):
            await server.connects(station_id, ssl=stranger)

        await eventually(of_sockets, lambda found: found == before)


async def test_refused_messages_leave_nothing_for_the_collector(server):
    station = await server.connects()
    with no_collector():
        for n in range(10):
            await station.asks("BootNotification", {"chargePointVendor": n})
            await station.asks("NoSuchAction", {})
            await station.says("no OCPP")
        await station.asks("Heartbeat", {})

        kept = [each for each in gc.get_objects() if type(each) is RpcError]
        assert not kept
