"""1,000 commands to 1,000 stations, with and without silent stations among them, in turns.

Every command is one HTTP request that waits for the station's answer. Recorded are the seconds of each
round, their paired ratios, the CPU time of the server and of the client that asks, and the latency of a
single command to an idle server.
"""

import asyncio
import statistics
import time

import httpx
from processes import postgres, run, stations, voltaro
from results import record

STATIONS = 1000
SILENT = 100
ROUNDS = 3
AT_ONCE = 100
SINGLE = 200


async def ask(http, name, *, wait=True):
    answer = await http.post(
        f"/api/v1/stations/{name}/commands",
        json={"command": "clear_cache"},
        headers={"Prefer": "wait=30"} if wait else {},
    )
    answer.raise_for_status()
    return answer.json()["state"]


async def round_s(http, names):
    """Seconds until all of them have answered."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(name):
        async with limit:
            assert await ask(http, name) == "accepted"

    began = time.perf_counter()
    await asyncio.gather(*map(one, names))
    return time.perf_counter() - began


async def main():
    names = [f"C{n}" for n in range(STATIONS)]
    silent = [f"mute-{n}" for n in range(SILENT)]
    async with (
        postgres() as cluster,
        voltaro(cluster, await cluster.database("bench")) as server,
        stations(server, "1.6", "C", STATIONS) as loud,
        stations(server, "1.6", "mute-", SILENT) as quiet,
        httpx.AsyncClient(
            base_url=server.http_url,
            headers=server.headers,
            limits=httpx.Limits(max_connections=2 * AT_ONCE),
            timeout=60,
        ) as http,
    ):
        for fleet in (loud, quiet):
            await fleet.order("connect")
            await fleet.order("boot")
        await measure(server, http, names, silent)


async def measure(server, http, names, silent):
    await round_s(http, names)  # warm
    alone, among = [], []
    began_s, began_client_s = server.cpu_s(), time.process_time()
    for _ in range(ROUNDS):
        alone.append(await round_s(http, names))
        await asyncio.gather(*(ask(http, name, wait=False) for name in silent))
        among.append(await round_s(http, names))
    asked = ROUNDS * (2 * STATIONS + SILENT)
    server_s, postgres_s = (b - a for a, b in zip(began_s, server.cpu_s(), strict=True))
    client_s = time.process_time() - began_client_s
    single = []
    for name in names[:SINGLE]:
        began = time.perf_counter()
        await ask(http, name)
        single.append(1000 * (time.perf_counter() - began))
    single.sort()
    record(
        "commands",
        commands=STATIONS,
        silent_stations=SILENT,
        alone_s=[round(each, 2) for each in alone],
        among_silent_s=[round(each, 2) for each in among],
        median_ratio=statistics.median(b / a for a, b in zip(alone, among, strict=True)),
        server_us=1e6 * server_s / asked,
        postgres_us=1e6 * postgres_s / asked,
        client_us=1e6 * client_s / asked,
        single_ms_p50=single[len(single) // 2],
        single_ms_p95=single[len(single) * 95 // 100],
    )


if __name__ == "__main__":
    run(main)
