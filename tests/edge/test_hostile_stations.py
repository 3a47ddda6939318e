"""Whoever can reach the port of the stations, and means harm: nothing is held or grows for them."""

import asyncio

import pytest

from tests.edge.conftest import V16, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"


async def knocks(
    server: Server, station_id: str, *lines: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which an upgrade is asked for, with some header lines more."""
    host, port = server.ocpp_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    server.stack.callback(writer.transport.abort)  # what the server never read must not stay
    server.stack.callback(writer.close)
    head = (
        f"GET /{station_id} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Protocol: {V16}\r\n"
    )
    writer.write(b"".join((head.encode(), *(line + b"\r\n" for line in lines), b"\r\n")))
    return reader, writer


async def test_a_password_in_no_alphabet_is_refused_and_its_socket_does_not_stay(server):
    station_id = await server.station(security_profile=1, password=PASSWORD)

    reader, _ = await knocks(server, station_id, b"Authorization: Basic \xe9\xe9\xe9\xe9")
    answer = await asyncio.wait_for(reader.read(), 5)

    assert answer.startswith(b"HTTP/1.1 401 ")
