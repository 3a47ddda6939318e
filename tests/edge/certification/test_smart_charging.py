"""Block K as the certification plays it: profiles are set, cleared and added up (2.x K01, K08, K10)."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at, moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
SET, CLEAR, COMPOSITE = "SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"
START = "2026-11-23T08:00:00.000Z"


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 2}


def body(limit=6, unit="A", number_phases=None, **changes):
    period = {"start_s": 0, "limit": limit} | (
        {} if number_phases is None else {"number_phases": number_phases}
    )
    schedule = {"rate_unit": unit, "duration_s": 300, "start_at": START, "periods": [period]}
    whole = {"purpose": "tx_default", "kind": "absolute", "schedules": [schedule]}
    return whole | changes


def wire_profile(purpose, limit=6, unit="A", phases=3, level=0, start=START, profile_id=1):
    """What `body` says, on the wire; three phases need not be named."""
    period = {"startPeriod": 0, "limit": limit} | ({} if phases == 3 else {"numberPhases": phases})
    schedule = {
        "id": 1,
        "startSchedule": start,
        "duration": 300,
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [period],
    }
    return {
        "id": profile_id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }


async def takes(operator, station, **fields):
    """A profile that the station takes; returns what was sent."""
    station.on[SET] = ACCEPTED
    command = await operator.asks(station.id, "set_charging_profile", wait=10, **fields)
    assert command["state"] == "accepted", command
    return station.asked[-1][2]


async def held(operator, station):
    """(evse_id, profile_id, purpose, stack_level) of each."""
    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    names = ("evse_id", "profile_id", "purpose", "stack_level")
    return [tuple(each[name] for name in names) for each in shown["items"]]


async def charging(operator, station, ref, evse_id=1):
    """A transaction at the EVSE; its id here."""
    token = await operator.server.token()
    event = {
        "eventType": "Started",
        "timestamp": at(0, after=datetime.now(UTC)),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": ref},
        "idToken": {"idToken": token, "type": "ISO14443"},
        "evse": {"id": evse_id, "connectorId": 1},
    }
    await station.call("TransactionEvent", event)
    (row,) = await operator.server.transactions(station.id)
    return row["id"]


@pytest_asyncio.fixture(loop_scope="module", params=[V201, V21])
async def station(operator, request):
    return await operator.answering(version=request.param)


# -- set


@pytest.mark.parametrize(("limit", "unit", "phases"), [(6, "A", 3), (6000, "W", 1)])
async def test_a_default_profile_goes_to_its_evse(operator, station, limit, unit, phases):
    """TC_K_01."""
    valid = {"valid_from": START, "valid_to": "2026-11-23T08:05:00.000Z"}

    sent = await takes(
        operator, station, evse_id=1, profile=body(limit, unit, phases, stack_level=1, **valid)
    )

    period = {"startPeriod": 0, "limit": limit} | ({"numberPhases": 1} if phases == 1 else {})
    assert sent == {
        "evseId": 1,
        "chargingProfile": {
            "id": 1,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "validFrom": START,
            "validTo": "2026-11-23T08:05:00.000Z",
            "chargingSchedule": [
                {
                    "id": 1,
                    "startSchedule": START,
                    "duration": 300,
                    "chargingRateUnit": unit,
                    "chargingSchedulePeriod": [period],
                }
            ],
        },
    }
    assert await held(operator, station) == [(1, 1, "tx_default", 1)]


@pytest.mark.parametrize(("limit", "unit", "phases"), [(6, "A", 3), (6000, "W", 1)])
async def test_a_default_profile_for_all_evses_goes_to_evse_0(
    operator, station, limit, unit, phases
):
    """TC_K_10."""
    sent = await takes(operator, station, profile=body(limit, unit, phases, stack_level=2))

    assert sent == {
        "evseId": 0,
        "chargingProfile": wire_profile("TxDefaultProfile", limit, unit, phases, level=2),
    }
    assert await held(operator, station) == [(None, 1, "tx_default", 2)]


@pytest.mark.parametrize(("limit", "unit", "phases"), [(8, "A", 3), (8000, "W", 1)])
async def test_a_limit_of_the_station_is_absolute_and_has_a_start(
    operator, station, limit, unit, phases
):
    """TC_K_03: it starts now where nothing else is said."""
    whole = body(limit, unit, phases, purpose="station_max", stack_level=1)
    del whole["schedules"][0]["start_at"]

    sent = await takes(operator, station, profile=whole)

    start = sent["chargingProfile"]["chargingSchedule"][0]["startSchedule"]
    now = datetime.now(UTC)
    assert now - timedelta(seconds=90) < moment(start) < now
    expected = wire_profile("ChargingStationMaxProfile", limit, unit, phases, level=1, start=start)
    assert sent == {"evseId": 0, "chargingProfile": expected}


@pytest.mark.parametrize(("recurrency", "word"), [("daily", "Daily"), ("weekly", "Weekly")])
async def test_a_recurring_profile_says_how_often(operator, station, recurrency, word):
    """TC_K_19."""
    sent = await takes(
        operator,
        station,
        evse_id=1,
        profile=body(kind="recurring", recurrency=recurrency, stack_level=3),
    )

    recurring = {"chargingProfileKind": "Recurring", "recurrencyKind": word}
    expected = wire_profile("TxDefaultProfile", level=3) | recurring
    assert sent == {"evseId": 1, "chargingProfile": expected}


async def test_a_profile_of_the_transaction_under_way_names_it_by_its_text(operator, station):
    """TC_K_60."""
    ref = f"tx-{station.id}"
    transaction_id = await charging(operator, station, ref)
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": 6}]}
    profile = body(purpose="tx", kind="relative", schedules=[schedule])

    sent = await takes(operator, station, evse_id=1, profile=profile, transaction_id=transaction_id)

    told = sent["chargingProfile"]
    assert sent["evseId"] == 1
    assert told["transactionId"] == ref
    assert told["chargingProfilePurpose"] == "TxProfile"
    assert told["chargingProfileKind"] == "Relative"
    assert "startSchedule" not in told["chargingSchedule"][0]
    assert await held(operator, station) == [(1, 1, "tx", 0)]


@pytest.mark.parametrize(("unit", "limits"), [("A", (8, 6)), ("W", (8000, 6000))])
@pytest.mark.parametrize(
    ("where", "purpose", "word"),
    [
        ({"evse_id": 1}, "tx_default", "TxDefaultProfile"),
        ({}, "station_max", "ChargingStationMaxProfile"),
    ],
)
async def test_a_new_limit_replaces_the_old_one_under_its_id(
    operator, station, where, purpose, word, unit, limits
):
    """TC_K_04."""
    sent = [
        await takes(operator, station, profile=body(limit, unit, purpose=purpose), **where)
        for limit in limits
    ]

    assert sent == [
        {"evseId": where.get("evse_id", 0), "chargingProfile": wire_profile(word, limit, unit)}
        for limit in limits
    ]
    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    (kept,) = shown["items"]
    assert kept["schedules"][0]["periods"][0]["limit"] == limits[1]


async def test_two_profiles_of_different_purposes_have_different_ids(operator, station):
    """TC_K_70, with the errata of November 2024: a default, and a limit of the station."""
    await charging(operator, station, f"tx-{station.id}")

    first = await takes(operator, station, evse_id=1, profile=body())
    second = await takes(operator, station, profile=body(8, purpose="station_max"))

    assert first == {"evseId": 1, "chargingProfile": wire_profile("TxDefaultProfile")}
    expected = wire_profile("ChargingStationMaxProfile", 8, profile_id=2)
    assert second == {"evseId": 0, "chargingProfile": expected}
    assert set(await held(operator, station)) == {
        (1, 1, "tx_default", 0),
        (None, 2, "station_max", 0),
    }


async def test_two_profiles_of_different_levels_have_different_ids(operator, station):
    """TC_K_70 as it was before its errata."""
    first = await takes(operator, station, evse_id=1, profile=body(8), stack_level=0)
    second = await takes(operator, station, evse_id=1, profile=body(6), stack_level=1)

    assert first["chargingProfile"]["id"] != second["chargingProfile"]["id"]
    assert await held(operator, station) == [(1, 1, "tx_default", 0), (1, 2, "tx_default", 1)]


async def test_a_station_that_cannot_do_it_says_so_and_stays(operator, station):
    """TC_K_15."""
    station.on[SET] = ["NotSupported", "no smart charging", {}]

    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=body()
    )

    ((_, _, asked),) = station.asked
    assert asked == {"evseId": 1, "chargingProfile": wire_profile("TxDefaultProfile")}
    assert command["state"] == "call_error"
    assert command["call_error"]["code"] == "NotSupported"
    assert command["call_error"]["description"] == "no smart charging"
    assert await held(operator, station) == []
    assert "currentTime" in await station.call("Heartbeat")


async def test_three_schedules_go_out_for_a_vehicle_to_choose_from(operator, station):
    """ChargingProfileType holds 1 to 3 of them."""
    schedules = [
        {"rate_unit": "A", "start_at": START, "periods": [{"start_s": 0, "limit": limit}]}
        for limit in (6, 10, 16)
    ]

    sent = await takes(operator, station, evse_id=1, profile=body(schedules=schedules))

    told = sent["chargingProfile"]["chargingSchedule"]
    assert [each["id"] for each in told] == [1, 2, 3]
    assert [each["chargingSchedulePeriod"][0]["limit"] for each in told] == [6, 10, 16]


async def test_a_phase_is_named_only_for_a_single_one(operator, station):
    """K01.FR.19."""
    two = [{"start_s": 0, "limit": 6, "number_phases": 2, "phase_to_use": 1}]
    one = [{"start_s": 0, "limit": 6, "number_phases": 1, "phase_to_use": 3}]
    schedule = {"rate_unit": "A", "start_at": START}

    refused = await operator.refused(
        station.id,
        "set_charging_profile",
        evse_id=1,
        profile=body(schedules=[schedule | {"periods": two}]),
    )
    sent = await takes(
        operator, station, evse_id=1, profile=body(schedules=[schedule | {"periods": one}])
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "phase_to_use"
    (period,) = sent["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
    assert (period["numberPhases"], period["phaseToUse"]) == (1, 3)


async def test_a_profile_goes_with_a_remote_start_and_names_no_transaction(operator, station):
    """TC_K_37."""
    token = await operator.server.token()
    station.on["RequestStartTransaction"] = ACCEPTED
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": 6}]}
    profile = body(purpose="tx", kind="relative", schedules=[schedule])

    command = await operator.asks(
        station.id, "request_start", token=token, evse_id=1, profile=profile
    )
    _, sent = await station.is_asked("RequestStartTransaction")
    started = {
        "eventType": "Started",
        "timestamp": at(0, after=datetime.now(UTC)),
        "triggerReason": "RemoteStart",
        "seqNo": 0,
        "transactionInfo": {
            "transactionId": f"tx-{station.id}",
            "remoteStartId": sent["remoteStartId"],
        },
        "idToken": sent["idToken"],
        "evse": {"id": 1, "connectorId": 1},
    }
    answer = await station.call("TransactionEvent", started)
    assert answer["idTokenInfo"]["status"] == "Accepted"

    told = sent["chargingProfile"]
    assert (sent["evseId"], sent["idToken"]) == (1, {"idToken": token, "type": "ISO14443"})
    assert "startSchedule" not in told["chargingSchedule"][0]
    assert (told["chargingProfilePurpose"], told["chargingProfileKind"]) == (
        "TxProfile",
        "Relative",
    )
    assert "transactionId" not in told
    await operator.sees(command, "done")
    assert await held(operator, station) == [(1, 1, "tx", 0)]


async def test_what_would_be_valid_beside_a_new_profile_is_cleared_first(operator, station):
    """K01.FR.06."""
    await takes(operator, station, evse_id=1, profile=body(8), profile_id=4)
    station.asked.clear()
    station.on[CLEAR] = ACCEPTED

    await takes(operator, station, evse_id=1, profile=body(6), profile_id=5)

    assert [(action, payload) for _, action, payload in station.asked][:1] == [
        (CLEAR, {"chargingProfileId": 4})
    ]
    assert station.asked[-1][2]["chargingProfile"]["id"] == 5
    assert await held(operator, station) == [(1, 5, "tx_default", 0)]


async def test_profiles_that_follow_each_other_in_time_do_not_displace_each_other(
    operator, station
):
    """K01.FR.06: their validities do not overlap."""
    noon, night = "2036-11-23T12:00:00Z", "2036-11-24T00:00:00Z"
    await takes(operator, station, evse_id=1, profile=body(8, valid_to=noon), profile_id=4)
    station.asked.clear()

    later = body(6, valid_from=noon, valid_to=night)
    await takes(operator, station, evse_id=1, profile=later, profile_id=5)

    assert [action for _, action, _ in station.asked] == [SET]
    assert [each[1] for each in await held(operator, station)] == [4, 5]


async def test_what_the_device_model_does_not_allow_is_refused(operator, station):
    """K01.FR.20, and SmartChargingCtrlr."""

    def variable(name, value, kind="integer", instance=None, **limits):
        named = {"name": name} | ({"instance": instance} if instance else {})
        return {
            "component": {"name": "SmartChargingCtrlr"},
            "variable": named,
            "variableAttribute": [
                {"type": "Actual", "value": value},
            ],
            "variableCharacteristics": {"dataType": kind, "supportsMonitoring": False} | limits,
        }

    told = [
        variable("ProfileStackLevel", "2"),
        variable("PeriodsPerSchedule", "1"),
        variable("RateUnit", "A", "MemberList"),
        variable("ACPhaseSwitchingSupported", "false", "boolean"),
        variable("Entries", "1", instance="ChargingProfiles", maxLimit=1),
    ]
    report = {"requestId": 1, "generatedAt": at(0), "seqNo": 0, "reportData": told}
    await station.call("NotifyReport", report)
    await takes(operator, station, evse_id=1, profile=body())
    periods = [
        {"start_s": 0, "limit": 6000, "number_phases": 1, "phase_to_use": 2},
        {"start_s": 60, "limit": 7000},
    ]
    schedule = {"rate_unit": "W", "start_at": START, "periods": periods}

    refused = await operator.refused(
        station.id,
        "set_charging_profile",
        evse_id=2,
        profile=body(stack_level=3, schedules=[schedule]),
    )

    assert refused.status_code == 422
    assert {each["code"] for each in refused.json()["errors"]} == {
        "stack_level",
        "too_many_periods",
        "rate_unit",
        "phase_to_use",
        "too_many_profiles",
    }


# -- clear


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        pytest.param({"profile_id": 1}, {"chargingProfileId": 1}, id="TC_K_05"),
        pytest.param(
            {"evse_id": 1, "purpose": "tx_default", "stack_level": 0},
            {
                "chargingProfileCriteria": {
                    "evseId": 1,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 0,
                }
            },
            id="TC_K_06",
        ),
        pytest.param(
            {"whole_station": True}, {"chargingProfileCriteria": {"evseId": 0}}, id="evse 0"
        ),
    ],
)
async def test_what_the_station_clears_is_gone_here_as_well(operator, station, fields, sent):
    where = {} if "whole_station" in fields else {"evse_id": 1}
    await takes(operator, station, profile=body(), **where)
    station.on[CLEAR] = ACCEPTED

    command = await operator.asks(station.id, "clear_charging_profile", wait=10, **fields)

    assert command["state"] == "accepted"
    assert station.asked[-1][2] == sent
    assert await held(operator, station) == []


async def test_a_profile_that_was_never_there_is_told_as_unknown(operator, station):
    """TC_K_08."""
    station.on[CLEAR] = {"status": "Unknown"}

    command = await operator.asks(
        station.id,
        "clear_charging_profile",
        wait=10,
        evse_id=1,
        purpose="tx_default",
        stack_level=0,
    )

    assert station.asked[-1][2] == {
        "chargingProfileCriteria": {
            "evseId": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "stackLevel": 0,
        }
    }
    assert (command["state"], command["answer"]) == ("rejected", "Unknown")
    assert command["detail"] == "the station holds no such profile"


async def test_everything_is_cleared_purpose_by_purpose(operator, station):
    """K10.FR.02: 2.x wants to be told what."""
    await takes(operator, station, profile=body())
    await takes(operator, station, profile=body(purpose="station_max"))
    station.asked.clear()
    station.on[CLEAR] = lambda asked: {
        "status": "Unknown"
        if asked["chargingProfileCriteria"]["chargingProfilePurpose"] == "TxProfile"
        else "Accepted"
    }

    command = await operator.asks(station.id, "clear_charging_profile", wait=10)

    purposes = [
        each[2]["chargingProfileCriteria"]["chargingProfilePurpose"] for each in station.asked
    ]
    known = ["ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"]
    of_21 = ["PriorityCharging", "LocalGeneration"]
    assert purposes in (known, known + of_21)
    assert (purposes == known) is (station.station.socket.subprotocol == V201)
    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    assert await held(operator, station) == []


# -- composite schedule


@pytest.mark.parametrize(
    ("where", "evse_id"),
    [pytest.param({"evse_id": 1}, 1, id="TC_K_43"), pytest.param({}, 0, id="TC_K_44")],
)
@pytest.mark.parametrize(("unit", "limit"), [("A", 10), ("W", 10000)])
async def test_a_schedule_of_the_station_is_shown(operator, station, where, evse_id, unit, limit):
    start = at(0, after=datetime.now(UTC))
    station.on[COMPOSITE] = {
        "status": "Accepted",
        "schedule": {
            "evseId": evse_id,
            "duration": 300,
            "scheduleStart": start,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }

    command = await operator.asks(
        station.id, "get_composite_schedule", wait=10, duration_s=300, unit=unit, **where
    )

    assert station.asked[-1][2] == {"duration": 300, "chargingRateUnit": unit, "evseId": evse_id}
    assert command["state"] == "accepted"
    told = command["result"]["station"]
    assert (told["start_at"], told["duration_s"], told["unit"]) == (start, 300, unit)
    assert told["periods"] == [{"start_s": 0, "limit": limit, "number_phases": None}]
