"""The port of stations lets newcomers in, whatever else there is to do."""

import asyncio
import contextlib
import os
import resource
import socket
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from tests.edge.conftest import eventually
from voltaro.edge.entrance import Entrance
from voltaro.edge.listener import listen

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Greeter(asyncio.Protocol):
    def __init__(self, there):
        self._there = there

    def connection_made(self, transport):
        self._there.append(transport)
        transport.write(b"hello")


@asynccontextmanager
async def listening(host="127.0.0.1", port=0):
    """A port, and the transports of those who were let in."""
    there = []
    listener = await listen(host, port, lambda: Greeter(there), Entrance())
    try:
        yield listener, there
    finally:
        await listener.close()
        for each in there:
            each.abort()


@contextlib.contextmanager
def knocking(port, count, host="127.0.0.1", family=socket.AF_INET):
    """Connections that wait to be let in: the system answers them until its queue is full."""
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(socket.socket(family)) for _ in range(count)]
        for each in peers:
            each.settimeout(10)
            each.connect((host, port))
        yield peers


async def until(holds):
    async def ask():
        return holds()

    await eventually(ask, bool)


async def turn():
    """One round of the loop."""
    over = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(over.set_result, None)
    await over


async def test_many_newcomers_are_let_in_at_once():
    async with listening() as (listener, there):
        with knocking(listener.port, 100) as peers:
            turns = 0
            while len(there) < len(peers):
                await turn()
                turns += 1

            # One in each turn, while a turn serves all who are in, would be none under load.
            assert turns < len(peers) / 2
            assert {each.recv(5) for each in peers} == {b"hello"}


async def test_who_left_before_it_was_let_in_keeps_nobody_out():
    async with listening() as (listener, there):
        with knocking(listener.port, 3) as peers:
            peers[0].close()
            await until(lambda: len(there) >= 2)

            assert [each.recv(5) for each in peers[1:]] == [b"hello", b"hello"]


async def test_out_of_open_files_newcomers_wait_and_the_log_says_why():
    async with listening() as (listener, there):
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        with capture_logs() as logs, knocking(listener.port, 1) as (peer,):
            free = os.dup(peer.fileno())
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
            try:
                await until(lambda: logs)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            assert logs[0]["event"] == "no station can be let in"
            assert logs[0]["reason"] == "Too many open files"
            assert not there

            assert await asyncio.to_thread(peer.recv, 5) == b"hello"


async def test_a_name_is_all_of_its_addresses():
    async with listening() as (free, _):
        port = free.port
    async with listening("localhost", port):
        found = socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)
        assert found
        for family, *_, address in found:
            with knocking(port, 1, address[0], family) as (peer,):
                assert await asyncio.to_thread(peer.recv, 5) == b"hello"


async def test_a_port_that_is_taken_is_an_error_and_nothing_stays_open():
    async with listening() as (listener, _):
        with pytest.raises(OSError, match="in use"):
            await listen("127.0.0.1", listener.port, asyncio.Protocol, Entrance())


async def test_nobody_is_let_in_after_the_end():
    async with listening() as (listener, _):
        await listener.close()

        with pytest.raises(ConnectionRefusedError), knocking(listener.port, 1):
            pass
