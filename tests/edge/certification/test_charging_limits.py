"""Block K as the certification plays it: limits of others begin, change and end (2.x K11-K14)."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTIFY, CLEARED, REPORT = "NotifyChargingLimit", "ClearedChargingLimit", "ReportChargingProfiles"


@pytest_asyncio.fixture(loop_scope="module", params=[V201, V21])
async def station(operator, request):
    return await operator.answering(version=request.param)


def limit(source="EMS", amps=10, **more):
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}],
    }
    told = {"chargingLimitSource": source, "isGridCritical": False}
    return {"chargingLimit": told, "chargingSchedule": [schedule]} | more


async def limits(operator, station):
    """(evse_id, source, first limit) of each."""
    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-limits")
    return [
        (each["evse_id"], each["limit_source"], each["schedules"][0]["periods"][0]["limit"])
        for each in shown["items"]
    ]


async def starts(station, evse_id=1):
    await station.call(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": at(0, after=datetime.now(UTC)),
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": f"tx-{station.id}"},
            "evse": {"id": evse_id, "connectorId": 1},
        },
    )


async def test_a_limit_of_an_energy_manager_is_shown_until_a_new_one_comes(operator, station):
    """TC_K_48."""
    assert await station.call(NOTIFY, limit()) == {}
    first = await operator.server.get(f"/api/v1/stations/{station.id}/charging-limits")
    assert await station.call(NOTIFY, limit(amps=8, evseId=0)) == {}

    (shown,) = first["items"]
    assert shown.pop("reported_at")
    assert shown == {
        "evse_id": None,
        "limit_source": "EMS",
        "grid_critical": False,
        "local_generation": None,
        "schedules": [
            {
                "rate_unit": "A",
                "start_at": None,
                "duration_s": None,
                "min_charging_rate": None,
                "periods": [
                    {"start_s": 0, "limit": 10, "number_phases": None, "phase_to_use": None}
                ],
            }
        ],
    }
    assert await limits(operator, station) == [(None, "EMS", 8)]


async def test_a_limit_without_a_transaction_is_gone_when_it_is_cleared(operator, station):
    """TC_K_50."""
    await station.call(NOTIFY, limit())
    await station.call(NOTIFY, limit("SO", 6))

    assert await station.call(CLEARED, {"chargingLimitSource": "EMS"}) == {}

    assert await limits(operator, station) == [(None, "SO", 6)]


async def test_a_limit_of_a_transaction_is_gone_when_it_is_cleared(operator, station):
    """TC_K_51: the transaction goes on, and says why its limit changed."""
    await starts(station)
    await station.call(NOTIFY, limit(evseId=1))
    await station.call(NOTIFY, limit(amps=7, evseId=2))

    assert await station.call(CLEARED, {"chargingLimitSource": "EMS", "evseId": 1}) == {}
    updated = {
        "eventType": "Updated",
        "timestamp": at(1, after=datetime.now(UTC)),
        "triggerReason": "ChargingRateChanged",
        "seqNo": 1,
        "transactionInfo": {"transactionId": f"tx-{station.id}"},
    }
    assert await station.call("TransactionEvent", updated) == {}

    assert await limits(operator, station) == [(2, "EMS", 7)]


async def test_a_limit_that_ends_takes_its_reported_profile_with_it(operator, station):
    """K13: the profile of EMS goes, that of the grid and our own stay."""

    def profile(number, purpose, source):
        schedule = limit()["chargingSchedule"][0] | {"startSchedule": at(0)}
        told = {
            "id": number,
            "stackLevel": 0,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule],
        }
        return {
            "requestId": 1,
            "chargingLimitSource": source,
            "evseId": 0,
            "chargingProfile": [told],
        }

    external = "ChargingStationExternalConstraints"
    await station.call(REPORT, profile(1, external, "EMS"))
    await station.call(REPORT, profile(2, external, "SO"))
    await station.call(REPORT, profile(3, "ChargingStationMaxProfile", "CSO"))

    await station.call(CLEARED, {"chargingLimitSource": "EMS"})

    held = await operator.server.get(f"/api/v1/stations/{station.id}/charging-profiles")
    assert sorted(each["profile_id"] for each in held["items"]) == [2, 3]


async def test_a_limit_whose_amount_is_not_told_is_shown_all_the_same(operator, station):
    critical = {"chargingLimitSource": "SO", "isGridCritical": True}

    assert await station.call(NOTIFY, {"chargingLimit": critical}) == {}

    shown = await operator.server.get(f"/api/v1/stations/{station.id}/charging-limits")
    (only,) = shown["items"]
    assert (only["limit_source"], only["grid_critical"], only["schedules"]) == ("SO", True, [])


async def test_what_was_never_limited_can_be_cleared(operator, station):
    assert await station.call(CLEARED, {"chargingLimitSource": "Other", "evseId": 3}) == {}

    assert await limits(operator, station) == []


async def test_limits_of_an_unknown_station_are_not_found(operator):
    answer = await operator.server.http.get("/api/v1/stations/nobody/charging-limits")

    assert answer.status_code == 404
