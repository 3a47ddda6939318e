"""Who comes in: in turn with those who are in, and not at all once it has left again."""

import asyncio
import gc
import socket
import time
from functools import partial

import pytest

from tests.edge.conftest import V16, Server, eventually
from tests.edge.test_database_away import locked
from tests.edge.test_listener import turn
from voltaro.edge.entrance import Entrance

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUEST = (
    "GET /{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    f"Sec-WebSocket-Protocol: {V16}\r\n\r\n"
)

#: A final text frame, masked with zeros.
_TEXT = b'[2,"1","Heartbeat",{}]'
HEARTBEAT = bytes([0x81, 0x80 | len(_TEXT), 0, 0, 0, 0]) + _TEXT


@pytest.fixture(scope="module")
def settings():
    return {"unknown_stations": "accept"}


async def test_turns_come_in_order_and_others_speak_in_between():
    entrance, seen, loop = Entrance(), [], asyncio.get_running_loop()

    def work(number: int) -> None:
        seen.append(number)
        end = time.monotonic() + 0.003
        while time.monotonic() < end:
            pass

    def other() -> None:
        seen.append("other")
        if seen.count("other") < 100:
            loop.call_soon(other)

    async def show() -> list[object]:
        return seen

    for number in range(20):
        entrance.in_turn(partial(work, number))
    other()
    await eventually(show, lambda found: 19 in found)

    assert [each for each in seen if each != "other"] == list(range(20))
    between = seen[seen.index(0) : seen.index(19)].count("other")
    assert between >= 5


async def test_nobody_is_let_in_while_many_wait_and_then_they_are():
    entrance = Entrance()
    await asyncio.wait_for(entrance.room(), 5)

    for _ in range(100):
        entrance.in_turn(partial(time.sleep, 0.001))

    waiting = asyncio.ensure_future(entrance.room())
    await turn()
    assert not waiting.done()
    await asyncio.wait_for(waiting, 5)


async def test_a_turn_that_fails_is_reported_and_the_next_one_comes():
    entrance, done, told = Entrance(), asyncio.Event(), []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    try:
        entrance.in_turn(partial(int, "no number"))
        entrance.in_turn(done.set)
        await asyncio.wait_for(done.wait(), 5)
    finally:
        loop.set_exception_handler(None)

    assert [type(each) for each in told] == [ValueError]


async def knocks(
    server: Server, station_id: str, request: str = REQUEST
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = server.ocpp_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    server.stack.callback(writer.transport.abort)
    server.stack.callback(writer.close)
    writer.write(request.format(station_id).encode())
    return reader, writer


@pytest.mark.parametrize("how", ["closes", "vanishes"])
async def test_a_station_that_leaves_before_it_is_registered_is_not_online(
    server, module_database_url, how
):
    neighbour = await server.connects()
    failed: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failed.append(context))
    server.stack.callback(loop.set_exception_handler, None)
    async with locked(module_database_url, "stations") as lock:
        _, writer = await knocks(server, f"HASTY-{how}")
        await eventually(lock.waited_for, bool)
        if how == "closes":
            writer.close()
            await writer.wait_closed()
        else:
            writer.transport.abort()
        for _ in range(3):
            await neighbour.beats()

    async def listed():
        return [each["station_id"] for each in await server.items("/api/v1/stations")]

    await eventually(listed, lambda found: f"HASTY-{how}" in found)
    for _ in range(3):
        await neighbour.beats()
    gc.collect()  # of a task that nobody waits for it is told when it goes
    assert not (await server.status(f"HASTY-{how}"))["online"]
    assert not failed


async def test_who_asked_waits_for_us_and_is_not_cut_off_meanwhile(
    server, module_database_url, monkeypatch
):
    monkeypatch.setattr("voltaro.edge.socket._HANDSHAKE_S", 0.2)
    reader, _ = await knocks(server, "DAWDLER", REQUEST[:20])
    async with locked(module_database_url, "stations") as lock:
        patient, _ = await knocks(server, "PATIENT")
        await eventually(lock.waited_for, bool)
        assert await asyncio.wait_for(reader.read(), 5) == b""  # its time is up: so is the other's
    assert (await asyncio.wait_for(patient.readline(), 5)).startswith(b"HTTP/1.1 101 ")


async def test_a_request_in_pieces_is_one_request(server):
    reader, writer = await knocks(server, "PIECES", REQUEST[:10])
    writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for each in REQUEST[10:].format("PIECES"):
        writer.write(each.encode())
        await turn()
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 101 ")
    writer.write(HEARTBEAT)
    assert b"currentTime" in await asyncio.wait_for(reader.readuntil(b"currentTime"), 5)
