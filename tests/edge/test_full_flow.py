"""A charging session from boot to bill, as a station that somebody else wrote lives it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import ocpp.v16
import ocpp.v201
import pytest
from ocpp.v16 import call as call16
from ocpp.v201 import call as call201

from tests.edge.conftest import T0, V16, V21, V201, Server, at, eventually, moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What people see follows what the station said within this time.
AT_ONCE_S = 1.0
START_WH, END_WH = 1_204_500, 1_211_845
DURATION_S = 1834
REGISTER = "Energy.Active.Import.Register"


@contextlib.asynccontextmanager
async def official(server: Server, station_id: str, version: str) -> AsyncIterator[Any]:
    """The `ocpp` package's own station, connected."""
    kind = ocpp.v16.ChargePoint if version == V16 else ocpp.v201.ChargePoint
    station = await server.connects(station_id, version)
    charge_point = kind(station_id, station.socket, response_timeout=10)
    listening = asyncio.create_task(charge_point.start())
    try:
        yield charge_point
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def shown_status(server: Server, station_id: str, status: str) -> dict[str, Any]:
    found = await eventually(
        lambda: server.connector(station_id),
        lambda connector: connector and connector["status"] == status,
        AT_ONCE_S,
    )
    assert found is not None
    return found


async def shown_session(server: Server, station_id: str, **wanted: Any) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        sessions = (await server.get("/sessions"))["sessions"]
        return next((each for each in sessions if each["station_id"] == station_id), {})

    return await eventually(ask, lambda each: wanted.items() <= each.items(), AT_ONCE_S)


def is_now(text: str) -> bool:
    assert text.endswith("Z")
    return abs(moment(text) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_1_6_station_by_others_charges_and_the_bill_is_right(server):
    station_id, tag = await server.station(), await server.token()

    async with official(server, station_id, V16) as station:
        boot = await station.call(call16.BootNotification("Wall 22", "ACME"))
        assert (boot.status, boot.interval) == ("Accepted", 300)
        assert is_now(boot.current_time)
        assert is_now((await station.call(call16.Heartbeat())).current_time)
        await station.call(call16.StatusNotification(1, "NoError", "Available", at(-60)))
        await shown_status(server, station_id, "available")

        authorized = await station.call(call16.Authorize(tag))
        assert authorized.id_tag_info == {"status": "Accepted"}
        await station.call(call16.StatusNotification(1, "NoError", "Preparing", at(-5)))
        assert (await shown_status(server, station_id, "occupied"))["reported"] == "Preparing"

        started = await station.call(call16.StartTransaction(1, tag, START_WH, at()))
        assert started.transaction_id > 0
        assert started.id_tag_info == {"status": "Accepted"}
        await station.call(call16.StatusNotification(1, "NoError", "Charging", at(1)))
        session = await shown_session(server, station_id, open=True, energy_wh=0, token=tag)
        so_far = (datetime.now(UTC) - T0).total_seconds()
        assert abs(session["duration_s"] - so_far) < 3

        for minute, kwh in ((5, "1205.123"), (15, "1208.0005")):
            power = {"value": "11040.5", "measurand": "Power.Active.Import", "unit": "W"}
            sampled = [{"value": kwh, "unit": "kWh"}, power]
            values = [{"timestamp": at(minute * 60), "sampledValue": sampled}]
            await station.call(call16.MeterValues(1, values, transaction_id=started.transaction_id))
        await shown_session(server, station_id, open=True, energy_wh=3500)

        stopped = await station.call(
            call16.StopTransaction(
                END_WH, at(DURATION_S), started.transaction_id, reason="Local", id_tag=tag
            )
        )
        assert stopped.id_tag_info == {"status": "Accepted"}
        await station.call(call16.StatusNotification(1, "NoError", "Finishing", at(DURATION_S)))

    ended = {"open": False, "energy_wh": END_WH - START_WH, "duration_s": DURATION_S}
    await shown_session(server, station_id, **ended, stop_reason="Local", token=tag, evse_id=1)
    transaction = await server.transaction(station_id)
    assert transaction["station_ref"] == str(started.transaction_id)
    assert (transaction["started_at"], transaction["flags"]) == (at(), [])
    samples = await server.samples(transaction)
    assert [(s["sampled_at"], s["measurand"], s["value"], s["unit"]) for s in samples] == [
        (at(300), REGISTER, 1205123, "Wh"),
        (at(300), "Power.Active.Import", 11040.5, "W"),
        (at(900), REGISTER, 1208000.5, "Wh"),
        (at(900), "Power.Active.Import", 11040.5, "W"),
    ]
    actions = [
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "Authorize",
        "StatusNotification",
        "StartTransaction",
        "StatusNotification",
        "MeterValues",
        "MeterValues",
        "StopTransaction",
        "StatusNotification",
    ]
    exchanges = await server.journal(station_id, lambda rows: len(rows) == len(actions))
    assert [each["action"] for each in exchanges] == actions
    assert {each["verdict"] for each in exchanges} == {"ok"}
    assert f'"idTag":"{tag}"' in exchanges[5]["frame"].replace(" ", "")
    assert f'"transactionId":{started.transaction_id}' in exchanges[5]["reply"]


def reading(seconds: float, kwh: float, context: str) -> dict[str, Any]:
    """A register in kWh the 2.x way: Wh with a multiplier."""
    value = {
        "value": kwh,
        "context": context,
        "measurand": REGISTER,
        "unitOfMeasure": {"unit": "Wh", "multiplier": 3},
    }
    return {"timestamp": at(seconds), "sampledValue": [value]}


async def test_a_2_0_1_station_by_others_charges_and_the_bill_is_right(server):
    station_id, tag = await server.station(), await server.token(type="ISO14443")
    token = {"idToken": tag, "type": "ISO14443"}

    async with official(server, station_id, V201) as station:

        async def tells(kind: str, seconds: float, trigger: str, seq_no: int, **more: Any) -> Any:
            info = {"transactionId": "tx-1", **more.pop("info", {})}
            return await station.call(
                call201.TransactionEvent(
                    event_type=kind,
                    timestamp=at(seconds),
                    trigger_reason=trigger,
                    seq_no=seq_no,
                    transaction_info=info,
                    **more,
                )
            )

        boot = await station.call(
            call201.BootNotification({"model": "Wall 22", "vendorName": "ACME"}, "PowerUp")
        )
        assert (boot.status, boot.interval) == ("Accepted", 300)
        assert is_now(boot.current_time)
        assert is_now((await station.call(call201.Heartbeat())).current_time)
        await station.call(call201.StatusNotification(at(-60), "Available", 1, 1))
        await shown_status(server, station_id, "available")

        authorized = await station.call(call201.Authorize(token))
        assert authorized.id_token_info == {"status": "Accepted"}
        await station.call(call201.StatusNotification(at(-5), "Occupied", 1, 1))
        await shown_status(server, station_id, "occupied")

        started = await tells(
            "Started",
            0,
            "Authorized",
            0,
            id_token=token,
            evse={"id": 1, "connectorId": 1},
            meter_value=[reading(0, START_WH / 1000, "Transaction.Begin")],
        )
        assert started.id_token_info == {"status": "Accepted"}
        await shown_session(server, station_id, open=True, energy_wh=0, token=tag)
        updated = await tells(
            "Updated",
            300,
            "MeterValuePeriodic",
            1,
            info={"chargingState": "Charging"},
            meter_value=[reading(300, 1205.123, "Sample.Periodic")],
        )
        assert updated.id_token_info is None
        await shown_session(server, station_id, open=True, energy_wh=623)
        ended = await tells(
            "Ended",
            DURATION_S,
            "StopAuthorized",
            2,
            id_token=token,
            info={"stoppedReason": "Local"},
            meter_value=[reading(DURATION_S, END_WH / 1000, "Transaction.End")],
        )
        assert ended.id_token_info == {"status": "Accepted"}

    expected = {"open": False, "energy_wh": END_WH - START_WH, "duration_s": DURATION_S}
    await shown_session(server, station_id, **expected, stop_reason="Local", token=tag, evse_id=1)
    transaction = await server.transaction(station_id)
    assert (transaction["station_ref"], transaction["flags"]) == ("tx-1", [])
    samples = await server.samples(transaction)
    assert [(s["sampled_at"], s["value"], s["unit"], s["context"]) for s in samples] == [
        (at(0), START_WH, "Wh", "Transaction.Begin"),
        (at(300), 1205123, "Wh", "Sample.Periodic"),
        (at(DURATION_S), END_WH, "Wh", "Transaction.End"),
    ]
    exchanges = await server.journal(station_id, lambda rows: len(rows) == 8)
    assert [each["action"] for each in exchanges] == [
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "Authorize",
        "StatusNotification",
        *["TransactionEvent"] * 3,
    ]
    assert {each["verdict"] for each in exchanges} == {"ok"}


async def test_a_2_1_station_charges_and_the_bill_is_right(server):
    station_id, tag = await server.station(), await server.token()
    token = {"idToken": tag, "type": "VIN"}
    station = await server.connects(station_id, V21)
    event = {"triggerReason": "Authorized", "transactionInfo": {"transactionId": "tx-1"}}

    boot = await station.call(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"model": "Wall 22", "vendorName": "ACME"}},
    )
    assert boot["status"] == "Accepted"
    assert is_now(await station.beats())
    status = {"connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    assert await station.call("StatusNotification", {"timestamp": at(-60), **status}) == {}
    await shown_status(server, station_id, "occupied")
    answer = await station.call("Authorize", {"idToken": token})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    started = {
        **event,
        "eventType": "Started",
        "timestamp": at(),
        "seqNo": 0,
        "idToken": token,
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [reading(0, START_WH / 1000, "Transaction.Begin")],
    }
    answer = await station.call("TransactionEvent", started)
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    await shown_session(server, station_id, open=True, energy_wh=0, token=tag)
    updated = {"eventType": "Updated", "timestamp": at(300), "seqNo": 1}
    values = {"meterValue": [reading(300, 1205.123, "Sample.Periodic")]}
    assert await station.call("TransactionEvent", {**event, **updated, **values}) == {}
    await shown_session(server, station_id, open=True, energy_wh=623)
    ended = {"eventType": "Ended", "timestamp": at(DURATION_S), "seqNo": 2}
    values = {"meterValue": [reading(DURATION_S, END_WH / 1000, "Transaction.End")]}
    assert await station.call("TransactionEvent", {**event, **ended, **values}) == {}

    await shown_session(
        server, station_id, open=False, energy_wh=END_WH - START_WH, duration_s=DURATION_S
    )
    assert (await server.status(station_id))["protocol"] == V21
    assert len(await server.samples(await server.transaction(station_id))) == 3
    await server.journal(station_id, lambda rows: [r["verdict"] for r in rows] == ["ok"] * 7)
