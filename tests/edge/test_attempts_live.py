"""Refused handshakes, seen as they happen by whoever follows the stream."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.api.test_api_events import following
from tests.edge.conftest import basic

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_stranger_that_is_turned_away_is_seen_at_once(server):
    async with following(server, "attempts") as stream:
        with pytest.raises(InvalidStatus):
            await server.connects("CP-STRANGER", subprotocols=["ocpp1.6", "ocpp1.5"])

        item = await stream.until(lambda _: True, "attempts")

    at = item.pop("at")
    assert item == {
        "station_id": "CP-STRANGER",
        "remote_host": "127.0.0.1",
        "reason": "unknown_station",
        "status": 404,
        "path": "/CP-STRANGER",
        "subprotocols": "ocpp1.6, ocpp1.5",
    }
    (listed,) = await server.attempts("CP-STRANGER", len)
    assert listed["last_at"] == at


async def test_every_attempt_is_an_item_of_its_own(server):
    name = await server.station(security_profile=1, password="the-right-password")
    async with following(server, "attempts") as stream:
        for headers in ({}, basic(name, "the-wrong-password"), basic(name, "the-wrong-password")):
            with pytest.raises(InvalidStatus):
                await server.connects(name, additional_headers=headers)

        items = [await stream.until(lambda i: i["station_id"] == name, "attempts") for _ in "123"]

    assert [(each["reason"], each["status"]) for each in items] == [
        ("no_credentials", 401),
        ("wrong_password", 401),
        ("wrong_password", 401),
    ]


async def test_attempts_missed_meanwhile_are_told_to_those_who_come_back(server):
    async with following(server, "attempts") as stream:
        with pytest.raises(InvalidStatus):
            await server.connects("CP-FIRST")
        event = await stream.next("attempts")
        assert event.data["type"] == "voltaro.attempts.added"
        assert event.data["source"] == "/api/v1/attempts"
    with pytest.raises(InvalidStatus):
        await server.connects("CP-SECOND")

    async with following(server, "attempts", after=event.id) as stream:
        item = await stream.until(lambda _: True, "attempts")

    assert item["station_id"] == "CP-SECOND"
