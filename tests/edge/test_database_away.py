"""A database that does not answer: nothing is promised, nothing is lost, nobody else waits."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conftest import Postgres
from tests.edge.conftest import Server, Station, at, database, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "Wall 22"}
#: An answer that needs no database comes within this time.
AT_ONCE_S = 0.5


def start(tag: str, **more: Any) -> dict[str, Any]:
    body = {"connectorId": 1, "idTag": tag, "meterStart": 1000, "timestamp": at()}
    return body | more


def stop(ref: int) -> dict[str, Any]:
    return {"transactionId": ref, "meterStop": 3500, "timestamp": at(600)}


def values(ref: int) -> dict[str, Any]:
    reading = {"timestamp": at(60), "sampledValue": [{"value": "2000"}]}
    return {"connectorId": 1, "transactionId": ref, "meterValue": [reading]}


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}


class Lock:
    """Somebody who holds a table and sees who waits for it."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def waited_for(self) -> int:
        return int(await self._sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


@contextlib.asynccontextmanager
async def locked(url: str, table: str) -> AsyncIterator[Lock]:
    """Nobody can read or write a table until the end of the block."""
    sql = await asyncpg.connect(url)
    try:
        async with sql.transaction():
            await sql.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield Lock(sql)
    finally:
        await sql.close()


async def says_nothing(station: Station) -> bool:
    """Whether the station has heard nothing so far."""
    with pytest.raises(TimeoutError):
        await station.hears(within_s=0.05)
    return True


async def beats_at_once(station: Station) -> None:
    began = time.monotonic()
    await station.beats()
    assert time.monotonic() - began < AT_ONCE_S


async def ready(server: Server) -> int:
    return (await server.http.get("/readyz")).status_code


# -- the database hangs for a while


async def test_what_has_an_effect_is_not_acknowledged_and_heartbeats_of_others_are(
    server, module_database_url
):
    neighbour, tag = await server.connects(), await server.token()
    stations = {
        action: await server.connects()
        for action in ("StartTransaction", "StopTransaction", "MeterValues")
    }
    refs = {
        action: (await station.call("StartTransaction", start(f"{tag}-{action}")))["transactionId"]
        for action, station in stations.items()
    }
    payloads = {
        "StartTransaction": start(tag, connectorId=2),
        "StopTransaction": stop(refs["StopTransaction"]),
        "MeterValues": values(refs["MeterValues"]),
        "StatusNotification": STATUS,
        "BootNotification": BOOT,
    }
    stations |= {action: await server.connects() for action in payloads.keys() - stations.keys()}

    async with locked(module_database_url, "journal") as lock:
        for action, station in stations.items():
            await station.says(json.dumps([2, action, action, payloads[action]]))
        await eventually(lock.waited_for, bool)
        for _ in range(10):
            await beats_at_once(neighbour)
        assert all([await says_nothing(station) for station in stations.values()])
        answer = await neighbour.call("Authorize", {"idTag": tag})
        assert answer["idTagInfo"]["status"] == "Accepted"
        assert await server.transaction(stations["StopTransaction"].id)
        assert (await server.transaction(stations["StopTransaction"].id))["open"] is True

    for action, station in stations.items():
        assert (await station.hears())[:2] == [3, action]
    assert len(await server.transactions(stations["StartTransaction"].id)) == 2
    assert (await server.transaction(stations["StopTransaction"].id))["energy_wh"] == 2500
    assert (await server.transaction(stations["MeterValues"].id))["energy_wh"] == 1000
    assert (await server.connector(stations["StatusNotification"].id))["reported"] == "Charging"
    booted = await server.get(f"/api/v1/stations/{stations['BootNotification'].id}")
    assert booted["vendor"] == "ACME"


@pytest.mark.parametrize(
    "table", ["transactions", "tokens", "receipts", "meter_readings", "commit_mark", "connectors"]
)
async def test_whichever_table_hangs_nothing_is_acknowledged_until_it_is_free(
    server, module_database_url, table
):
    station, other, neighbour = [await server.connects() for _ in range(3)]
    tag = await server.token()
    ref = (await station.call("StartTransaction", start(tag)))["transactionId"]
    action, payload = "StopTransaction", {**stop(ref), "idTag": tag}
    if table == "meter_readings":
        action, payload = "MeterValues", values(ref)
    if table == "connectors":
        action, payload = "StatusNotification", STATUS

    async with locked(module_database_url, table) as lock:
        await station.says(json.dumps([2, "parked", action, payload]))
        await eventually(lock.waited_for, bool)
        assert await says_nothing(station)
        await beats_at_once(neighbour)
        await beats_at_once(other)

    assert (await station.hears())[:2] == [3, "parked"]


async def test_a_message_sent_again_while_it_waits_is_stored_once(server, module_database_url):
    station, tag = await server.connects(), await server.token()

    async with locked(module_database_url, "journal") as lock:
        await station.says(json.dumps([2, "first", "StartTransaction", start(tag)]))
        await eventually(lock.waited_for, bool)
        await station.says(json.dumps([2, "again", "StartTransaction", start(tag)]))
        assert await says_nothing(station)

    first, again = await station.hears(), await station.hears()
    assert (first[1], again[1]) == ("first", "again")
    assert first[2] == again[2]
    assert len(await server.transactions(station.id)) == 1


async def test_many_stations_that_wait_are_all_answered_in_the_end(server, module_database_url):
    stations = [await server.connects() for _ in range(30)]

    async with locked(module_database_url, "journal") as lock:
        for number, station in enumerate(stations):
            frame = [2, "parked", "StartTransaction", start(f"MANY-{number}")]
            await station.says(json.dumps(frame))
        await eventually(lock.waited_for, bool)

    answers = [await station.hears() for station in stations]
    assert len({answer[2]["transactionId"] for answer in answers}) == len(stations)


async def test_connections_to_the_database_that_break_cost_nobody_a_message(
    server, module_database_url
):
    station, tag = await server.connects(), await server.token()
    sql = await asyncpg.connect(module_database_url)
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await sql.close()

    await beats_at_once(station)
    ref = (await station.call("StartTransaction", start(tag)))["transactionId"]
    await station.call("StopTransaction", stop(ref))

    await eventually(lambda: ready(server), lambda status: status == 200)
    assert (await server.transaction(station.id))["energy_wh"] == 2500


# -- and for longer than stations are asked to wait


@pytest.fixture(scope="module")
def impatient_url(postgres: Postgres):
    with database(postgres) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_impatient(
    impatient_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    data_dir: Path = tmp_path_factory.mktemp("impatient")
    async with running(impatient_url, data_dir, database_patience_s=1) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def impatient(shared_impatient: Server) -> AsyncIterator[Server]:
    """A server that sends stations away after a second."""
    async with contextlib.AsyncExitStack() as stack:
        shared_impatient.stack = stack
        yield shared_impatient


@pytest.mark.parametrize("table", ["journal", "transactions"])
async def test_stations_are_sent_away_to_queue_and_come_back_to_find_all_stored_once(
    impatient, impatient_url, table
):
    server = impatient
    busy, idle, tag = await server.connects(), await server.connects(), await server.token()
    assert await ready(server) == 200

    async with locked(impatient_url, table):
        await busy.says(json.dumps([2, "parked", "StartTransaction", start(tag)]))
        assert await idle.closed() == 1013
        assert await busy.closed() == 1013
        with pytest.raises(ConnectionClosed):  # and had said nothing before
            await busy.hears()
        for station_id in (busy.id, idle.id, "NOBODY"):
            with pytest.raises(InvalidStatus) as refused:
                await server.connects(station_id)
            assert refused.value.response.status_code == 503
            assert int(refused.value.response.headers["Retry-After"]) > 0
        assert await ready(server) == 503

    await eventually(lambda: ready(server), lambda status: status == 200)
    busy = await _back(server, busy.id)
    again = await busy.call("StartTransaction", start(tag))
    await (await _back(server, idle.id)).beats()
    assert again["idTagInfo"] == {"status": "Accepted"}
    shown = await server.transaction(busy.id)
    assert shown["station_ref"] == str(again["transactionId"])
    await server.journal(
        busy.id, lambda rows: [row["verdict"] for row in rows] == ["ok", "repeated"]
    )
    (attempt,) = await server.attempts(idle.id, len)
    assert (attempt["status"], attempt["reason"]) == (503, "database_away")
    assert datetime.fromisoformat(attempt["last_at"]) <= datetime.now(UTC)


async def _back(server: Server, station_id: str) -> Station:
    """Connected again, as soon as the server lets it in."""

    async def attempt() -> Station | None:
        with contextlib.suppress(InvalidStatus):
            return await server.connects(station_id)
        return None

    station = await eventually(attempt, lambda found: found is not None)
    assert station is not None
    return station


async def test_a_short_stall_sends_nobody_away(impatient, impatient_url):
    server = impatient
    stations = [await server.connects() for _ in range(3)]

    for number in range(4):
        async with locked(impatient_url, "journal") as lock:
            frames = [json.dumps([2, f"n{number}", "StatusNotification", STATUS]) for _ in stations]
            await asyncio.gather(*(s.says(f) for s, f in zip(stations, frames, strict=True)))
            await eventually(lock.waited_for, bool)
        for station in stations:
            assert (await station.hears())[:2] == [3, f"n{number}"]

    for station in stations:
        await station.beats()


async def test_a_command_that_could_not_be_written_in_time_is_not_sent_later(
    server, module_database_url
):
    station = await server.connects()
    path = f"/api/v1/stations/{station.id}/commands"

    async with locked(module_database_url, "commands"):
        answer = await server.http.post(path, json={"command": "clear_cache"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")

    (command,) = await eventually(
        lambda: server.items("/api/v1/commands", station_id=station.id),
        lambda found: found and found[0]["state"] != "queued",
    )
    assert (command["state"], command["final"], command["sent_at"]) == ("cancelled", True, None)
    assert await says_nothing(station)
