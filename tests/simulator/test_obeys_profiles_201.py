"""Charging profiles of a simulated 2.0.1 station: set, reported, cleared and obeyed (K01, K08-K10)."""

import asyncio
import json
from importlib.resources import files

import jsonschema
import pytest

from voltaro.testing import Clock, SimulatedStation

LONG_AGO = "2026-01-01T00:00:00Z"
TOKEN = {"idToken": "04A1", "type": "ISO14443"}


def check(name, payload):
    text = (files("ocpp") / "v201" / "schemas" / f"{name}.json").read_text("utf-8-sig")
    jsonschema.validate(payload, json.loads(text))


@pytest.fixture
async def station(peer):
    one = SimulatedStation(
        peer.url,
        "CP-1",
        protocol="2.0.1",
        password="the-first-password",
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


def events(peer, kind):
    return [each for each in peer.payloads("TransactionEvent") if each["eventType"] == kind]


async def starts(asks, peer, **more):
    answer = await asks("RequestStartTransaction", idToken=TOKEN, remoteStartId=7, **more)
    assert answer["status"] == "Accepted"
    await peer.hears(lambda p: len(events(p, "Updated")) >= 1)
    return events(peer, "Started")[-1]


def profile(number=1, limit=4000, purpose="TxDefaultProfile", level=0, kind="Relative", **more):
    period = {"startPeriod": 0, "limit": limit}
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}
    return {
        "id": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [schedule],
    } | more


async def sets(asks, evse, told):
    return (await asks("SetChargingProfile", evseId=evse, chargingProfile=told))["status"]


async def expects(asks, evse):
    """What it expects to draw at once, in W."""
    answer = await asks("GetCompositeSchedule", evseId=evse, duration=600, chargingRateUnit="W")
    assert answer["status"] == "Accepted"
    assert (answer["schedule"]["evseId"], answer["schedule"]["duration"]) == (evse, 600)
    return answer["schedule"]["chargingSchedulePeriod"][0]["limit"]


def powers(peer):
    return [
        value["value"]
        for event in events(peer, "Updated")
        for meter in event.get("meterValue", ())
        for value in meter["sampledValue"]
        if value.get("measurand") == "Power.Active.Import"
    ]


async def reports(asks, peer, **criteria):
    """(evse, ids, tbc) of each part."""
    before = len(peer.payloads("ReportChargingProfiles"))
    answer = await asks("GetChargingProfiles", requestId=5, **criteria)
    if answer["status"] == "NoProfiles":
        return []
    await peer.hears(
        lambda p: any(not part["tbc"] for part in p.payloads("ReportChargingProfiles")[before:])
    )
    parts = peer.payloads("ReportChargingProfiles")[before:]
    for part in parts:
        check("ReportChargingProfilesRequest", part)
    return [
        (part["evseId"], [each["id"] for each in part["chargingProfile"]], part["tbc"])
        for part in parts
    ]


async def test_a_default_profile_limits_what_it_draws(peer, station, asks):
    assert await sets(asks, 1, profile(limit=4000)) == "Accepted"

    await starts(asks, peer, evseId=1)
    await peer.hears(lambda p: len(powers(p)) >= 2)

    assert 0 < max(powers(peer)) <= 4000
    assert await expects(asks, 1) == 4000


async def test_a_profile_that_came_with_a_remote_start_goes_with_its_transaction(
    peer, station, asks
):
    started = await starts(
        asks, peer, evseId=1, chargingProfile=profile(3, 3000, purpose="TxProfile")
    )
    during = await expects(asks, 1)
    ref = started["transactionInfo"]["transactionId"]
    await asks("RequestStopTransaction", transactionId=ref)
    await peer.hears(lambda p: events(p, "Ended"))

    assert during == 3000
    assert await expects(asks, 1) > 3000


async def test_a_profile_of_another_transaction_is_rejected(peer, station, asks):
    started = await starts(asks, peer, evseId=1)
    ref = started["transactionInfo"]["transactionId"]

    other = await sets(asks, 1, profile(purpose="TxProfile", transactionId="another"))
    own = await sets(asks, 1, profile(purpose="TxProfile", transactionId=ref))
    nowhere = await sets(asks, 9, profile())
    external = await sets(asks, 0, profile(purpose="ChargingStationExternalConstraints"))

    assert (other, own, nowhere, external) == ("Rejected", "Accepted", "Rejected", "Rejected")


async def test_it_reports_and_clears_what_is_asked_for(peer, station, asks):
    station_max = profile(2, 9000, "ChargingStationMaxProfile", kind="Absolute")
    station_max["chargingSchedule"][0]["startSchedule"] = LONG_AGO
    await sets(asks, 0, station_max)
    await sets(asks, 1, profile(3))
    await sets(asks, 1, profile(4, level=1))

    everything = {"chargingProfile": {"chargingLimitSource": ["EMS", "CSO"]}}
    assert await reports(asks, peer, **everything) == [(0, [2], True), (1, [3, 4], False)]
    level = {"chargingProfile": {"stackLevel": 1}}
    assert await reports(asks, peer, evseId=1, **level) == [(1, [4], False)]
    assert await reports(asks, peer, chargingProfile={"chargingLimitSource": ["EMS"]}) == []

    by_id = await asks("ClearChargingProfile", chargingProfileId=3)
    purpose = {"chargingProfilePurpose": "ChargingStationMaxProfile"}
    by_purpose = await asks("ClearChargingProfile", chargingProfileCriteria=purpose)
    again = await asks("ClearChargingProfile", chargingProfileId=3)

    statuses = [each["status"] for each in (by_id, by_purpose, again)]
    assert statuses == ["Accepted", "Accepted", "Unknown"]
    assert await reports(asks, peer, **everything) == [(1, [4], False)]
