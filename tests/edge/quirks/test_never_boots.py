"""Quirk Q24: some stations boot only when they are asked to."""

import pytest

from tests.edge.commands.conftest import Answering
from tests.edge.conftest import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(scope="module")
def settings():
    return {"boot_patience_s": 0.2, "command_timeout_s": 1}


async def test_a_station_that_never_booted_is_asked_to_once(server):
    station = Answering(await server.connects())
    station.on["TriggerMessage"] = ACCEPTED
    _, payload = await station.is_asked("TriggerMessage")
    assert payload == {"requestedMessage": "BootNotification"}

    await station.boots()
    await station.leaves()

    again = Answering(await server.connects(station.id))
    commands = await eventually(
        lambda: server.items("/api/v1/commands", station_id=station.id),
        lambda found: found and found[0]["state"] == "done",
    )
    assert [each["author"] for each in commands] == ["voltaro"]
    assert again.asked == []


async def test_a_station_that_boots_by_itself_is_not_asked(server):
    station = Answering(await server.connects())
    await station.boots()
    other = Answering(await server.connects())

    await other.is_asked("TriggerMessage")

    assert station.asked == []


async def test_a_station_that_refuses_is_served_all_the_same(server):
    station = Answering(await server.connects())
    await station.is_asked("TriggerMessage")

    assert "currentTime" in await station.call("Heartbeat")
