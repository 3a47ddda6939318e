"""What carries the messages: our shell beside the servers of `websockets` and picows.

The three only answer (`echo.py`), in turns: what a message costs, how soon new stations get in while
others take all of the processor, what peers that send and do not read do to memory and to the others,
and what is left after many came and went.
"""

import asyncio
import contextlib
import socket

from frames import text_frame, upgrade
from machine import cpu_s, described, open_files, rss_bytes
from processes import echo, run, stations
from results import record, table

CROWD = 1000
CLOSED = {"message": "Heartbeat", "warm": 0.3, "seconds": 4}
ROUNDS = 2
#: Peers that send all they can for so long, and read nothing.
DEAF, DEAF_S = 100, 6
RATE = 500
#: Turns of a fleet that loses its sockets and comes back.
TURNS = 20
SERVERS = ("shell", "websockets", "picows")
SHOWN = (
    "us_100", "us_1000", "per_s_1000", "in_s_calm", "in_s_saturated", "deaf_mb", "deaf_p99_ms",
    "kb_each", "left_mb",
)  # fmt: skip


async def main():
    open_files()
    print(described(), flush=True)
    found = {name: [] for name in SERVERS}
    for n in range(ROUNDS):
        for name in SERVERS if n % 2 == 0 else SERVERS[::-1]:
            figures = {}
            for measure in (saturated, deaf, comings):
                async with echo(name) as server:
                    figures |= await measure(server)
            found[name].append(figures)
            record("sockets", system=name, **figures)
    rows = [[name, *(_median(found[name], key) for key in SHOWN)] for name in SERVERS]
    table(["server", *SHOWN], rows)


async def saturated(server):
    """Closed loops of a hundred and of a thousand; another thousand connect meanwhile."""
    figures = {}
    for count in (100, CROWD):
        async with stations(server, "1.6", "A", count) as fleet:
            told = await fleet.order("connect")
            if count == CROWD:
                figures["in_s_calm"] = told["seconds"]
            figures |= await _closed(server, fleet, count)
            if count == CROWD:
                figures["in_s_saturated"] = await _newcomers(server, fleet)
    return figures


async def _closed(server, fleet, count):
    before = []
    told = await fleet.order("closed", **CLOSED, measuring=lambda: before.append(cpu_s(server.pid)))
    return {
        f"us_{count}": 1e6 * (cpu_s(server.pid) - before[0]) / told["messages"],
        f"per_s_{count}": told["messages"] / told["seconds"],
    }


async def _newcomers(server, fleet):
    busy = asyncio.Event()
    load = asyncio.create_task(fleet.order("closed", **CLOSED, measuring=busy.set))
    async with stations(server, "1.6", "B", CROWD) as newcomers:
        await busy.wait()
        told = await newcomers.order("connect")
    await load
    return told["seconds"]


async def deaf(server):
    """Memory while some do not read, and how long the others wait."""
    async with stations(server, "1.6", "A", CROWD) as fleet:
        await fleet.order("connect")
        before = rss_bytes(server.pid)
        with contextlib.ExitStack() as stack:
            peers = [await _deaf_peer(server, stack, n) for n in range(DEAF)]
            talking = [asyncio.create_task(_talk(each)) for each in peers]
            told = await fleet.order("open", message="Heartbeat", rate=RATE, seconds=DEAF_S)
            after = rss_bytes(server.pid)
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
    return {"deaf_mb": (after - before) / 1e6, "deaf_p99_ms": told["p99_ms"]}


async def _deaf_peer(server, stack, n):
    loop = asyncio.get_running_loop()
    peer = stack.enter_context(socket.socket())
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    await loop.sock_connect(peer, ("127.0.0.1", server.port))
    await loop.sock_sendall(peer, upgrade(f"D{n}", "1.6", None))
    assert (await loop.sock_recv(peer, 4096)).startswith(b"HTTP/1.1 101")
    return peer


async def _talk(peer):
    frames = b"".join(text_frame(b'[2,"%d","Heartbeat",{}]' % n) for n in range(1000))
    with contextlib.suppress(OSError):
        while True:
            await asyncio.get_running_loop().sock_sendall(peer, frames)


async def comings(server):
    """A thousand stations that come and go."""
    async with stations(server, "1.6", "A", CROWD) as fleet:
        before = rss_bytes(server.pid)
        await fleet.order("connect")
        first = rss_bytes(server.pid)
        for _ in range(TURNS):
            await fleet.order("reconnect")
        return {
            "kb_each": (first - before) / CROWD / 1024,
            "left_mb": (rss_bytes(server.pid) - first) / 1e6,
        }


def _median(rounds, key):
    ordered = sorted(figures[key] for figures in rounds)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


if __name__ == "__main__":
    run(main)
