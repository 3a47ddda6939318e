"""Lists, reservations and single EVSEs of a 2.0.1 station, held against the official schemas."""

import asyncio
import json
from datetime import timedelta
from importlib.resources import files

import jsonschema
import pytest

from voltaro.testing import Clock, SimulatedStation, Visit, play, wire_time


def check(name, payload):
    text = (files("ocpp") / "v201" / "schemas" / f"{name}.json").read_text("utf-8-sig")
    jsonschema.validate(payload, json.loads(text))


def id_token(value, kind="ISO14443"):
    return {"idToken": value, "type": kind}


def entry(value, status="Accepted", group=None):
    told = {"status": status}
    if group:
        told["groupIdToken"] = id_token(group, "Central")
    return {"idToken": id_token(value), "idTokenInfo": told}


@pytest.fixture
async def station(peer):
    one = SimulatedStation(
        peer.url,
        "CP-1",
        protocol="2.0.1",
        connectors=2,
        clock=Clock(speed=600),
        restart_s=0.01,
    )
    await one.connect()
    await one.boots()
    yield one
    await one.shuts_down()


@pytest.fixture
def asks(peer, station):
    numbers = iter(range(99))

    async def ask(action, **payload):
        check(f"{action}Request", payload)
        message_id = f"call-{next(numbers)}"
        await peer.sockets["CP-1"].send(json.dumps([2, message_id, action, payload]))
        frame = await asyncio.wait_for(peer.answers.get(), 5)
        assert frame[:2] == [3, message_id]
        check(f"{action}Response", frame[2])
        return frame[2]

    return ask


@pytest.fixture
def reserves(asks, station):
    async def reserve(number=1, token="04A1", *, minutes=60, **more):
        until = wire_time(station.clock.now() + timedelta(minutes=minutes))
        wanted = {"id": number, "expiryDateTime": until, "idToken": id_token(token)}
        return (await asks("ReserveNow", **wanted, **more))["status"]

    return reserve


def told(peer, action, key):
    return [each[key] for each in peer.payloads(action)]


async def hears_status(peer, word):
    await peer.hears(lambda p: word in told(p, "StatusNotification", "connectorStatus"))


async def test_a_list_is_replaced_changed_and_emptied(station, asks):
    async def sends(version, kind, *entries):
        more = {"localAuthorizationList": list(entries)} if entries else {}
        answer = await asks("SendLocalList", versionNumber=version, updateType=kind, **more)
        return answer["status"], (await asks("GetLocalListVersion"))["versionNumber"]

    assert (await asks("GetLocalListVersion"))["versionNumber"] == 0
    assert await sends(2, "Full", entry("04A1"), entry("04B1")) == ("Accepted", 2)
    assert await sends(2, "Differential", entry("04C1")) == ("VersionMismatch", 2)
    removed = {"idToken": id_token("04b1")}
    assert await sends(3, "Differential", entry("04C1"), removed) == ("Accepted", 3)
    assert set(station.controller.tokens.local_list) == {"04a1", "04c1"}
    assert await sends(4, "Full", entry("04A1"), entry("04a1")) == ("Failed", 3)
    assert await sends(5, "Full") == ("Accepted", 5)
    assert station.controller.tokens.local_list == {}


async def test_a_listed_token_need_not_be_asked_about(peer, station, asks):
    setting = {
        "component": {"name": "AuthCtrlr"},
        "variable": {"name": "LocalPreAuthorize"},
        "attributeValue": "true",
    }
    await asks("SetVariables", setVariableData=[setting])
    listed = [entry("04A1"), entry("04B1", "Blocked")]
    await asks("SendLocalList", versionNumber=1, updateType="Full", localAuthorizationList=listed)

    await play(station, Visit(token="04a1", duration_s=60))
    assert peer.count()["Authorize"] == 0
    await play(station, Visit(token="04B1", duration_s=60))

    assert peer.count()["Authorize"] == 1


async def test_a_reserved_evse_waits_for_its_token(peer, station, asks, reserves):
    assert await reserves(7, evseId=1) == "Accepted"
    await hears_status(peer, "Reserved")
    assert await reserves(8, "04B1", evseId=1) == "Occupied"
    start = {"evseId": 1, "remoteStartId": 5}
    refused = await asks("RequestStartTransaction", idToken=id_token("04B1"), **start)
    taken = await asks("RequestStartTransaction", idToken=id_token("04a1"), **start)
    await peer.hears(lambda p: p.payloads("TransactionEvent"))

    assert (refused["status"], taken["status"]) == ("Rejected", "Accepted")
    assert peer.payloads("TransactionEvent")[0]["reservationId"] == 7
    assert peer.payloads("ReservationStatusUpdate") == []


async def test_a_token_of_the_group_may_use_a_reservation(peer, station, asks, reserves):
    listed = [entry("04B1", group="FLEET"), entry("04C1")]
    await asks("SendLocalList", versionNumber=1, updateType="Full", localAuthorizationList=listed)
    await reserves(7, evseId=1, groupIdToken=id_token("FLEET", "Central"))
    await hears_status(peer, "Reserved")

    assert await play(station, Visit(token="04C1", duration_s=60)) is None
    await play(station, Visit(token="04B1", duration_s=60))

    assert peer.payloads("TransactionEvent")[0]["reservationId"] == 7


async def test_a_reservation_runs_out_and_the_server_is_told(peer, station, reserves):
    await reserves(7, minutes=1, evseId=1)
    await peer.hears(lambda p: p.payloads("ReservationStatusUpdate"))
    await hears_status(peer, "Available")

    (update,) = peer.payloads("ReservationStatusUpdate")
    check("ReservationStatusUpdateRequest", update)
    assert update == {"reservationId": 7, "reservationUpdateStatus": "Expired"}


async def test_a_reservation_goes_with_its_evse(peer, station, asks, reserves):
    await reserves(7, evseId=1)
    await hears_status(peer, "Reserved")
    await asks("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    await peer.hears(lambda p: p.payloads("ReservationStatusUpdate"))

    assert told(peer, "ReservationStatusUpdate", "reservationUpdateStatus") == ["Removed"]
    assert (await asks("CancelReservation", reservationId=7))["status"] == "Rejected"


async def test_any_evse_can_be_reserved_and_let_go(asks, reserves):
    assert await reserves(1, connectorType="cType2") == "Accepted"
    assert await reserves(2) == "Accepted"
    assert await reserves(3) == "Occupied"
    assert await reserves(4, connectorType="cCCS2") == "Rejected"
    assert (await asks("CancelReservation", reservationId=1))["status"] == "Accepted"
    assert await reserves(3) == "Accepted"


async def test_one_evse_is_reset_and_the_other_charges_on(peer, station, asks):
    for evse in (1, 2):
        start = {"idToken": id_token(f"04A{evse}"), "evseId": evse, "remoteStartId": evse}
        await asks("RequestStartTransaction", **start)
    await peer.hears(lambda p: told(p, "TransactionEvent", "eventType").count("Started") == 2)

    assert (await asks("Reset", type="OnIdle", evseId=1))["status"] == "Scheduled"
    assert (await asks("Reset", type="Immediate", evseId=1))["status"] == "Accepted"
    await hears_status(peer, "Unavailable")
    await hears_status(peer, "Available")

    assert (await asks("Reset", type="Immediate", evseId=3))["status"] == "Rejected"
    (ended,) = [e for e in peer.payloads("TransactionEvent") if e["eventType"] == "Ended"]
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert peer.count()["BootNotification"] == 1


async def test_what_a_transaction_does_now_is_told_when_it_is_asked_for(peer, station, asks):
    start = {"idToken": id_token("04A1"), "evseId": 1, "remoteStartId": 1}
    await asks("RequestStartTransaction", **start)
    await peer.hears(lambda p: "Started" in told(p, "TransactionEvent", "eventType"))

    for message in ("TransactionEvent", "MeterValues"):
        answer = await asks("TriggerMessage", requestedMessage=message, evse={"id": 1})
        assert answer["status"] == "Accepted"
    await peer.hears(lambda p: "Trigger" in told(p, "TransactionEvent", "triggerReason"))
    await peer.hears(lambda p: p.payloads("MeterValues"))

    (meter,) = peer.payloads("MeterValues")
    check("MeterValuesRequest", meter)
    assert meter["evseId"] == 1
    assert meter["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
