"""Online means connected and heard; what is shown is never staler than it says."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.edge.conftest import V16, at, eventually, moment, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def connections(server, station_id):
    return await server.items(f"/api/v1/stations/{station_id}/connections")


async def test_a_station_is_online_while_its_socket_is_open(server):
    station = await server.connects()
    assert (await server.status(station.id))["online"]

    await station.leaves()

    gone = await eventually(lambda: server.status(station.id), lambda shown: not shown["online"])
    assert gone["last_seen"] is not None


async def test_any_message_counts_as_being_heard(server):
    station = await server.connects()
    before = moment((await server.status(station.id))["last_seen"])

    await station.call(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    )

    assert moment((await server.status(station.id))["last_seen"]) > before


async def test_a_connected_station_that_stays_silent_for_two_intervals_is_not_online(
    database_url, tmp_path
):
    # The margin for delays is 5 s; an interval of 0 leaves only that.
    silent = {"heartbeat_interval_s": 0, "ping_interval_s": 0}
    async with running(database_url, tmp_path, **silent) as server:
        station = await server.connects()
        path = "/api/v1/events?topics=stations"
        async with server.http.stream("GET", path) as stream:
            lines = stream.aiter_lines()
            async with asyncio.timeout(15):
                await anext(line async for line in lines if '"online":false' in line)
            assert not (await server.status(station.id))["online"]

            await station.beats()

            async with asyncio.timeout(15):
                await anext(line async for line in lines if '"online":true' in line)
            assert (await server.status(station.id))["online"]


async def test_the_history_tells_when_a_station_was_connected_and_how_it_ended(server):
    first = await server.connects()
    second = await server.connects(first.id)
    await second.leaves()

    newest, oldest = await eventually(
        lambda: connections(server, first.id),
        lambda found: len(found) == 2 and all(each["disconnected_at"] for each in found),
    )
    assert (newest["reason"], oldest["reason"]) == ("lost", "superseded")
    assert newest["protocol"] == V16
    assert moment(newest["connected_at"]) >= moment(oldest["connected_at"])


async def test_after_a_crash_nobody_is_shown_as_connected(database_url, tmp_path):
    async with running(database_url, tmp_path) as server:
        station = await server.connects()
        await eventually(lambda: connections(server, station.id), bool)
    # What a process that is killed leaves behind: an open connection in the books.
    sql = await asyncpg.connect(database_url)
    await sql.execute("UPDATE station_presence SET disconnected_at = NULL")
    await sql.execute("UPDATE connections SET disconnected_at = NULL, reason = NULL")
    await sql.close()

    async with running(database_url, tmp_path) as server:
        (shown,) = await connections(server, station.id)

        assert not (await server.status(station.id))["online"]
        assert shown["reason"] == "server_died"
        assert shown["disconnected_at"] == shown["last_seen_at"]


async def test_a_clock_that_is_wrong_is_measured_and_shown(server):
    station = await server.connects()
    ahead = at(after=datetime.now(UTC) + timedelta(hours=1))

    await station.call(
        "StatusNotification",
        {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": ahead},
    )

    shown = await eventually(
        lambda: server.get(f"/api/v1/stations/{station.id}"),
        lambda found: found["clock_skew_s"] is not None,
    )
    assert 3590 < shown["clock_skew_s"] < 3610


async def test_the_history_of_an_unknown_station_is_not_found(server):
    answer = await server.http.get("/api/v1/stations/NOBODY/connections")

    assert answer.status_code == 404
