"""The server dies in the middle of a session; the station repeats itself and goes on."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ocpp.v16
import ocpp.v201
import pytest
from ocpp.v16 import call as call16
from ocpp.v201 import call as call201
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.system.server_process import ServerProcess, server_process

TOKEN = "04A1B2C3"


@pytest.fixture
async def server() -> AsyncIterator[ServerProcess]:
    async with server_process() as server:
        await server.start()
        async with server.api() as http:
            station = {"security_profile": 0}
            (await http.put("/api/v1/stations/CP-1", json=station)).raise_for_status()
            (await http.put(f"/api/v1/tokens/{TOKEN}", json={})).raise_for_status()
        yield server
        await server.stop()
        assert server.complaints() == []


@asynccontextmanager
async def station16(server: ServerProcess) -> AsyncIterator[ocpp.v16.ChargePoint]:
    async with connected(server, "ocpp1.6", ocpp.v16.ChargePoint) as station:
        yield station


@asynccontextmanager
async def station201(server: ServerProcess) -> AsyncIterator[ocpp.v201.ChargePoint]:
    async with connected(server, "ocpp2.0.1", ocpp.v201.ChargePoint) as station:
        yield station


@asynccontextmanager
async def connected(server: ServerProcess, subprotocol: Any, kind: Any) -> AsyncIterator[Any]:
    """The `ocpp` package's own station: a client that shares nothing with us."""
    async with connect(
        f"{server.ocpp_url}/CP-1", subprotocols=[subprotocol], proxy=None, ping_interval=None
    ) as socket:
        station = kind("CP-1", socket, response_timeout=10)
        listening = asyncio.create_task(station.start())
        yield station
        await socket.close()
        (ended,) = await asyncio.gather(listening, return_exceptions=True)
        assert isinstance(ended, ConnectionClosed)


async def killed_and_started_again(server: ServerProcess) -> None:
    server.kill()
    await server.gone()
    await server.start()


async def transactions(server: ServerProcess) -> list[dict[str, Any]]:
    async with server.api() as http:
        answer = await http.get("/api/v1/transactions", params={"station_id": "CP-1"})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


async def registers(server: ServerProcess, transaction_id: str) -> list[Any]:
    async with server.api() as http:
        answer = await http.get(f"/api/v1/transactions/{transaction_id}/meter-values")
        return [int(float(item["value"])) for item in answer.json()["items"]]


async def test_a_start_repeated_after_a_kill_gets_the_same_id_and_the_station_continues(server):
    start = call16.StartTransaction(
        connector_id=1, id_tag=TOKEN, meter_start=1000, timestamp="2026-03-01T10:00:00Z"
    )

    def reading(at: str, register: int, transaction_id: int) -> call16.MeterValues:
        values = [{"timestamp": at, "sampled_value": [{"value": str(register)}]}]
        return call16.MeterValues(connector_id=1, transaction_id=transaction_id, meter_value=values)

    async with station16(server) as station:
        boot = call16.BootNotification(charge_point_model="M", charge_point_vendor="V")
        assert (await station.call(boot)).status == "Accepted"
        first = await station.call(start, unique_id="start-1")
        before = reading("2026-03-01T10:05:00Z", 1500, first.transaction_id)
        await station.call(before, unique_id="meter-1")
        await killed_and_started_again(server)
    async with station16(server) as station:
        same_id = await station.call(start, unique_id="start-1")
        new_id = await station.call(start, unique_id="start-2")
        other = await station.call(dataclasses.replace(start, connector_id=2, id_tag="OTHER"))
        await station.call(before, unique_id="meter-2")
        await station.call(reading("2026-03-01T10:10:00Z", 2000, same_id.transaction_id))
        await station.call(
            call16.StopTransaction(
                transaction_id=same_id.transaction_id,
                meter_stop=2500,
                timestamp="2026-03-01T10:15:00Z",
                reason="EVDisconnected",
            )
        )

    assert first.transaction_id == same_id.transaction_id == new_id.transaction_id
    assert first.id_tag_info == same_id.id_tag_info == new_id.id_tag_info
    assert other.transaction_id != first.transaction_id
    (transaction,) = [each for each in await transactions(server) if each["evse_id"] == 1]
    assert transaction["station_ref"] == str(first.transaction_id)
    assert transaction["energy_wh"] == 1500
    assert transaction["stop_reason"] == "EVDisconnected"
    assert await registers(server, transaction["id"]) == [1500, 2000]


async def test_a_201_station_continues_its_transaction_after_a_kill(server):
    def event(kind: str, seq: int, at: str, register: int, **more: Any) -> Any:
        return call201.TransactionEvent(
            event_type=kind,
            timestamp=at,
            trigger_reason={"Started": "Authorized", "Updated": "MeterValuePeriodic"}.get(
                kind, "StopAuthorized"
            ),
            seq_no=seq,
            transaction_info={"transaction_id": "T-1", "charging_state": "Charging"},
            meter_value=[{"timestamp": at, "sampled_value": [{"value": register}]}],
            **more,
        )

    evse = {"id": 1, "connector_id": 1}
    token = {"id_token": TOKEN, "type": "ISO14443"}
    started = event("Started", 0, "2026-03-01T10:00:00Z", 1000, evse=evse, id_token=token)
    before = event("Updated", 1, "2026-03-01T10:05:00Z", 1500)

    async with station201(server) as station:
        boot = call201.BootNotification(
            charging_station={"model": "M", "vendor_name": "V"}, reason="PowerUp"
        )
        assert (await station.call(boot)).status == "Accepted"
        first = await station.call(started, unique_id="start-1")
        await station.call(before)
        await killed_and_started_again(server)
    async with station201(server) as station:
        same_id = await station.call(started, unique_id="start-1")
        new_id = await station.call(started, unique_id="start-2")
        await station.call(before)
        await station.call(event("Updated", 2, "2026-03-01T10:10:00Z", 2000))
        await station.call(event("Ended", 3, "2026-03-01T10:15:00Z", 2500))

    assert first.id_token_info == same_id.id_token_info == new_id.id_token_info
    (transaction,) = await transactions(server)
    assert transaction["station_ref"] == "T-1"
    assert transaction["energy_wh"] == 1500
    assert transaction["ended_at"] is not None
    assert await registers(server, transaction["id"]) == [1000, 1500, 2000, 2500]
