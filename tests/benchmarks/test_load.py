"""A benchmark's figures mean something: its stations speak OCPP, and what is answered is stored."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import processes
import throughput
from frames import MESSAGES

from tests.edge.conftest import eventually

STATIONS = 5
RATE = 200
SECONDS = 0.5
SERVERS = {"voltaro": processes.voltaro, "baseline": processes.baseline}


@asynccontextmanager
async def started(start, **settings):
    async with (
        processes.postgres() as cluster,
        start(cluster, await cluster.database("bench"), **settings) as server,
    ):
        yield server


@asynccontextmanager
async def charging(server, version, prefix):
    async with processes.stations(server, version, prefix, STATIONS) as stations:
        for do in ("connect", "boot", "start"):
            told = await stations.order(do)
            assert (told["refused"], told["lost"]) == (0, 0)
        yield stations


#: The baseline speaks what `make bench` compares.
SPOKEN = [
    *(("voltaro", version) for version in MESSAGES),
    *(("baseline", version) for version in throughput.VERSIONS),
]


@pytest.mark.parametrize(("name", "version"), SPOKEN)
async def test_every_message_is_answered_and_every_reading_stored_once(name, version):
    async with started(SERVERS[name]) as server, charging(server, version, "L") as stations:
        told = await stations.order("open", message="MeterValues", rate=RATE, seconds=SECONDS)
        assert (told["due"], told["lost"]) == (RATE * SECONDS, 0)
        assert told["sent"] > STATIONS
        assert await server.stored_samples() == 3 * told["sent"]

        for message in MESSAGES[version]:
            began = []
            told = await stations.order(
                "closed",
                message=message,
                warm=0.1,
                seconds=0.1,
                measuring=lambda began=began: began.append(server.cpu_s()),
            )
            assert told["messages"] >= 2 * STATIONS
            assert len(began) == 1

        await stations.order("storm")
        assert (await stations.order("boot"))["lost"] == 0  # all of them are back


async def test_voltaro_finds_nothing_to_repair_in_what_the_stations_say():
    async with (
        started(processes.voltaro) as server,
        httpx.AsyncClient(base_url=server.http_url, headers=server.headers) as http,
    ):
        for version in MESSAGES:
            name = f"V{version[0]}-"
            async with charging(server, version, name) as stations:
                for message in MESSAGES[version]:
                    await stations.order("closed", message=message, warm=0, seconds=0.1)
            answer = await http.get(f"/api/v1/stations/{name}0/deviations")

            assert answer.json()["items"] == []


async def test_a_station_that_nobody_knows_counts_as_refused_until_it_is_let_in():
    async with (
        started(processes.voltaro, unknown_stations="refuse") as server,
        processes.stations(server, "1.6", "L", 1) as stations,
        httpx.AsyncClient(base_url=server.http_url, headers=server.headers) as http,
    ):
        connecting = asyncio.create_task(stations.order("connect"))
        await eventually(lambda: http.get("/api/v1/attempts"), lambda told: told.json()["items"])
        (await http.put("/api/v1/stations/L0", json={"security_profile": 0})).raise_for_status()

        assert (await connecting)["refused"] >= 1
