"""Block K as the certification plays it: profiles are reported, by others' limits too (2.x K09)."""

import asyncio
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.edge.conftest import V16, V21, V201, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
GET, REPORT, SET = "GetChargingProfiles", "ReportChargingProfiles", "SetChargingProfile"
EXTERNAL = "ChargingStationExternalConstraints"


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 2}


@pytest_asyncio.fixture(loop_scope="module", params=[V201, V21])
async def station(operator, request):
    return await operator.answering(version=request.param)


def wire_profile(profile_id=1, purpose="TxDefaultProfile", level=0, limit=16, **more):
    return {
        "id": profile_id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {
                "id": 1,
                "startSchedule": at(0),
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            }
        ],
    } | more


def part(request_id, *profiles, evse_id=1, source="CSO", tbc=None):
    told = {
        "requestId": request_id,
        "chargingLimitSource": source,
        "evseId": evse_id,
        "chargingProfile": list(profiles),
    }
    return told if tbc is None else told | {"tbc": tbc}


async def takes(operator, station, limit=16, **fields):
    station.on[SET] = ACCEPTED
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": limit}]}
    profile = {"purpose": "tx_default", "kind": "absolute", "schedules": [schedule]}
    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, profile=profile, **fields
    )
    assert command["state"] == "accepted", command


async def asked(operator, station, **fields):
    """The command once the station agreed to report, and what it was asked."""
    station.on[GET] = ACCEPTED
    command = await operator.asks(station.id, "get_charging_profiles", **fields)
    await operator.sees(command, "accepted")
    return command, station.asked[-1][2]


async def held(operator, station):
    """(evse_id, profile_id, purpose, limit_source, source, first limit) of each."""
    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    names = ("evse_id", "profile_id", "purpose", "limit_source", "source")
    return [
        (*(each[name] for name in names), each["schedules"][0]["periods"][0]["limit"])
        for each in shown["items"]
    ]


@pytest.mark.parametrize(
    ("fields", "evse_id", "criteria"),
    [
        pytest.param(
            {"whole_station": True, "purpose": "station_max"},
            0,
            {"chargingProfilePurpose": "ChargingStationMaxProfile"},
            id="TC_K_29",
        ),
        pytest.param(
            {"evse_id": 1, "purpose": "tx_default"},
            1,
            {"chargingProfilePurpose": "TxDefaultProfile"},
            id="TC_K_30",
        ),
        pytest.param({"profile_ids": [1]}, None, {"chargingProfileId": [1]}, id="TC_K_32"),
        pytest.param({"evse_id": 1, "stack_level": 0}, 1, {"stackLevel": 0}, id="TC_K_33"),
        pytest.param(
            {"evse_id": 1, "limit_sources": ["CSO"]},
            1,
            {"chargingLimitSource": ["CSO"]},
            id="TC_K_34",
        ),
        pytest.param(
            {"evse_id": 1, "purpose": "tx_default"},
            1,
            {"chargingProfilePurpose": "TxDefaultProfile"},
            id="TC_K_35",
        ),
        pytest.param(
            {"evse_id": 1, "purpose": "tx_default", "stack_level": 0},
            1,
            {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
            id="TC_K_36",
        ),
        pytest.param(
            {}, None, {"chargingLimitSource": ["EMS", "Other", "SO", "CSO"]}, id="everything"
        ),
        pytest.param(
            {"evse_id": 2},
            2,
            {"chargingLimitSource": ["EMS", "Other", "SO", "CSO"]},
            id="everything at an EVSE",
        ),
    ],
)
async def test_a_station_is_asked_for_what_fits_and_its_report_is_kept(
    operator, station, fields, evse_id, criteria
):
    command, sent = await asked(operator, station, **fields)

    where, purpose = evse_id or 0, criteria.get("chargingProfilePurpose", "TxDefaultProfile")
    reported = part(sent["requestId"], wire_profile(1, purpose), evse_id=where)
    assert await station.call(REPORT, reported) == {}

    place = {} if evse_id is None else {"evseId": evse_id}
    assert sent == {"requestId": sent["requestId"], "chargingProfile": criteria} | place
    done = await operator.sees(command, "done")
    assert done["detail"] == "the station reported its profiles"
    ((_, profile_id, _, limit_source, source, limit),) = await held(operator, station)
    assert (profile_id, limit_source, source, limit) == (1, "CSO", "station", 16)


async def test_a_report_in_parts_is_complete_with_the_last_one(operator, station):
    """TC_K_31: no EVSE is named, and there are several reports."""
    await takes(operator, station, 6, evse_id=1, profile_id=1)
    await takes(operator, station, 7, evse_id=1, profile_id=9, stack_level=1)
    command, sent = await asked(operator, station, purpose="tx_default")

    ref = sent["requestId"]
    assert await station.call(REPORT, part(ref, wire_profile(1, limit=6), tbc=True)) == {}
    under_way = await operator.server.get(f"/api/v1/commands/{command['id']}")
    before = await held(operator, station)
    await station.call(REPORT, part(ref, wire_profile(2), evse_id=2, tbc=False))
    await operator.sees(command, "done")

    assert sent == {
        "requestId": ref,
        "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"},
    }
    assert (under_way["state"], under_way["detail"]) == (
        "accepted",
        "the station has more profiles to report",
    )
    assert [each[1] for each in before] == [1, 9]
    # What we set is still ours; what the station does not have any more is gone.
    assert await held(operator, station) == [
        (1, 1, "tx_default", "CSO", "bootstrap", 6),
        (2, 2, "tx_default", "CSO", "station", 16),
    ]


async def test_a_report_says_nothing_about_what_it_was_not_asked_for(operator, station):
    await takes(operator, station, evse_id=1, profile_id=1)
    await takes(operator, station, evse_id=2, profile_id=2)
    await takes(operator, station, evse_id=1, profile_id=3, stack_level=1)
    command, sent = await asked(operator, station, evse_id=1, stack_level=1)

    await station.call(REPORT, part(sent["requestId"], wire_profile(4, level=1)))
    await operator.sees(command, "done")

    assert [each[:2] for each in await held(operator, station)] == [(1, 1), (1, 4), (2, 2)]


async def test_what_was_set_after_the_question_is_not_gone_with_the_report(operator, station):
    command, sent = await asked(operator, station, evse_id=1)
    await takes(operator, station, evse_id=1, profile_id=5, stack_level=3)

    await station.call(REPORT, part(sent["requestId"], wire_profile(1)))
    await operator.sees(command, "done")

    assert [each[1] for each in await held(operator, station)] == [1, 5]


async def test_a_station_without_such_profiles_has_none_here(operator, station):
    await takes(operator, station, evse_id=1)
    await takes(operator, station, evse_id=2)
    station.on[GET] = {"status": "NoProfiles"}

    command = await operator.asks(station.id, "get_charging_profiles", wait=10, evse_id=1)

    assert (command["state"], command["answer"]) == ("done", "NoProfiles")
    assert command["detail"] == "the station holds no such profile"
    assert [each[0] for each in await held(operator, station)] == [2]


async def test_a_limit_of_somebody_else_is_shown_and_stays(operator, station):
    """TC_K_52: ChargingStationExternalConstraints in a report."""
    command, sent = await asked(operator, station)
    ref = sent["requestId"]

    ems = part(ref, wire_profile(-1, EXTERNAL, limit=10), evse_id=0, source="EMS", tbc=True)
    grid = part(ref, wire_profile(-2, EXTERNAL, limit=8), evse_id=0, source="SO")
    await station.call(REPORT, ems)
    await station.call(REPORT, grid)
    await operator.sees(command, "done")
    station.on["ClearChargingProfile"] = ACCEPTED
    await operator.asks(station.id, "clear_charging_profile", wait=10)

    # Both, though of one place, purpose and level.
    assert await held(operator, station) == [
        (None, -2, "external", "SO", "station", 8),
        (None, -1, "external", "EMS", "station", 10),
    ]
    composite = await operator.server.get(
        f"/api/v1/stations/{station.id}/composite-schedule", unit="A"
    )
    assert composite["periods"][0]["limit"] is not None


async def test_a_report_that_nobody_asked_for_is_kept_all_the_same(operator, station):
    assert await station.call(REPORT, part(4711, wire_profile(3))) == {}

    assert [each[1] for each in await held(operator, station)] == [3]


async def test_a_profile_of_a_transaction_that_was_reported_ends_with_it(operator, station):
    ref = f"tx-{station.id}"
    profile = wire_profile(3, "TxProfile", transactionId=ref)
    await station.call(REPORT, part(1, profile))
    event = {
        "timestamp": at(0, after=datetime.now(UTC)),
        "seqNo": 0,
        "transactionInfo": {"transactionId": ref},
        "evse": {"id": 1, "connectorId": 1},
    }
    await station.call(
        "TransactionEvent", event | {"eventType": "Started", "triggerReason": "CablePluggedIn"}
    )
    before = await held(operator, station)
    ended = event | {"eventType": "Ended", "triggerReason": "EVDeparted", "seqNo": 1}
    await station.call("TransactionEvent", ended)

    assert [each[1] for each in before] == [3]
    assert await eventually(lambda: held(operator, station), lambda left: left == []) == []


async def test_the_raw_door_follows_the_report_as_well(operator, station):
    await takes(operator, station, evse_id=1, profile_id=1)
    station.on[GET] = ACCEPTED
    payload = {"requestId": 77, "chargingProfile": {"chargingProfileId": [1, 2]}}

    asking = asyncio.create_task(operator.raw(station.id, GET, payload))
    await station.is_asked(GET)
    await station.call(REPORT, part(77, wire_profile(2)))

    assert (await asking).is_success
    assert [each[1] for each in await held(operator, station)] == [2]


@pytest.mark.parametrize(
    "fields",
    [
        {"profile_ids": [1], "purpose": "tx"},
        {"profile_ids": [1], "stack_level": 0},
        {"evse_id": 1, "whole_station": True},
        {"limit_sources": [""]},
        {"limit_sources": ["a", "b", "c", "d", "e"]},
    ],
)
async def test_criteria_that_exclude_each_other_are_refused(operator, station, fields):
    answer = await operator.refused(station.id, "get_charging_profiles", **fields)

    assert answer.status_code == 422
    assert station.asked == []


async def test_a_source_that_2_0_1_does_not_know_is_refused_before_it_is_sent(operator):
    old = await operator.answering(version=V201)
    new = await operator.answering(version=V21)

    refused = await operator.refused(old.id, "get_charging_profiles", limit_sources=["Roof"])
    _, sent = await asked(operator, new, limit_sources=["Roof"])

    assert refused.status_code == 422
    assert old.asked == []
    assert sent["chargingProfile"] == {"chargingLimitSource": ["Roof"]}


async def test_a_station_of_1_6_cannot_tell_what_it_holds(operator):
    station = await operator.answering(version=V16)

    answer = await operator.refused(station.id, "get_charging_profiles")

    assert (answer.status_code, answer.json()["code"]) == (409, "command_not_served")
