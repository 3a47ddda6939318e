"""Charging profiles over the wire of OCPP 1.6: what is sent, and what is remembered of it."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta

import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call_result

from tests.edge.conftest import V16, at, eventually, moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
SET, CLEAR, COMPOSITE = "SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


def body(limit=16, unit="A", **changes):
    schedule = {"rate_unit": unit, "periods": [{"start_s": 0, "limit": limit}]}
    whole = {"purpose": "tx_default", "kind": "absolute", "schedules": [schedule]}
    return whole | changes


def wire_profile(profile_id=1, purpose="TxDefaultProfile", level=0, limit=16, **changes):
    schedule = {
        "startSchedule": at(0),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    return {
        "chargingProfileId": profile_id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    } | changes


async def mirror(operator, station_id):
    """(evse_id, profile_id, purpose, stack_level, first limit) of each."""
    held = await operator.server.get(f"/api/v1/stations/{station_id}/charging-profiles")
    return [
        (
            each["evse_id"],
            each["profile_id"],
            each["purpose"],
            each["stack_level"],
            each["schedules"][0]["periods"][0]["limit"],
        )
        for each in held["items"]
    ]


async def sets(operator, station, **fields):
    """A profile that the station takes."""
    station.on[SET] = ACCEPTED
    command = await operator.asks(station.id, "set_charging_profile", wait=10, **fields)
    assert command["state"] == "accepted", command
    return station.asked[-1][2]


async def charging(operator, station, connector=1):
    """A transaction at the connector: its number on the wire, and its id here."""
    token = await operator.server.token()
    number = await station.starts(token, connector)
    rows = await operator.server.transactions(station.id)
    (row,) = [each for each in rows if each["station_ref"] == str(number)]
    return number, row["id"]


# -- set


async def test_an_absolute_profile_goes_out_exactly_and_starts_slightly_before_now(operator):
    station = await operator.answering()

    sent = await sets(operator, station, evse_id=1, profile=body(8.1))

    assert station.frames[-1].count('"limit":8.1,') + station.frames[-1].count('"limit":8.1}') == 1
    start = moment(sent["csChargingProfiles"]["chargingSchedule"].pop("startSchedule"))
    now = datetime.now(UTC)
    assert now - timedelta(seconds=90) < start < now
    assert start.microsecond == 0
    assert sent == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
            },
        },
    }
    assert await mirror(operator, station.id) == [(1, 1, "tx_default", 0, 8.1)]


async def test_a_recurring_profile_in_watt_goes_to_the_whole_station_from_its_template(operator):
    station = await operator.answering()
    schedule = {
        "rate_unit": "W",
        "start_at": "2026-11-01T01:00:00+01:00",
        "duration_s": 86400,
        "min_charging_rate": 1400,
        "periods": [
            {"start_s": 0, "limit": 11000},
            {"start_s": 28800, "limit": 6000.5, "number_phases": 1},
        ],
    }
    template = body(
        purpose="station_max",
        kind="recurring",
        recurrency="daily",
        valid_from="2026-01-01T00:00:00Z",
        valid_to="2036-01-01T00:00:00Z",
        schedules=[schedule],
    )
    await operator.server.http.put("/api/v1/charging-profiles/by-day", json=template)

    sent = await sets(operator, station, template="by-day", stack_level=2)

    assert sent == {
        "connectorId": 0,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 2,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Recurring",
            "recurrencyKind": "Daily",
            "validFrom": "2026-01-01T00:00:00.000Z",
            "validTo": "2036-01-01T00:00:00.000Z",
            "chargingSchedule": {
                "duration": 86400,
                "startSchedule": "2026-11-01T00:00:00.000Z",
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 11000},
                    {"startPeriod": 28800, "limit": 6000.5, "numberPhases": 1},
                ],
                "minChargingRate": 1400,
            },
        },
    }
    held = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    (shown,) = held["items"]
    assert shown["source"] == "bootstrap"
    phases = {"number_phases": None, "phase_to_use": None}
    assert shown["schedules"] == [
        {
            "rate_unit": "W",
            "start_at": "2026-11-01T00:00:00.000Z",
            "duration_s": 86400,
            "min_charging_rate": 1400,
            "periods": [
                {"start_s": 0, "limit": 11000} | phases,
                {"start_s": 28800, "limit": 6000.5} | phases | {"number_phases": 1},
            ],
        }
    ]


async def test_a_relative_profile_has_no_start_on_the_wire(operator):
    station = await operator.answering()

    sent = await sets(operator, station, evse_id=2, profile=body(10, kind="relative"))

    assert sent["csChargingProfiles"]["chargingProfileKind"] == "Relative"
    assert "startSchedule" not in sent["csChargingProfiles"]["chargingSchedule"]


async def test_the_command_shows_which_profile_was_sent(operator):
    station = await operator.answering()
    station.on[SET] = ACCEPTED

    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=body(8.1)
    )

    later = await operator.server.get(f"/api/v1/commands/{command['id']}")
    for shown in (command, later):
        arguments = shown["arguments"]
        assert (arguments["evse_id"], arguments["profile_id"]) == (1, 1)
        assert arguments["profile"]["schedules"][0]["periods"][0]["limit"] == 8.1


async def test_a_profile_in_the_same_place_keeps_its_id_and_replaces_the_other(operator):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body(16))

    again = await sets(operator, station, evse_id=1, profile=body(10))
    other = await sets(operator, station, evse_id=1, profile=body(6), stack_level=1)

    assert again["csChargingProfiles"]["chargingProfileId"] == 1
    assert other["csChargingProfiles"]["chargingProfileId"] == 2
    assert await mirror(operator, station.id) == [
        (1, 1, "tx_default", 0, 10),
        (1, 2, "tx_default", 1, 6),
    ]


async def test_an_id_that_is_given_is_used_and_replaces_its_profile_elsewhere(operator):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body(16), profile_id=7)

    await sets(operator, station, evse_id=2, profile=body(10), profile_id=7)

    assert await mirror(operator, station.id) == [(2, 7, "tx_default", 0, 10)]


async def test_profiles_that_are_ordered_at_once_do_not_replace_each_other(operator):
    station = await operator.answering()
    station.on[SET] = ACCEPTED

    await asyncio.gather(
        *(
            operator.asks(
                station.id, "set_charging_profile", wait=10, evse_id=evse_id, profile=body()
            )
            for evse_id in (1, 2, 3)
        )
    )

    ids = {each[2]["csChargingProfiles"]["chargingProfileId"] for each in station.asked}
    assert ids == {1, 2, 3}
    assert len(await mirror(operator, station.id)) == 3


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": "Rejected"}, "rejected"),
        ({"status": "NotSupported"}, "rejected"),
        (["PropertyConstraintViolation", "", {}], "call_error"),
        ({"status": "Perhaps"}, "invalid_answer"),
        ({}, "invalid_answer"),
        (None, "timed_out"),
    ],
    ids=json.dumps,
)
async def test_a_profile_that_was_not_taken_leaves_what_is_there(operator, answer, state):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body(16))
    station.on[SET] = answer

    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=body(6)
    )

    assert command["state"] == state
    assert await mirror(operator, station.id) == [(1, 1, "tx_default", 0, 16)]


async def test_a_consent_that_comes_late_still_counts(operator):
    station = await operator.answering()
    station.on[SET] = None
    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=body(6)
    )
    assert command["state"] == "timed_out"
    assert await mirror(operator, station.id) == []

    await station.says([3, station.asked[0][0], ACCEPTED])

    await operator.sees(command, "accepted")
    assert await mirror(operator, station.id) == [(1, 1, "tx_default", 0, 6)]


async def test_what_a_station_holds_outlives_its_boot(operator):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body(16))

    await station.boots()

    assert len(await mirror(operator, station.id)) == 1


# -- of a transaction


async def test_a_profile_of_a_transaction_names_it_and_goes_with_its_end(operator):
    station = await operator.answering()
    number, transaction_id = await charging(operator, station, connector=2)

    sent = await sets(
        operator, station, profile=body(10, purpose="tx"), transaction_id=transaction_id
    )

    assert sent["connectorId"] == 2
    assert sent["csChargingProfiles"]["transactionId"] == number
    assert await mirror(operator, station.id) == [(2, 1, "tx", 0, 10)]
    await sets(operator, station, evse_id=2, profile=body(16))

    await station.stops(number)

    assert await mirror(operator, station.id) == [(2, 2, "tx_default", 0, 16)]


async def test_a_transaction_that_another_one_ends_takes_its_profile_with_it(operator):
    station = await operator.answering()
    _, transaction_id = await charging(operator, station)
    profile = body(10, purpose="tx")
    await sets(operator, station, profile=profile, transaction_id=transaction_id)

    await charging(operator, station)

    assert await mirror(operator, station.id) == []


async def test_a_transaction_that_is_closed_by_hand_takes_its_profile_with_it(operator):
    station = await operator.answering()
    _, transaction_id = await charging(operator, station)
    profile = body(10, purpose="tx")
    await sets(operator, station, profile=profile, transaction_id=transaction_id)

    path = f"/api/v1/transactions/{transaction_id}/close"
    closed = await operator.server.http.post(path, json={"reason": "stuck"})

    assert closed.is_success, closed.text
    assert await mirror(operator, station.id) == []


async def test_a_transaction_that_has_ended_takes_no_profile(operator):
    station = await operator.answering()
    number, transaction_id = await charging(operator, station)
    await station.stops(number)

    answer = await operator.refused(
        station.id,
        "set_charging_profile",
        profile=body(purpose="tx"),
        transaction_id=transaction_id,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "already_ended")
    assert station.asked == []


# -- with a remote start


async def test_a_profile_that_came_with_a_remote_start_belongs_to_its_transaction(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    command = await operator.asks(
        station.id,
        "request_start",
        token=token,
        evse_id=1,
        profile=body(10, purpose="tx", kind="relative"),
    )
    _, sent = await station.is_asked("RemoteStartTransaction")
    await operator.sees(command, "accepted")
    assert await mirror(operator, station.id) == []

    number = await station.starts(token)

    profile = sent.pop("chargingProfile")
    assert sent == {"connectorId": 1, "idTag": token}
    assert (profile["chargingProfilePurpose"], "transactionId" in profile) == ("TxProfile", False)
    await operator.sees(command, "done")
    assert await mirror(operator, station.id) == [(1, 1, "tx", 0, 10)]
    held = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    assert (held["items"][0]["station_ref"], held["items"][0]["source"]) == (
        str(number),
        "bootstrap",
    )
    await station.stops(number)
    assert await mirror(operator, station.id) == []


async def test_a_transaction_that_begins_before_the_consent_gets_its_profile_with_it(operator):
    token = await operator.server.token()
    await operator.server.http.put("/api/v1/charging-profiles/slow", json=body(8.1, purpose="tx"))
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = None
    command = await operator.asks(
        station.id, "request_start", token=token, evse_id=1, template="slow"
    )
    message_id, _ = await station.is_asked("RemoteStartTransaction")
    await station.starts(token)
    assert await mirror(operator, station.id) == []

    await station.says([3, message_id, ACCEPTED])

    await operator.sees(command, "done")
    assert await mirror(operator, station.id) == [(1, 1, "tx", 0, 8.1)]


async def test_a_remote_start_that_was_rejected_leaves_no_profile(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = {"status": "Rejected"}
    await operator.asks(
        station.id,
        "request_start",
        wait=10,
        token=token,
        evse_id=1,
        profile=body(10, purpose="tx"),
    )

    await station.starts(token)

    assert await mirror(operator, station.id) == []


async def test_a_driver_who_begins_before_the_station_rejects_gets_no_profile(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = None
    profile = body(10, purpose="tx")
    command = await operator.asks(
        station.id, "request_start", token=token, evse_id=1, profile=profile
    )
    message_id, _ = await station.is_asked("RemoteStartTransaction")
    await station.starts(token)

    await station.says([3, message_id, {"status": "Rejected"}])

    await operator.sees(command, "rejected")
    assert await mirror(operator, station.id) == []


async def test_the_raw_door_gives_a_remote_start_its_profile_as_well(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    profile = wire_profile(9, "TxProfile", limit=8.1)
    payload = {"idTag": token, "connectorId": 2, "chargingProfile": profile}
    await operator.raw(station.id, "RemoteStartTransaction", payload)

    await station.starts(token, 2)

    assert await mirror(operator, station.id) == [(2, 9, "tx", 0, 8.1)]


async def test_only_a_profile_for_the_transaction_goes_with_a_remote_start(operator):
    station = await operator.answering()

    answer = await operator.refused(
        station.id, "request_start", token="A1", evse_id=1, profile=body()
    )

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/profile/purpose", "remote_start_purpose")
    assert station.asked == []


# -- clear


HELD = [
    (None, 1, "station_max", 0, 16),
    (None, 2, "tx_default", 0, 16),
    (1, 3, "tx_default", 0, 16),
    (1, 4, "tx_default", 1, 16),
    (2, 5, "tx_default", 0, 16),
]


async def holding(operator):
    """A station that holds HELD."""
    station = await operator.answering()
    for evse_id, profile_id, purpose, level, _ in HELD:
        place = {} if evse_id is None else {"evse_id": evse_id}
        profile = body(16, purpose=purpose)
        await sets(
            operator, station, profile=profile, profile_id=profile_id, stack_level=level, **place
        )
    assert await mirror(operator, station.id) == HELD
    return station


@pytest.mark.parametrize(
    ("fields", "sent", "left"),
    [
        ({}, {}, []),
        ({"profile_id": 3}, {"id": 3}, [1, 2, 4, 5]),
        ({"evse_id": 1}, {"connectorId": 1}, [1, 2, 5]),
        ({"whole_station": True}, {"connectorId": 0}, [3, 4, 5]),
        ({"purpose": "tx_default"}, {"chargingProfilePurpose": "TxDefaultProfile"}, [1]),
        ({"stack_level": 1}, {"stackLevel": 1}, [1, 2, 3, 5]),
        (
            {"evse_id": 1, "purpose": "tx_default", "stack_level": 0},
            {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
            [1, 2, 4, 5],
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
async def test_what_is_cleared_is_gone_here_as_well(operator, fields, sent, left):
    station = await holding(operator)
    station.on[CLEAR] = ACCEPTED

    command = await operator.asks(station.id, "clear_charging_profile", wait=10, **fields)

    assert command["state"] == "accepted"
    assert station.asked[-1][2] == sent
    assert [each[1] for each in await mirror(operator, station.id)] == left


async def test_what_the_station_does_not_know_is_not_there(operator):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body())
    await sets(operator, station, evse_id=2, profile=body())
    station.on[CLEAR] = {"status": "Unknown"}

    command = await operator.asks(station.id, "clear_charging_profile", wait=10, evse_id=1)

    assert (command["state"], command["answer"]) == ("rejected", "Unknown")
    assert command["detail"] == "the station holds no such profile"
    assert [each[0] for each in await mirror(operator, station.id)] == [2]


@pytest.mark.parametrize("answer", [["InternalError", "", {}], {"status": "Perhaps"}, None])
async def test_a_clearing_without_a_proper_answer_leaves_what_is_there(operator, answer):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body())
    station.on[CLEAR] = answer

    await operator.asks(station.id, "clear_charging_profile", wait=10)

    assert len(await mirror(operator, station.id)) == 1


@pytest.mark.parametrize(
    "fields", [{"profile_id": 3, "evse_id": 1}, {"evse_id": 1, "whole_station": True}]
)
async def test_criteria_that_exclude_each_other_are_refused(operator, fields):
    station = await operator.answering()

    answer = await operator.refused(station.id, "clear_charging_profile", **fields)

    assert answer.status_code == 422
    assert station.asked == []


# -- the raw door


async def test_the_raw_door_changes_the_mirror_in_the_same_way(operator):
    station = await operator.answering()
    station.on[SET] = station.on[CLEAR] = ACCEPTED
    odd = wire_profile(77, level=3, limit=8.1, validTo="2036-06-30T12:00:00+02:00")
    odd["chargingSchedule"]["chargingSchedulePeriod"].insert(0, {"startPeriod": 60, "limit": 6})
    await operator.raw(station.id, SET, {"connectorId": 0, "csChargingProfiles": odd})
    tx = wire_profile(78, "TxProfile", transactionId=5)
    await operator.raw(station.id, SET, {"connectorId": 1, "csChargingProfiles": tx})

    assert await mirror(operator, station.id) == [
        (None, 77, "tx_default", 3, 8.1),
        (1, 78, "tx", 0, 16),
    ]
    held = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    assert held["items"][0]["valid_to"] == "2036-06-30T10:00:00.000Z"
    assert held["items"][1]["station_ref"] == "5"

    await operator.raw(station.id, CLEAR, {"id": 77, "connectorId": 1})

    assert [each[1] for each in await mirror(operator, station.id)] == [78]


@pytest.mark.parametrize(
    "change",
    [
        {"validFrom": "soon"},
        {"stackLevel": 2**40},
        {"chargingProfileId": 2**40},
        {"transactionId": -(2**40)},
        {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []}},
        {
            "chargingSchedule": {
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 2**40, "limit": 1e30}],
            }
        },
    ],
    ids=json.dumps,
)
async def test_whatever_the_raw_door_sends_its_answer_is_shown(operator, change):
    station = await operator.answering()
    station.on[SET] = station.on["RemoteStartTransaction"] = ACCEPTED
    profile = wire_profile() | change

    answers = [
        await operator.raw(station.id, SET, {"connectorId": 1, "csChargingProfiles": profile}),
        await operator.raw(
            station.id, "RemoteStartTransaction", {"idTag": "A1", "chargingProfile": profile}
        ),
    ]

    assert [each.status_code for each in answers] == [200, 200]
    path = f"/api/v1/stations/{station.id}/composite-schedule"
    assert (await operator.server.http.get(path, params={"evse_id": 1})).status_code == 200


async def test_a_number_that_nobody_can_store_is_refused_at_once(operator):
    station = await operator.answering()

    answer = await operator.raw(station.id, CLEAR, {"stackLevel": 10**20})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/stackLevel"
    assert station.asked == []


@pytest.mark.parametrize(
    "criteria", [{"id": 2**40}, {"connectorId": -1}, {"connectorId": 2**40}, {"stackLevel": 2**40}]
)
async def test_a_clearing_of_what_cannot_be_held_clears_nothing(operator, criteria):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body())
    station.on[CLEAR] = ACCEPTED

    answer = await operator.raw(station.id, CLEAR, criteria)

    assert answer.status_code == 200
    assert len(await mirror(operator, station.id)) == 1


# -- the composite schedule


def composite(*periods, start_at, duration=600, unit="A"):
    return {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": start_at,
        "chargingSchedule": {
            "duration": duration,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [
                {"startPeriod": start, "limit": limit} for start, limit in periods
            ],
        },
    }


async def test_a_schedule_as_we_calculate_it_agrees(operator):
    station = await operator.answering()
    await sets(operator, station, evse_id=1, profile=body(16))
    await sets(operator, station, profile=body(8.1, purpose="station_max"))
    now = at(0, after=datetime.now(UTC))
    station.on[COMPOSITE] = composite((0, 8.1), start_at=now)

    command = await operator.asks(
        station.id, "get_composite_schedule", wait=10, evse_id=1, duration_s=600, unit="A"
    )

    assert station.asked[-1][2] == {"connectorId": 1, "duration": 600, "chargingRateUnit": "A"}
    assert command["state"] == "accepted"
    period = {"start_s": 0, "limit": 8.1, "number_phases": None}
    schedule = {"duration_s": 600, "unit": "A", "periods": [period]}
    assert command["result"] == {
        "station": {"start_at": now, **schedule},
        "own": {"start_at": now[:-4] + "000Z", **schedule},
        "differs_at_s": None,
    }
    later = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert later["result"] == command["result"]


async def test_a_schedule_that_differs_says_from_when_on(operator):
    station = await operator.answering()
    schedule = {
        "rate_unit": "W",
        "periods": [{"start_s": 0, "limit": 6000}, {"start_s": 3600, "limit": 3000}],
    }
    await sets(operator, station, evse_id=1, profile=body(schedules=[schedule]))
    start = moment(station.asked[0][2]["csChargingProfiles"]["chargingSchedule"]["startSchedule"])
    station.on[COMPOSITE] = composite(
        (0, 6000), start_at=at(600, after=start), duration=7200, unit="W"
    )

    command = await operator.asks(
        station.id, "get_composite_schedule", wait=10, evse_id=1, duration_s=7200
    )

    assert "chargingRateUnit" not in station.asked[-1][2]
    assert command["result"]["differs_at_s"] == 3000
    assert [each["limit"] for each in command["result"]["own"]["periods"]] == [6000, 3000]


async def test_a_station_that_will_not_tell_its_schedule_is_shown_as_it_answered(operator):
    station = await operator.answering()
    station.on[COMPOSITE] = {"status": "Rejected"}
    rejected = await operator.asks(
        station.id, "get_composite_schedule", wait=10, evse_id=1, duration_s=60
    )
    station.on[COMPOSITE] = ACCEPTED
    silent = await operator.asks(station.id, "get_composite_schedule", wait=10, duration_s=60)

    assert (rejected["state"], rejected["result"]) == ("rejected", {"status": "Rejected"})
    assert (silent["state"], silent["result"]) == ("accepted", ACCEPTED)
    assert silent["detail"] == "the station did not say which schedule, or from when on"
    assert station.asked[-1][2]["connectorId"] == 0


# -- what is refused before it is sent


async def faults(operator, station, **fields):
    answer = await operator.refused(station.id, "set_charging_profile", **fields)
    assert answer.status_code == 422, answer.text
    assert station.asked == []
    return {(each["code"], each["pointer"]) for each in answer.json()["errors"]}


async def test_everything_that_is_wrong_with_a_profile_is_told_at_once(operator):
    station = await operator.answering()
    schedule = {
        "rate_unit": "A",
        "duration_s": 0,
        "periods": [
            {"start_s": 5, "limit": 8.15},
            {"start_s": 5, "limit": -1, "number_phases": 4},
        ],
    }
    wrong = body(
        purpose="station_max",
        kind="relative",
        recurrency="daily",
        valid_from="2027-01-01T00:00:00Z",
        valid_to="2026-01-01T00:00:00Z",
        schedules=[schedule],
    )

    found = await faults(operator, station, evse_id=1, profile=wrong)

    periods = "/profile/schedules/0/periods"
    assert found == {
        ("station_only", "/profile/purpose"),
        ("relative_station_max", "/profile/kind"),
        ("recurrency_not_allowed", "/profile/recurrency"),
        ("validity", "/profile/valid_to"),
        ("duration", "/profile/schedules/0/duration_s"),
        ("first_period", f"{periods}/0/start_s"),
        ("period_order", f"{periods}/1/start_s"),
        ("limit_digits", f"{periods}/0/limit"),
        ("limit", f"{periods}/1/limit"),
        ("number_phases", f"{periods}/1/number_phases"),
    }


async def test_a_profile_of_a_transaction_needs_the_transaction_and_no_other_does(operator):
    station = await operator.answering()
    _, transaction_id = await charging(operator, station)

    missing = await faults(operator, station, evse_id=1, profile=body(purpose="tx"))
    nowhere = await faults(operator, station, profile=body(purpose="tx"))
    needless = await faults(operator, station, profile=body(), transaction_id=transaction_id)

    assert missing == {("transaction_missing", "/transaction_id")}
    assert nowhere == {
        ("transaction_missing", "/transaction_id"),
        ("evse_only", "/profile/purpose"),
    }
    assert needless == {("transaction_not_allowed", "/transaction_id")}


async def test_what_the_station_said_that_it_cannot_take_is_refused(operator):
    station = await operator.answering()
    told = {
        "ChargeProfileMaxStackLevel": "2",
        "ChargingScheduleMaxPeriods": "1",
        "ChargingScheduleAllowedChargingRateUnit": "Current",
        "MaxChargingProfilesInstalled": "1",
        "ConnectorSwitch3to1PhaseSupported": "false",
    }
    station.on["GetConfiguration"] = {
        "configurationKey": [
            {"key": key, "readonly": True, "value": value} for key, value in told.items()
        ]
    }
    assert (await operator.raw(station.id, "GetConfiguration", {})).status_code == 200
    await sets(operator, station, evse_id=1, profile=body(16))
    station.asked.clear()
    schedule = {
        "rate_unit": "W",
        "periods": [
            {"start_s": 0, "limit": 6000, "number_phases": 1, "phase_to_use": 2},
            {"start_s": 60, "limit": 3000},
        ],
    }
    await operator.server.http.put(
        "/api/v1/charging-profiles/too-much", json=body(schedules=[schedule])
    )

    by_name = await faults(operator, station, evse_id=2, template="too-much", stack_level=3)
    written = await faults(
        operator, station, evse_id=2, profile=body(schedules=[schedule]), stack_level=3
    )

    assert by_name == {
        ("stack_level", "/stack_level"),
        ("rate_unit", "/template"),
        ("too_many_periods", "/template"),
        ("phase_to_use", "/template"),
        ("too_many_profiles", "/template"),
    }
    assert written == {
        ("stack_level", "/stack_level"),
        ("rate_unit", "/profile/schedules/0/rate_unit"),
        ("too_many_periods", "/profile/schedules/0/periods"),
        ("phase_to_use", "/profile/schedules/0/periods/0/phase_to_use"),
        ("too_many_profiles", "/profile"),
    }


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"evse_id": 1, "template": "nobody-made-it"}, "/template"),
        ({"evse_id": 0, "profile": body()}, "/evse_id"),
        ({"evse_id": 1, "profile": body(), "profile_id": 0}, "/profile_id"),
        ({"evse_id": 1, "profile": body(purpose="external")}, "/profile/purpose"),
        (
            {"evse_id": 1, "profile": body(schedules=[body()["schedules"][0]] * 2)},
            "/profile/schedules",
        ),
        (
            {"profile": body(), "transaction_id": "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"},
            "/transaction_id",
        ),
        ({"evse_id": 1}, ""),
        ({"evse_id": 1, "profile": body(), "template": "x"}, ""),
    ],
)
async def test_an_order_that_cannot_be_carried_out_is_refused_at_its_place(
    operator, fields, pointer
):
    station = await operator.answering()

    answer = await operator.refused(station.id, "set_charging_profile", **fields)

    assert answer.status_code == 422
    pointers = [each["pointer"] for each in answer.json()["errors"]]
    assert any(each.endswith(pointer) for each in pointers), pointers
    assert station.asked == []


async def test_a_transaction_elsewhere_is_not_the_one_that_is_meant(operator):
    station, other = await operator.answering(), await operator.answering()
    _, transaction_id = await charging(operator, other)
    profile = body(purpose="tx")

    elsewhere = await operator.refused(
        station.id, "set_charging_profile", profile=profile, transaction_id=transaction_id
    )
    beside = await operator.refused(
        other.id,
        "set_charging_profile",
        evse_id=2,
        profile=profile,
        transaction_id=transaction_id,
    )

    assert elsewhere.json()["errors"][0]["pointer"] == "/transaction_id"
    assert beside.json()["errors"][0]["pointer"] == "/evse_id"
    assert station.asked == other.asked == []


# -- a station that somebody else wrote


class Wallbox(ocpp.v16.ChargePoint):
    """Takes what keeps to the schema of the `ocpp` package; reports what it was told."""

    def __init__(self, *args):
        super().__init__(*args)
        self.profiles = []

    @on(SET)
    def takes(self, connector_id, cs_charging_profiles):
        self.profiles.append((connector_id, cs_charging_profiles))
        return call_result.SetChargingProfile("Accepted")

    @on(CLEAR)
    def clears(self, **_criteria):
        self.profiles.clear()
        return call_result.ClearChargingProfile("Accepted")

    @on(COMPOSITE)
    def tells(self, connector_id, duration, charging_rate_unit):
        (_, profile), *_ = self.profiles
        periods = [
            each | {"limit": float(each["limit"])}
            for each in profile["charging_schedule"]["charging_schedule_period"]
        ]
        schedule = {
            "duration": duration,
            "charging_rate_unit": charging_rate_unit,
            "charging_schedule_period": periods,
        }
        return call_result.GetCompositeSchedule(
            "Accepted", connector_id, at(0, after=datetime.now(UTC)), schedule
        )


@contextlib.asynccontextmanager
async def wallbox(operator):
    station = await operator.server.connects(None, V16)
    box = Wallbox(station.id, station.socket, 10)
    listening = asyncio.create_task(box.start())
    try:
        yield box
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_station_by_others_takes_tells_and_clears_a_profile(operator):
    async with wallbox(operator) as box:
        done = await operator.asks(
            box.id, "set_charging_profile", wait=10, evse_id=1, profile=body(8.1)
        )
        told = await operator.asks(
            box.id, "get_composite_schedule", wait=10, evse_id=1, duration_s=600, unit="A"
        )

        assert (done["state"], told["state"]) == ("accepted", "accepted")
        assert told["result"]["differs_at_s"] is None
        assert told["result"]["station"]["periods"][0]["limit"] == 8.1
        assert len(box.profiles) == len(await mirror(operator, box.id)) == 1

        cleared = await operator.asks(box.id, "clear_charging_profile", wait=10)

        assert cleared["state"] == "accepted"
        assert await eventually(lambda: mirror(operator, box.id), lambda held: held == []) == []
