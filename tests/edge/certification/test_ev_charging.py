"""What vehicles need and plan is answered by what we allow (2.x K15-K17)."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEEDS, PLAN = "NotifyEVChargingNeeds", "NotifyEVChargingSchedule"
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


@pytest_asyncio.fixture(loop_scope="module", params=[V201, V21])
async def station(operator, request):
    return await operator.answering(version=request.param)


async def limited(operator, station, limit, unit="A", **fields):
    """The station takes a default profile for EVSE 1."""
    station.on["SetChargingProfile"] = ACCEPTED
    schedule = {"rate_unit": unit, "periods": [{"start_s": 0, "limit": limit}]}
    profile = {"purpose": "tx_default", "kind": "absolute", "schedules": [schedule]} | fields
    command = await operator.asks(
        station.id, "set_charging_profile", wait=10, evse_id=1, profile=profile
    )
    assert command["state"] == "accepted", command


def plan(*periods, unit="A", evse_id=1, start=None):
    """(start, limit) each."""
    now = start or at(0, after=datetime.now(UTC))
    told = [{"startPeriod": begin, "limit": limit} for begin, limit in periods]
    schedule = {"id": 1, "duration": 3600, "chargingRateUnit": unit, "chargingSchedulePeriod": told}
    return {"timeBase": now, "evseId": evse_id, "chargingSchedule": schedule}


@pytest.mark.parametrize(
    ("periods", "answer"),
    [
        pytest.param([(0, 16), (600, 10)], ACCEPTED, id="K15.FR.11 within the limits"),
        pytest.param([(0, 10), (600, 20)], REJECTED, id="K15.FR.12 exceeds them"),
    ],
)
async def test_a_plan_is_accepted_only_within_our_limits(operator, station, periods, answer):
    await limited(operator, station, 16)

    assert await station.call(PLAN, plan(*periods)) == answer


async def test_a_plan_in_watt_is_judged_by_a_limit_in_ampere(operator, station):
    await limited(operator, station, 16)

    assert await station.call(PLAN, plan((0, 11040), unit="W")) == ACCEPTED
    assert await station.call(PLAN, plan((0, 11100), unit="W")) == REJECTED


async def test_a_plan_is_free_where_nothing_limits(operator, station):
    await limited(operator, station, 6)

    assert await station.call(PLAN, plan((0, 400), evse_id=2)) == ACCEPTED


async def test_a_plan_is_judged_by_the_profile_of_its_transaction(operator, station):
    ref = f"tx-{station.id}"
    started = {
        "eventType": "Started",
        "timestamp": at(0, after=datetime.now(UTC)),
        "triggerReason": "CablePluggedIn",
        "seqNo": 0,
        "transactionInfo": {"transactionId": ref},
        "evse": {"id": 1, "connectorId": 1},
    }
    await station.call("TransactionEvent", started)
    (row,) = await operator.server.transactions(station.id)
    await limited(operator, station, 6)
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": 20}]}
    profile = {"purpose": "tx", "kind": "relative", "schedules": [schedule]}
    await operator.asks(
        station.id,
        "set_charging_profile",
        wait=10,
        evse_id=1,
        transaction_id=row["id"],
        profile=profile,
    )

    assert await station.call(PLAN, plan((0, 20))) == ACCEPTED
    assert await station.call(PLAN, plan((0, 21))) == REJECTED


async def test_no_schedule_is_promised_to_a_vehicle(operator, station):
    """K15.FR.04: none is made here, so the station goes on with its default profiles."""
    needs = {
        "evseId": 1,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_three_phase",
            "acChargingParameters": {
                "energyAmount": 20000,
                "evMinCurrent": 6,
                "evMaxCurrent": 32,
                "evMaxVoltage": 400,
            },
        },
    }

    assert await station.call(NEEDS, needs) == REJECTED
    (seen,) = await operator.server.journal(station.id, lambda found: len(found) == 1, action=NEEDS)
    assert seen["action"] == NEEDS
