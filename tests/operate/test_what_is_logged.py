"""Connects and boots are in the log, heartbeats are not, secrets never are."""

import io
import json

import pytest
import structlog

from tests.operate.conftest import KEY, house
from tests.operate.test_backup import charges
from voltaro.log import set_up_logging


@pytest.fixture
def lines():
    """The log as JSON lines at the usual level; the tests' own set-up is back afterwards."""
    before = structlog.get_config()
    stream = io.StringIO()
    set_up_logging("info", "json", stream=stream)
    yield stream
    structlog.configure(**before)


async def test_connects_and_boots_are_logged_and_secrets_are_not(lines, database_url, tmp_path):
    async with house(database_url, tmp_path) as server:
        await charges(server.http, server.server.ocpp_url, sessions=1)
        await server.registers("S2")
        async with server.station("S2") as station:
            await station.boots()
            await station.asks("Heartbeat", {})
        await server.http.get("/api/v1/stations", headers={"Authorization": "Bearer wrong-key-1"})

    text = lines.getvalue()
    told = [json.loads(line) for line in text.splitlines()]
    events = [(each["event"], each.get("station_id")) for each in told]
    assert ("station connected", "S1") in events
    assert ("station booted", "S2") in events
    assert ("station disconnected", "S2") in events
    assert not [event for event, _ in events if "eartbeat" in event]
    assert {each["level"] for each in told if each["event"].startswith("station ")} == {"info"}
    for secret in ("a-password-for-S1", KEY, "wrong-key-1", "UzE6YS1wYXNz"):
        assert secret not in text
