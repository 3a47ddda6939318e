"""Commands against a real server: tail, attempts, keys, sessions close."""

import asyncio
import json
import os
import sys

import pytest
from websockets.exceptions import InvalidStatus

from tests.edge.conftest import KEY, eventually, running


@pytest.fixture
async def server(database_url, tmp_path):
    async with running(database_url, tmp_path) as started:
        yield started


async def voltaro(server, *words):
    """The lines that a command prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", *words, "--url", server.http_url,
        env={**os.environ, "VOLTARO_API_KEY": KEY},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, err
    return out.decode().splitlines()


async def test_tail_shows_messages_oldest_first(server):
    station = await server.connects()
    await station.beats()
    await station.call(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    )
    await server.journal(station.id, lambda found: len(found) == 2)

    lines = await voltaro(server, "tail", "--no-follow", "--station", station.id, "-o", "jsonl")

    assert [json.loads(line)["action"] for line in lines] == ["Heartbeat", "StatusNotification"]


async def test_tail_can_show_only_what_went_wrong(server):
    station = await server.connects()
    await station.beats()
    await station.asks("NoSuchAction", {})
    await server.journal(station.id, lambda found: len(found) == 2)

    (line,) = await voltaro(server, "tail", "--no-follow", "--errors")

    assert "NoSuchAction" in line
    assert "NotImplemented" in line


async def test_tail_goes_on_with_new_messages_until_it_is_interrupted(server):
    station = await server.connects()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", "tail", "-o", "jsonl", "--url", server.http_url,
        env={**os.environ, "VOLTARO_API_KEY": KEY}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await station.beats()
        first = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        await station.asks("NoSuchAction", {})
        second = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        process.terminate()
        await process.communicate()

    assert [first["action"], second["action"]] == ["Heartbeat", "NoSuchAction"]


async def test_attempts_tell_who_was_turned_away_and_why(server):
    with pytest.raises(InvalidStatus):
        await server.connects("NOBODY")
    await eventually(lambda: server.items("/api/v1/attempts"), bool)

    (line,) = await voltaro(server, "attempts", "-o", "jsonl")

    attempt = json.loads(line)
    assert (attempt["station_id"], attempt["reason"]) == ("NOBODY", "unknown_station")


async def test_a_key_is_made_used_and_removed(server):
    made = "".join(await voltaro(server, "keys", "add", "billing", "--scope", "read", "-o", "json"))
    key = {"Authorization": f"Bearer {json.loads(made)['key']}"}
    assert (await server.http.get("/api/v1/tokens", headers=key)).status_code == 200
    assert (await server.http.put("/api/v1/tokens/A", headers=key, json={})).status_code == 403

    await voltaro(server, "keys", "remove", "billing", "--yes")

    assert (await server.http.get("/api/v1/tokens", headers=key)).status_code == 401


async def test_a_stuck_session_is_closed_by_hand(server):
    station = await server.connects()
    await station.call(
        "StartTransaction",
        {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-01-02T03:04:05Z"},
    )
    session = await server.transaction(station.id)

    await voltaro(server, "sessions", "close", session["id"], "--reason", "cable cut", "--yes")

    assert not (await server.transaction(station.id))["open"]
