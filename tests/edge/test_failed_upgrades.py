"""Who keeps failing to get in is slowed down; who has the right credentials never is."""

import asyncio
from collections import Counter

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.edge.conftest import V16, Server, basic, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"


async def fails(server: Server, station_id: str, password: str) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"{server.ocpp_url}/{station_id}",
            subprotocols=[V16],
            proxy=None,
            additional_headers=basic(station_id, password),
        )
    return refused.value


async def test_storm_of_wrong_passwords_is_put_off_and_honest_stations_come_in(server):
    station_id = await server.station(security_profile=1, password=PASSWORD)

    found: Counter[int] = Counter()
    for _ in range(8):
        some = await asyncio.gather(*(fails(server, station_id, "wrong") for _ in range(15)))
        found.update(each.response.status_code for each in some)
        last = some[-1].response

    assert set(found) == {401, 429}
    assert found[401] >= 60
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    honest = await server.connects(station_id, additional_headers=basic(station_id, PASSWORD))
    assert await honest.beats()
    refused = found[401]
    (attempt,) = await server.attempts(
        station_id, lambda rows: rows and rows[0]["count"] >= refused
    )
    assert attempt["count"] == refused


async def test_refusals_that_are_no_fault_of_the_station_do_not_count(server):
    station_id = await server.station(security_profile=1, password=PASSWORD)

    async def comes_and_goes() -> None:
        station = await server.connects(station_id, additional_headers=basic(station_id, PASSWORD))
        await station.socket.close()

    for _ in range(10):
        await asyncio.gather(*(comes_and_goes() for _ in range(10)))

    status = await eventually(lambda: server.status(station_id), lambda row: not row["online"])
    assert status["last_seen"]
