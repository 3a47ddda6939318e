"""Whoever can reach the port of the stations, and means harm: nothing is held or grows for them."""

import asyncio
import contextlib
import socket
import ssl
import tracemalloc
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.edge.conftest import V16

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"
CHUNK = 64 * 1024
#: More bytes than the buffers of the system hold in both directions.
PLENTY = 40 * 1024 * 1024
#: Who could not send for so long is blocked.
BLOCKED_S = 3


@pytest.fixture(scope="module")
def settings(authority) -> dict[str, Any]:
    return dict(authority.settings)


def upgrade_of(station_id: str, *lines: bytes) -> bytes:
    """A request for an upgrade, with some header lines more."""
    head = (
        f"GET /{station_id} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Protocol: {V16}\r\n"
    )
    return b"".join((head.encode(), *(line + b"\r\n" for line in lines), b"\r\n"))


def answer_to(url: str, request: bytes) -> bytes:
    """All that the server says until it ends the connection."""
    parts, answer = urlsplit(url), b""
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as link:
        link.sendall(request)
        while data := link.recv(4096):
            answer += data
    return answer


async def test_a_password_in_no_alphabet_is_refused_and_its_socket_does_not_stay(server):
    station_id = await server.station(security_profile=1, password=PASSWORD)

    request = upgrade_of(station_id, b"Authorization: Basic \xe9\xe9\xe9\xe9")
    answer = await asyncio.to_thread(answer_to, server.ocpp_url, request)

    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", ["ws://u:{}@host/{}", "{1}?password={0}"])
async def test_a_password_in_the_url_is_not_on_record_with_the_refusal(server, path):
    """Quirk Q5: whole URLs within the path."""
    station_id = await server.station(security_profile=1, password=PASSWORD)

    request = upgrade_of(path.format("SECRET-KEY", station_id))
    await asyncio.to_thread(answer_to, server.ocpp_url, request)
    (attempt,) = await server.attempts(station_id, bool)

    assert "***" in attempt["path"]
    assert "SECRET-KEY" not in str(attempt)


async def test_a_message_in_endless_empty_fragments_takes_no_memory(server):
    station = await server.connects(compression=None)
    wire = station.socket.transport
    begun = bytes([0x01, 0x80 | 6]) + bytes(4) + b'[2,"x"'
    ended = bytes([0x80, 0x80 | 16]) + bytes(4) + b',"Heartbeat",{}]'
    await station.beats()

    tracemalloc.start()
    try:
        wire.write(begun)
        for _ in range(20):
            wire.write((b"\x00\x80" + bytes(4)) * 10_000)
            await asyncio.wait_for(await station.socket.ping(), 20)
        most, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    wire.write(ended)

    assert (await station.hears())[:2] == [3, "x"]
    assert most < 200_000 * 4  # a pointer each would be twice as much


@pytest.mark.parametrize("end", ["]}]", ""], ids=["whole", "cut off"])
async def test_a_configuration_that_nobody_waits_for_any_more_shows_no_password(server, end):
    """As when a station answers twice, or to a server that was started anew since."""
    station = await server.connects()
    told = '{"key":"AuthorizationKey","readonly":false,"value":"SECRET-KEY"}'

    await station.says(f'[3,"long-ago",{{"configurationKey":[{told}{end}')
    (row,) = await server.journal(station.id, bool)

    assert row["verdict"] == "ignored"
    assert "SECRET-KEY" not in str(row)
    assert "***" in row["frame"]


def text_frame(text: str) -> bytes:
    """A final text frame, masked with zeros."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode()


def taken_from_deaf(url: str, tls: ssl.SSLContext | None, frame: bytes) -> int:
    """How many bytes of one frame again and again the server takes while nobody reads its answers."""
    sent, some = 0, frame * (CHUNK // len(frame))
    with contextlib.ExitStack() as stack:
        parts = urlsplit(url)
        link = stack.enter_context(
            socket.create_connection((parts.hostname, parts.port), timeout=BLOCKED_S)
        )
        if tls is not None:
            link = stack.enter_context(tls.wrap_socket(link, server_hostname="localhost"))
        link.sendall(upgrade_of(parts.path.strip("/")))
        assert link.recv(4096).startswith(b"HTTP/1.1 101 ")
        with contextlib.suppress(TimeoutError):
            while sent < PLENTY:
                link.sendall(some)
                sent += len(some)
    return sent


@pytest.mark.parametrize(
    "frame",
    [b"\x89\xfd" + bytes(4) + b"p" * 125, text_frame(f'[2,"{"i" * 100}"]')],
    ids=["pings", "garbage"],
)
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
async def test_a_station_that_never_reads_its_answers_cannot_fill_the_memory(
    server, authority, frame, secured
):
    """The server reads no more of it, so that what waits is in the station."""
    station_id = await server.station()
    url = f"{server.ocpp_tls_url if secured else server.ocpp_url}/{station_id}"
    tls = authority.client() if secured else None

    sent = await asyncio.to_thread(taken_from_deaf, url, tls, frame)

    assert sent < PLENTY
    again = await server.connects(station_id)
    assert await again.beats()
