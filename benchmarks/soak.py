"""Whether anything grows: a fleet that works, comes and goes for so many minutes (15 unless told otherwise).

    soak.py [minutes]

1,000 stations of each of 1.6 and 2.0.1 in a session, with 200 messages a second due from each; 1,000 others lose their
sockets, connect and boot again and again. Each minute is a line: memory, open files,
how long stations waited, CPU time per message.
"""

import asyncio
import contextlib
import sys

from machine import described
from processes import in_session, postgres, run, stations, voltaro
from results import record, table

MINUTES = 15
EACH = 1000
RATE = 200
SPEAKS = {"1.6": "MeterValues", "2.0.1": "TransactionEvent"}
#: Seconds between two storms, and of one order to the fleets.
PAUSE_S = 10
SLICE_S = 60


async def main():
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    async with contextlib.AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(postgres())
        server = await stack.enter_async_context(voltaro(cluster, await cluster.database("soak")))
        fleets = {}
        for version in SPEAKS:
            fleet = in_session(server, version, f"S{version.replace('.', '')}-", EACH)
            fleets[version] = await stack.enter_async_context(fleet)
        guests = await stack.enter_async_context(stations(server, "1.6", "GUEST-", EACH))
        for do in ("connect", "boot"):
            await guests.order(do)
        print(f"{described()}, PostgreSQL {await cluster.version()}", flush=True)
        coming = asyncio.create_task(come_and_go(guests))
        lines = [await slice_of(server, fleets, minute) for minute in range(1, minutes + 1)]
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
    figures = ("minute", "rss_mb", "files", "server_us", "p50_ms", "p99_ms", "lost")
    table(figures, [[line[each] for each in figures] for line in lines])


async def come_and_go(guests):
    while True:
        await guests.order("storm")
        await asyncio.sleep(PAUSE_S)


async def slice_of(server, fleets, minute):
    """All fleets send for a minute."""
    before = server.cpu_s()
    told = await asyncio.gather(
        *(
            fleet.order("open", message=SPEAKS[version], rate=RATE, seconds=SLICE_S)
            for version, fleet in fleets.items()
        )
    )
    server_s, postgres_s = (b - a for a, b in zip(before, server.cpu_s(), strict=True))
    answered = sum(each["messages"] for each in told)
    return record(
        "soak",
        minute=minute,
        messages=answered,
        rss_mb=server.rss_bytes() / 1e6,
        files=server.files(),
        server_us=1e6 * server_s / answered,
        postgres_us=1e6 * postgres_s / answered,
        p50_ms=max(each["p50_ms"] for each in told),
        p99_ms=max(each["p99_ms"] for each in told),
        lost=sum(each["lost"] for each in told),
    )


if __name__ == "__main__":
    run(main)
