"""1,000 commands to 1,000 stations, with and without silent stations among them, in turns.

Every command is one HTTP request that waits for the station's answer. Printed are the seconds of each
round, their paired ratios, and the latency of a single command to an idle server.
"""

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).parent))

from load import Station, meter_values
from server import running

STATIONS = 1000
SILENT = 100
ROUNDS = 5
AT_ONCE = 100
SINGLE = 200


class Obedient(Station):
    """Answers every CALL at once, unless it is told to be silent."""

    silent = False

    def on_answer(self, payload):
        if not payload.startswith(b"[2"):
            super().on_answer(payload)
        elif not self.silent:
            self.send(json.dumps([3, json.loads(payload)[1], {"status": "Accepted"}]))


async def connect(url, names):
    parts, loop, stations = urlsplit(url), asyncio.get_running_loop(), []
    for name in names:
        _, station = await loop.create_connection(
            lambda name=name: Obedient(name, meter_values, []), parts.hostname, parts.port
        )
        stations.append(station)
    await asyncio.gather(*(station.opened for station in stations))
    return stations


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
    silent = [f"Q{n}" for n in range(SILENT)]
    async with running() as server:
        await server.register(names + silent)
        stations = await connect(server.ocpp_url, names + silent)
        for station in stations[STATIONS:]:
            station.silent = True
        limits = httpx.Limits(max_connections=2 * AT_ONCE)
        async with httpx.AsyncClient(
            base_url=server.http_url, headers=server.headers, limits=limits, timeout=60
        ) as http:
            await round_s(http, names)  # warm
            alone, among = [], []
            for _ in range(ROUNDS):
                alone.append(await round_s(http, names))
                await asyncio.gather(*(ask(http, name, wait=False) for name in silent))
                among.append(await round_s(http, names))
            single = []
            for name in names[:SINGLE]:
                began = time.perf_counter()
                await ask(http, name)
                single.append(1000 * (time.perf_counter() - began))
        single.sort()
        print(
            json.dumps(
                {
                    "commands": STATIONS,
                    "silent_stations": SILENT,
                    "alone_s": [round(each, 2) for each in alone],
                    "among_silent_s": [round(each, 2) for each in among],
                    "median_ratio": round(
                        statistics.median(b / a for a, b in zip(alone, among, strict=True)), 2
                    ),
                    "single_ms_p50": round(single[len(single) // 2], 1),
                    "single_ms_p95": round(single[len(single) * 95 // 100], 1),
                }
            )
        )
        for station in stations:
            station.transport.abort()


uvloop.run(main())
