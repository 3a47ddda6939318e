"""Durable MeterValues a second, and what each costs in CPU, at 100 and at 1,000 stations.

Every message holds four readings of an open transaction and is answered after its commit.
Wall-clock figures depend on what else the machine does; CPU microseconds per message repeat.
"""

import asyncio
import json
import sys
from pathlib import Path

from server import running

SECONDS = 8.0
ROUNDS = 2


async def measure(server, stations, label):
    await server.register([f"{label}{n}" for n in range(stations)])
    load = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("load.py")),
        server.ocpp_url, label, str(stations), str(SECONDS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    connected = json.loads(await load.stdout.readline())
    server_0, postgres_0 = server.cpu_s()
    load.stdin.write(b"go\n")
    result = json.loads(await load.stdout.readline())
    server_1, postgres_1 = server.cpu_s()
    await load.wait()
    n = result["messages"]
    return {
        "stations": stations,
        "messages_per_s": round(n / result["seconds"]),
        "p50_ms": round(result["p50_ms"], 1),
        "p99_ms": round(result["p99_ms"], 1),
        "server_us": round((server_1 - server_0) * 1e6 / n, 1),
        "postgres_us": round((postgres_1 - postgres_0) * 1e6 / n, 1),
        "connected_s": round(connected["connected_s"], 2),
    }


async def main():
    async with running() as server:
        print(json.dumps({"first_start_s": round(server.ready_s, 2)}))
        for round_number in range(ROUNDS):
            for stations in (100, 1000):
                print(json.dumps(await measure(server, stations, f"B{round_number}-{stations}-")))


asyncio.run(main())
