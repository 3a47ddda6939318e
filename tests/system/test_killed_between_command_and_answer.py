"""The server dies while stations owe it answers: no command is left without a truthful state."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.system.server_process import ServerProcess, server_process, until

STATIONS = [f"CP-{number}" for number in range(1, 9)]


@pytest.fixture
async def server() -> AsyncIterator[ServerProcess]:
    async with server_process() as server:
        await server.start()
        async with server.api() as http:
            for station_id in STATIONS:
                body = {"security_profile": 0}
                (await http.put(f"/api/v1/stations/{station_id}", json=body)).raise_for_status()
        yield server
        await server.stop()
        assert server.complaints() == []


async def commands(server: ServerProcess) -> list[dict[str, Any]]:
    async with server.api() as http:
        answer = await http.get("/api/v1/commands", params={"limit": 200})
        return list(answer.json()["items"])


async def socket_of(server: ServerProcess, station_id: str) -> ClientConnection:
    return await connect(
        f"{server.ocpp_url}/{station_id}",
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]  # a NewType of str
        proxy=None,
        ping_interval=None,
    )


async def test_what_was_sent_is_unknown_what_was_queued_was_not_sent_and_both_can_be_proven(server):
    sockets = {each: await socket_of(server, each) for each in STATIONS}
    async with server.api() as http:
        for station_id in STATIONS:
            for body in ({"command": "reset"}, {"command": "clear_cache"}):
                path = f"/api/v1/stations/{station_id}/commands"
                (await http.post(path, json=body)).raise_for_status()
    resets = {each: json.loads(await socket.recv()) for each, socket in sockets.items()}
    assert {frame[2] for frame in resets.values()} == {"Reset"}

    server.kill()
    await server.gone()
    await asyncio.gather(*(socket.close() for socket in sockets.values()))
    await server.start()

    states = {
        (each["station_id"], each["command"]): each["state"] for each in await commands(server)
    }
    assert states == {
        (station_id, command): state
        for station_id in STATIONS
        for command, state in (("reset", "unknown"), ("clear_cache", "cancelled"))
    }
    # The station did what it was asked: its boot proves it, though its answer was lost.
    again = await socket_of(server, "CP-1")
    boot = {"chargePointVendor": "v", "chargePointModel": "m"}
    await again.send(json.dumps([2, "b", "BootNotification", boot]))
    await again.recv()
    (reset,) = [
        each
        for each in await commands(server)
        if (each["station_id"], each["command"]) == ("CP-1", "reset")
    ]
    assert (reset["state"], reset["detail"]) == ("done", "it booted again")
    await again.close()


async def test_at_whatever_moment_it_dies_the_record_is_never_more_than_what_happened(server):
    """Killed in the middle of many commands: an answer that is recorded was given."""
    answered: set[str] = set()
    received: set[str] = set()

    async def obeys(socket: ClientConnection) -> None:
        async for text in socket:
            _, message_id, _, _ = json.loads(text)
            received.add(message_id)
            answered.add(message_id)
            await socket.send(json.dumps([3, message_id, {"status": "Accepted"}]))

    async def asks(station_id: str) -> None:
        async with server.api() as http:
            for _ in range(500):
                path = f"/api/v1/stations/{station_id}/commands"
                await http.post(path, json={"command": "clear_cache"})

    sockets = [await socket_of(server, each) for each in STATIONS]
    serving = [asyncio.create_task(obeys(socket)) for socket in sockets]
    asking = [asyncio.create_task(asks(each)) for each in STATIONS]
    await until(lambda: len(answered) > 200, "some answers")

    server.kill()
    await server.gone()
    await asyncio.gather(*asking, *serving, return_exceptions=True)
    await server.start()

    async with server.api() as http:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while cursor is not None or not found:
            params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = (await http.get("/api/v1/commands", params=params)).json()
            found += page["items"]
            cursor = page["next_cursor"]
    states = {each["state"] for each in found}
    assert states <= {"accepted", "unknown", "cancelled"}
    assert "accepted" in states
    for each in found:
        assert each["final"]
        if each["state"] == "accepted":
            assert each["message_id"] in answered
        if each["state"] == "cancelled":
            assert each["message_id"] is None
    # Whatever reached a station is recorded as sent.
    assert received <= {each["message_id"] for each in found}
