"""What OCPP 2.1 alone says of charging: single phases, set points, modes, priority (blocks K and Q)."""

import pytest

from tests.edge.conftest import V16, V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
SET = "SetChargingProfile"
START = "2026-11-23T08:00:00.000Z"

#: (period of ours, the same on the wire)
PERIODS = {
    "limits of single phases": (
        {"limit": 16, "control": {"limit_l2": 10, "limit_l3": 6.5}},
        {"limit": 16, "limit_L2": 10, "limit_L3": 6.5},
    ),
    "set point": (
        {"control": {"operation_mode": "central_setpoint", "setpoint": -10, "setpoint_l2": -5}},
        {"operationMode": "CentralSetpoint", "setpoint": -10, "setpoint_L2": -5},
    ),
    "discharging": (
        {
            "limit": 16,
            "control": {
                "operation_mode": "external_limits",
                "discharge_limit": -16,
                "discharge_limit_l3": -6,
                "setpoint_reactive": 2,
                "preconditioning_request": True,
            },
        },
        {
            "limit": 16,
            "operationMode": "ExternalLimits",
            "dischargeLimit": -16,
            "dischargeLimit_L3": -6,
            "setpointReactive": 2,
            "preconditioningRequest": True,
        },
    ),
    "idle": (
        {"control": {"operation_mode": "idle", "evse_sleep": True}},
        {"operationMode": "Idle", "evseSleep": True},
    ),
    "local frequency": (
        {
            "control": {
                "operation_mode": "local_frequency",
                "v2x_baseline": 100,
                "v2x_freq_watt_curve": [
                    {"frequency": 49.8, "power": 3000},
                    {"frequency": 50.2, "power": -3000},
                ],
                "v2x_signal_watt_curve": [{"signal": 1, "power": 500}],
            }
        },
        {
            "operationMode": "LocalFrequency",
            "v2xBaseline": 100,
            "v2xFreqWattCurve": [
                {"frequency": 49.8, "power": 3000},
                {"frequency": 50.2, "power": -3000},
            ],
            "v2xSignalWattCurve": [{"signal": 1, "power": 500}],
        },
    ),
}
EVERY_PERIOD = pytest.mark.parametrize(("ours", "theirs"), PERIODS.values(), ids=PERIODS)


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 2}


def profile(period, schedule=None, **changes):
    whole = {"rate_unit": "A", "start_at": START, "periods": [{"start_s": 0} | period]}
    about = {"purpose": "tx_default", "kind": "absolute", "schedules": [whole | (schedule or {})]}
    return about | changes


def on_wire(period, schedule=None, **changes):
    whole = {
        "id": 1,
        "startSchedule": START,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0} | period],
    }
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [whole | (schedule or {})],
    } | changes


async def takes(operator, station, body):
    """What a station is sent when it is to have this profile."""
    station.on[SET] = ACCEPTED
    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=body
    )
    assert command["state"] == "accepted", command
    return station.asked[-1][2]["chargingProfile"]


async def held(operator, station):
    (shown,) = (await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles"))[
        "items"
    ]
    return shown


def given(period):
    """Of a period what is said."""
    control = period.get("control") or {}
    told = {name: value for name, value in control.items() if value not in (None, [])}
    limit = {"limit": period["limit"]} if period["limit"] is not None else {}
    return limit | ({"control": told} if told else {})


@EVERY_PERIOD
async def test_a_period_goes_out_as_it_was_asked_for_and_is_shown_so(operator, ours, theirs):
    station = await operator.answering(version=V21)

    sent = await takes(operator, station, profile(ours))

    assert sent == on_wire(theirs)
    assert given((await held(operator, station))["schedules"][0]["periods"][0]) == ours


async def test_what_concerns_the_whole_schedule_and_profile_goes_out_too(operator):
    station = await operator.answering(version=V21)
    schedule = {
        "limit_at_soc": {"soc": 80, "limit": 6},
        "use_local_time": True,
        "randomized_delay_s": 30,
    }
    offline = {"max_offline_duration_s": 600, "invalid_after_offline": True}

    sent = await takes(operator, station, profile({"limit": 16}, schedule, **offline))

    assert sent == on_wire(
        {"limit": 16},
        {"limitAtSoC": {"soc": 80, "limit": 6}, "useLocalTime": True, "randomizedDelay": 30},
        maxOfflineDuration=600,
        invalidAfterOfflineDuration=True,
    )
    shown = await held(operator, station)
    assert {name: shown[name] for name in offline} == offline
    assert {name: shown["schedules"][0][name] for name in schedule} == schedule


async def test_a_dynamic_profile_has_one_period_and_is_asked_for_anew(operator):
    """K28.FR.01, FR.02, FR.10."""
    station = await operator.answering(version=V21)
    body = profile({"limit": 16}, {"start_at": None}, kind="dynamic", dyn_update_interval_s=30)

    sent = await takes(operator, station, body)

    assert (sent["chargingProfileKind"], sent["dynUpdateInterval"]) == ("Dynamic", 30)
    assert "startSchedule" not in sent["chargingSchedule"][0]
    assert (await held(operator, station))["kind"] == "dynamic"


@pytest.mark.parametrize(
    ("kind", "period", "update"),
    [
        ("dynamic", {"limit": 16}, {"limit": 16}),
        (
            "dynamic",
            {"control": {"operation_mode": "central_setpoint", "setpoint": -10, "setpoint_l2": -5}},
            {"setpoint": -10, "setpoint_L2": -5},
        ),
        ("absolute", {"limit": 16}, None),
    ],
)
async def test_a_station_that_asks_is_told_what_a_dynamic_profile_limits_to(
    operator, kind, period, update
):
    """K28.FR.07, FR.12: only dynamic ones have limits that are asked for."""
    station = await operator.answering(version=V21)
    dynamic = kind == "dynamic"
    more = {"kind": kind} | ({"dyn_update_interval_s": 30} if dynamic else {})
    schedule = {"start_at": None} if dynamic else {}
    sent = await takes(operator, station, profile(period, schedule, **more))

    answer = await station.call("PullDynamicScheduleUpdate", {"chargingProfileId": sent["id"]})

    if update is None:
        assert answer["status"] == "Rejected"
        assert answer["statusInfo"]["reasonCode"] == "InvalidProfile"
    else:
        assert answer == {"status": "Accepted", "scheduleUpdate": update}


@pytest.mark.parametrize(
    ("purpose", "word"),
    [("priority", "PriorityCharging"), ("local_generation", "LocalGeneration")],
)
async def test_purposes_of_2_1_are_set_and_cleared(operator, purpose, word):
    """K21, K24."""
    station = await operator.answering(version=V21)
    station.on["ClearChargingProfile"] = ACCEPTED

    sent = await takes(operator, station, profile({"limit": 32}, purpose=purpose))
    await operator.asks(station.id, "clear_charging_profile", wait=10, purpose=purpose)

    assert sent["chargingProfilePurpose"] == word
    assert station.asked[-1][2] == {"chargingProfileCriteria": {"chargingProfilePurpose": word}}
    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    assert shown["items"] == []


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        *((profile(ours), "cannot say set points") for ours, _ in PERIODS.values()),
        (profile({"limit": 6}, {"start_at": None}, kind="dynamic"), "no dynamic profiles"),
        (profile({"limit": 6}, purpose="priority"), "no purpose priority"),
        (profile({"limit": 6}, purpose="local_generation"), "no purpose local_generation"),
        (profile({"limit": 6}, max_offline_duration_s=5), "offline"),
        (profile({"limit": 6}, {"use_local_time": True}), "local time"),
    ],
)
async def test_a_station_whose_version_cannot_say_it_is_not_asked(operator, version, body, reason):
    station = await operator.answering(version=version)

    refused = await operator.refused(station.id, "set_charging_profile", evse_id=1, profile=body)

    assert refused.status_code == 422
    assert reason in refused.text
    assert station.asked == []


async def test_a_remote_start_does_not_say_it_either(operator):
    station = await operator.answering(version=V201)
    schedule = {
        "rate_unit": "A",
        "periods": [{"start_s": 0, "limit": 6, "control": {"setpoint": 6}}],
    }
    body = {"purpose": "tx", "kind": "relative", "schedules": [schedule]}

    refused = await operator.refused(
        station.id, "request_start", token=await operator.server.token(), evse_id=1, profile=body
    )

    assert refused.status_code == 422
    assert "OCPP 2.0.1 cannot say" in refused.text


@EVERY_PERIOD
async def test_what_a_station_reports_is_read_without_loss(operator, ours, theirs):
    """K09: a profile of an external system, with all that it says."""
    station = await operator.answering(version=V21)
    station.on["GetChargingProfiles"] = ACCEPTED
    command = await operator.asks(station.id, "get_charging_profiles")
    await operator.sees(command, "accepted")
    external = {
        "chargingProfilePurpose": "ChargingStationExternalConstraints",
        "chargingProfileKind": "Dynamic",
        "dynUpdateTime": at(0),
    }

    answer = await station.call(
        "ReportChargingProfiles",
        {
            "requestId": station.asked[-1][2]["requestId"],
            "chargingLimitSource": "EMS",
            "evseId": 1,
            "chargingProfile": [on_wire(theirs, **external)],
        },
    )

    assert answer == {}
    await operator.sees(command, "done")
    shown = await held(operator, station)
    assert (shown["purpose"], shown["kind"]) == ("external", "dynamic")
    assert given(shown["schedules"][0]["periods"][0]) == ours


@EVERY_PERIOD
async def test_a_limit_that_is_told_is_read_without_loss(operator, ours, theirs):
    """K12; Q06.FR.10."""
    station = await operator.answering(version=V21)
    told = {
        "chargingLimit": {"chargingLimitSource": "EMS", "isLocalGeneration": True},
        "chargingSchedule": on_wire(theirs)["chargingSchedule"],
        "evseId": 1,
    }

    assert await station.call("NotifyChargingLimit", told) == {}

    (shown,) = (await operator.server.get(f"/api/v1/stations/{station.id}/charging-limits"))[
        "items"
    ]
    assert shown["local_generation"] is True
    assert given(shown["schedules"][0]["periods"][0]) == ours


async def test_a_profile_has_a_number_that_the_station_does_not_keep_for_others(operator):
    """K01.FR.80."""
    station = await operator.answering(version=V21)
    told = {
        "component": {"name": "SmartChargingCtrlr"},
        "variable": {"name": "MaxExternalConstraintsId"},
        "variableAttribute": [{"value": "1000"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False},
    }
    report = {"requestId": 1, "generatedAt": at(0), "seqNo": 0, "reportData": [told]}
    await station.call("NotifyReport", report)

    sent = await takes(operator, station, profile({"limit": 6}))
    refused = await operator.refused(
        station.id,
        "set_charging_profile",
        evse_id=1,
        profile=profile({"limit": 6}),
        profile_id=1000,
    )

    assert sent["id"] == 1001
    assert refused.status_code == 422
    assert "up to 1000" in refused.text
