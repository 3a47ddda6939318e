"""Many sockets: memory and CPU time of each, and how a storm of reconnects goes by.

As many idle stations as the limit of open files allows, with passwords at Voltaro; then 10,000 stations
lose their sockets at once, connect and boot, while 1,000 others send 2,000 messages a second.
"""

import asyncio
import contextlib

from machine import described, open_files
from processes import baseline, in_session, postgres, run, stations, voltaro
from results import record
from seeding import PASSWORD, SECRET_KEY, seed

MOST = 19_000
#: Files that a process has open besides the sockets of stations.
SPARE = 300
STORM = 10_000
STORMS = 3
TRAFFIC = 1000
RATE = 2000
QUIET_S = 8
STORM_S = 15
#: What follows a handshake (the line in the history of sockets) is written a moment later.
SETTLE_S = 3


async def main():
    files = open_files()
    async with postgres() as cluster:
        print(f"{described()}, PostgreSQL {await cluster.version()}", flush=True)
        count = min(MOST, files - SPARE)
        for name in ("voltaro", "baseline"):
            async with contextlib.AsyncExitStack() as stack:
                await idle(*await many(stack, cluster, name, count), count)
        async with contextlib.AsyncExitStack() as stack:
            await storms(stack, cluster, min(STORM, files - SPARE - TRAFFIC))


async def many(stack, cluster, name, count):
    """A server that knows the stations, and the stations."""
    url = await cluster.database(f"idle_{name}")
    if name == "baseline":
        server = await stack.enter_async_context(baseline(cluster, url))
        return server, await stack.enter_async_context(stations(server, "1.6", "I", count))
    await seed(url, "I", count)
    server = await stack.enter_async_context(
        voltaro(cluster, url, unknown_stations="refuse", secret_key=SECRET_KEY)
    )
    fleet = await stack.enter_async_context(stations(server, "1.6", "I", count, PASSWORD))
    return server, fleet


async def idle(server, fleet, count):
    for do in ("connect", "boot"):
        rss, cpu = server.rss_bytes(), server.cpu_s()
        told = await fleet.order(do)
        await asyncio.sleep(SETTLE_S)
        server_s, postgres_s = (b - a for a, b in zip(cpu, server.cpu_s(), strict=True))
        record(
            f"idle: {do}",
            system=server.name,
            stations=count,
            server_us=1e6 * server_s / count,
            postgres_us=1e6 * postgres_s / count,
            rss_kb_each=(server.rss_bytes() - rss) / count / 1024,
            rss_mb=server.rss_bytes() / 1e6,
            **told,
        )


async def storms(stack, cluster, count):
    url = await cluster.database("storm")
    await seed(url, "S", count)
    server = await stack.enter_async_context(voltaro(cluster, url, secret_key=SECRET_KEY))
    crowd = await stack.enter_async_context(stations(server, "1.6", "S", count, PASSWORD))
    for do in ("connect", "boot"):
        await crowd.order(do)
    traffic = await stack.enter_async_context(in_session(server, "1.6", "T", TRAFFIC))
    common = {"system": server.name, "stations": count, "others": TRAFFIC, "rate": RATE}
    open_loop = {"message": "MeterValues", "rate": RATE}
    record("storm: before", **common, **await traffic.order("open", **open_loop, seconds=QUIET_S))
    for _ in range(STORMS):
        began = asyncio.Event()
        others = asyncio.create_task(
            traffic.order("open", **open_loop, seconds=STORM_S, measuring=began.set)
        )
        await began.wait()
        cpu = server.cpu_s()
        told = await crowd.order("storm")
        server_s, postgres_s = (b - a for a, b in zip(cpu, server.cpu_s(), strict=True))
        record("storm", **common, server_cpu_s=server_s, postgres_cpu_s=postgres_s, **told)
        record("storm: others meanwhile", **common, **await others)


if __name__ == "__main__":
    run(main)
