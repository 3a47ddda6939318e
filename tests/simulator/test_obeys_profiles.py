"""Charging profiles of a 1.6 station: what is installed, what it draws, what it expects to draw."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from ocpp.v16 import call

from voltaro.testing.controller16.profiles import Profile

T0 = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def profile(number=1, *limits, purpose="TxDefaultProfile", level=0, unit="W", **fields):
    """`limits`: pairs of seconds and limit."""
    schedule = {
        "charging_rate_unit": unit,
        "charging_schedule_period": [
            {"start_period": start, "limit": limit} for start, limit in limits
        ],
    }
    for key in ("duration", "start_schedule"):
        if key in fields:
            schedule[key] = fields.pop(key)
    return {
        "charging_profile_id": number,
        "stack_level": level,
        "charging_profile_purpose": purpose,
        "charging_profile_kind": fields.pop("kind", "Relative"),
        "charging_schedule": schedule,
        **fields,
    }


async def sets(central, connector, told):
    request = call.SetChargingProfile(connector_id=connector, cs_charging_profiles=told)
    return (await central.calls(request)).status


async def clears(central, **criteria):
    return (await central.calls(call.ClearChargingProfile(**criteria))).status


async def expects(central, connector, duration, unit="W"):
    """The composite schedule as pairs of seconds and limit."""
    answer = await central.calls(call.GetCompositeSchedule(connector, duration, unit))
    assert answer.status == "Accepted"
    assert answer.charging_schedule["charging_rate_unit"] == unit
    return [
        (each["start_period"], float(each["limit"]))
        for each in answer.charging_schedule["charging_schedule_period"]
    ]


async def starts(central, connector=1, **fields):
    await central.calls(call.RemoteStartTransaction("04A1", connector, **fields))
    return await central.hears("StartTransaction", connectorId=connector)


def powers(central):
    return [
        int(value["value"])
        for action, payload in central.heard
        if action == "MeterValues"
        for value in payload["meterValue"][0]["sampledValue"]
        if value["measurand"] == "Power.Active.Import"
    ]


async def test_without_a_profile_a_connector_gives_what_it_can(central, obedient):
    assert await expects(central, 1, 600) == [(0, 22_080)]
    assert await expects(central, 0, 600) == [(0, 44_160)]
    assert await expects(central, 1, 600, "A") == [(0, 32)]


async def test_a_default_profile_limits_the_power_of_a_visit(central, obedient):
    assert await sets(central, 0, profile(1, (0, 6.0), unit="A")) == "Accepted"

    await starts(central)
    await central.hears_often("MeterValues", 3)

    assert max(powers(central)) == 6 * 3 * 230
    limited = powers(central)[-1]
    assert await clears(central, id=1) == "Accepted"
    central.forget()
    await central.hears_often("MeterValues", 2)
    assert powers(central)[-1] > 2 * limited


async def test_a_limit_of_zero_suspends_and_a_higher_one_resumes(central, obedient):
    await starts(central)
    zero = profile(1, (0, 0), purpose="TxProfile", transaction_id=101)
    assert await sets(central, 1, zero) == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="SuspendedEVSE")
    central.forget()

    more = profile(1, (0, 7000), purpose="TxProfile", transaction_id=101)
    assert await sets(central, 1, more) == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Charging")


async def test_a_limit_acts_from_now_on_and_not_on_what_has_flowed(central, obedient):
    obedient.controller.configuration["MeterValueSampleInterval"] = "0"
    start = await starts(central)
    await central.hears("StatusNotification", connectorId=1, status="Charging")
    await obedient.clock.sleep(600)

    await sets(central, 1, profile(1, (0, 0)))
    await central.calls(call.RemoteStopTransaction(101))
    stop = await central.hears("StopTransaction")

    # Ten minutes at nearly 11 kW.
    assert stop["meterStop"] - start["meterStart"] > 1500
    assert "MeterValues" not in central.actions()


async def test_a_profile_of_a_remote_start_acts_on_its_transaction_only(central, obedient):
    wish = profile(4, (0, 3000), purpose="TxProfile")
    await starts(central, charging_profile=wish)
    await central.hears_often("MeterValues", 2)

    assert max(powers(central)) == 3000
    assert await expects(central, 1, 60) == [(0, 3000)]
    await central.calls(call.RemoteStopTransaction(101))
    await central.hears("StatusNotification", connectorId=1, status="Available")
    assert await expects(central, 1, 60) == [(0, 22_080)]
    assert await clears(central, id=4) == "Unknown"


async def test_a_remote_start_with_a_profile_that_is_none_for_it_is_refused(central, obedient):
    for wish in (
        profile(4, (0, 3000)),
        profile(4, (0, 3000), purpose="TxProfile", transaction_id=5),
    ):
        request = call.RemoteStartTransaction("04A1", 1, wish)
        assert (await central.calls(request)).status == "Rejected"


async def test_the_limit_of_the_station_is_shared(central, obedient):
    await sets(central, 0, profile(1, (0, 8000), purpose="ChargePointMaxProfile"))
    await starts(central, 1)
    await starts(central, 2)
    central.forget()
    await central.hears_often("MeterValues", 4)

    assert max(powers(central)[-2:]) == 4000
    assert await expects(central, 0, 60) == [(0, 8000)]


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (1, profile(1, (0, 1), purpose="TxProfile")),
        (1, profile(1, (0, 1), purpose="ChargePointMaxProfile")),
        (0, profile(1, (0, 1), purpose="TxProfile")),
        (7, profile(1, (0, 1))),
        (1, profile(1, (0, 1), level=9)),
        (1, profile(1, (5, 1))),
        (1, profile(1, (0, 1), (60, 2), (60, 3))),
        (1, profile(1, *((n, 1) for n in range(25)))),
        (1, profile(1, (0, 1), kind="Recurring", recurrency_kind="Daily")),
    ],
    ids=[
        "no transaction", "station profile at a connector", "transaction profile at 0",
        "no such connector", "too high in the stack", "does not begin at once",
        "does not go forward", "too many periods", "recurs from nowhere",
    ],
)  # fmt: skip
async def test_a_profile_that_cannot_be_is_refused(central, obedient, connector, told):
    assert await sets(central, connector, told) == "Rejected"
    assert obedient.controller.smart_charging.stack.profiles == ()


async def test_a_profile_for_another_transaction_is_refused(central, obedient):
    await starts(central)

    wrong = profile(1, (0, 1), purpose="TxProfile", transaction_id=99)

    assert await sets(central, 1, wrong) == "Rejected"


async def test_a_unit_that_is_not_allowed_is_refused(central, obedient):
    obedient.controller.configuration["ChargingScheduleAllowedChargingRateUnit"] = "Current"

    assert await sets(central, 1, profile(1, (0, 900))) == "Rejected"
    answer = await central.calls(call.GetCompositeSchedule(1, 60, "W"))
    assert (answer.status, answer.charging_schedule) == ("Rejected", None)


async def test_a_composite_of_an_unknown_connector_is_refused(central, obedient):
    assert (await central.calls(call.GetCompositeSchedule(4, 60))).status == "Rejected"


async def test_one_profile_per_place_and_per_id(central, obedient):
    await sets(central, 1, profile(1, (0, 1000)))
    await sets(central, 1, profile(2, (0, 2000)))
    assert await expects(central, 1, 60) == [(0, 2000)]

    await sets(central, 2, profile(2, (0, 3000), level=3))

    (left,) = obedient.controller.smart_charging.stack.profiles
    assert (left.id, left.connector, left.stack_level) == (2, 2, 3)


async def test_no_more_profiles_than_there_is_room_for(central, obedient):
    obedient.controller.configuration["MaxChargingProfilesInstalled"] = "2"

    answers = [await sets(central, 1, profile(n, (0, 1), level=n)) for n in range(3)]

    assert answers == ["Accepted", "Accepted", "Rejected"]


async def test_profiles_are_cleared_by_all_criteria_together_and_outlive_resets(central, obedient):
    for number, connector, level in ((1, 1, 0), (2, 1, 1), (3, 2, 1)):
        await sets(central, connector, profile(number, (0, 1000), level=level))
    await central.calls(call.Reset(type="Hard"))
    await central.hears("SecurityEventNotification")

    assert await clears(central, connector_id=1, stack_level=1) == "Accepted"
    assert [each.id for each in obedient.controller.smart_charging.stack.profiles] == [1, 3]
    assert await clears(central, charging_profile_purpose="TxProfile") == "Unknown"
    assert await clears(central) == "Accepted"
    assert obedient.controller.smart_charging.stack.profiles == ()


async def test_the_composite_is_the_least_of_all_and_falls_back(central, obedient):
    await sets(central, 0, profile(1, (0, 9000), purpose="ChargePointMaxProfile"))
    await sets(central, 1, profile(2, (0, 20_000), (100, 5000), level=0))
    await sets(central, 1, profile(3, (0, 1000), level=1, duration=40))

    assert await expects(central, 1, 300) == [(0, 1000), (40, 9000), (100, 5000)]


async def test_a_default_of_the_connector_overrides_that_of_all(central, obedient):
    await sets(central, 0, profile(1, (0, 1000), level=5))
    await sets(central, 1, profile(2, (0, 4000), level=0))

    assert await expects(central, 1, 60) == [(0, 4000)]
    assert await expects(central, 2, 60) == [(0, 1000)]


def read(kind="Absolute", **fields):
    return Profile.read(
        1,
        {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": kind,
            **{key: value for key, value in fields.items() if key[0] in "vr"},
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-03-02T12:00:00Z",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 16, "numberPhases": 1},
                    {"startPeriod": 3600, "limit": 10.5},
                ],
                **{key: value for key, value in fields.items() if key == "duration"},
            },
        },
        None,
    )


@pytest.mark.parametrize(
    ("told", "at", "limit"),
    [
        (read(), T0 - HOUR, None),
        (read(), T0, Decimal(16 * 230)),
        (read(), T0 + HOUR, Decimal("10.5") * 690),
        (read(), T0 + 90 * HOUR, Decimal("10.5") * 690),
        (read(duration=7200), T0 + 2 * HOUR, None),
        (read(validTo="2026-03-02T12:30:00Z"), T0 + HOUR, None),
        (read(validFrom="2026-03-02T12:30:00Z"), T0, None),
        (read("Recurring", recurrencyKind="Daily", duration=7200), T0 + 24 * HOUR, Decimal(3680)),
        (read("Recurring", recurrencyKind="Daily", duration=7200), T0 + 26 * HOUR, None),
        (read("Recurring", recurrencyKind="Weekly"), T0 + 169 * HOUR, Decimal("10.5") * 690),
        (read("Relative"), T0 + HOUR, Decimal(16 * 230)),
    ],
)
def test_what_a_profile_allows_at_a_moment(told, at, limit):
    assert told.limit_w(at, session_began=T0 + HOUR) == limit
