"""Memory of the server per idle station, and how long a storm of reconnects takes."""

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))

from load import Station, meter_values
from server import running

STATIONS = 5000


async def main():
    async with running() as server:
        await server.register([f"I{n}" for n in range(STATIONS)])
        parts, before = urlsplit(server.ocpp_url), server.rss_bytes()
        cpu = server.cpu_s()[0]
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        stations = []
        for n in range(STATIONS):
            _, station = await loop.create_connection(
                lambda n=n: Station(f"I{n}", meter_values, []), parts.hostname, parts.port
            )
            stations.append(station)
        await asyncio.gather(*(station.opened for station in stations))
        print(
            json.dumps(
                {
                    "stations": STATIONS,
                    "first_start_s": round(server.ready_s, 2),
                    "connected_s": round(time.perf_counter() - began, 2),
                    "server_us_per_connect": round((server.cpu_s()[0] - cpu) / STATIONS * 1e6),
                    "rss_kb_per_station": round((server.rss_bytes() - before) / STATIONS / 1024, 1),
                    "rss_mb": round(server.rss_bytes() / 1e6),
                }
            )
        )
        for station in stations:
            station.transport.abort()


asyncio.run(main())
