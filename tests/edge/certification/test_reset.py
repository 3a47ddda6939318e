"""Block B of 2.0.1 and 2.1, Core: stations and EVSEs are reset (B11, B12)."""

import pytest

from tests.edge.certification.stations201 import (
    ACCEPTED,
    Charging,
    answered,
    answering,
    boots,
    id_token,
    reports,
)
from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])


@VERSIONS
async def test_an_idle_station_restarts_when_asked_to(operator, version):
    """TC_B_20."""
    station = await answering(operator, version, Reset=ACCEPTED)

    command = await operator.asks(station.id, "reset", kind="on_idle")
    _, asked = await station.is_asked("Reset")
    answer = await boots(station, "RemoteReset")
    await reports(station, "Available")

    assert asked == {"type": "OnIdle"}
    assert answer["status"] == "Accepted"
    await operator.sees(command, "done")


@VERSIONS
async def test_a_charging_station_restarts_once_it_is_idle(operator, server, version):
    """TC_B_21."""
    station = await answering(operator, version, Reset={"status": "Scheduled"})
    charging, token = Charging(station), id_token(await server.token())
    await charging.transfers_energy(token)

    command = await answered(operator, station, "reset", "scheduled", kind="on_idle")
    await charging.is_stopped(token)
    await charging.drives_off()
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "scheduled"
    assert (await boots(station, "ScheduledReset"))["status"] == "Accepted"
    await reports(station, "Available")

    await operator.sees(command, "done")
    assert station.asked[0][2] == {"type": "OnIdle"}
    assert (await server.transaction(station.id))["stop_reason"] == "EVDisconnected"


@VERSIONS
async def test_a_charging_station_restarts_at_once(operator, server, version):
    """TC_B_22: the transaction ends without a token."""
    station = await answering(operator, version, Reset=ACCEPTED)
    charging = Charging(station)
    await charging.transfers_energy(id_token(await server.token()))

    command = await operator.asks(station.id, "reset", kind="immediate")
    _, asked = await station.is_asked("Reset")
    await charging.ends("ResetCommand", "ImmediateReset")
    assert (await boots(station, "RemoteReset"))["status"] == "Accepted"
    await reports(station, "Occupied")
    await reports(station, "Available", evse=2)

    assert asked == {"type": "Immediate"}
    await operator.sees(command, "done")
    assert (await server.transaction(station.id))["stop_reason"] == "ImmediateReset"


@VERSIONS
async def test_an_idle_evse_is_reset_without_a_boot(operator, version):
    """TC_B_25: what it reports afterwards proves it."""
    station = await answering(operator, version, Reset=ACCEPTED)

    command = await answered(operator, station, "reset", "accepted", kind="on_idle", evse_id=2)
    assert station.asked[0][2] == {"type": "OnIdle", "evseId": 2}
    await reports(station, "Available", evse=1)
    assert (await operator.server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"

    await reports(station, "Unavailable", evse=2)
    await reports(station, "Available", evse=2)
    await operator.sees(command, "done")


@VERSIONS
@pytest.mark.parametrize(
    ("kind", "wire", "status", "state", "trigger", "reason"),
    [
        pytest.param(
            "on_idle", "OnIdle", "Scheduled", "scheduled", "StopAuthorized", "Local", id="TC_B_26"
        ),
        pytest.param(
            "immediate",
            "Immediate",
            "Accepted",
            "accepted",
            "ResetCommand",
            "ImmediateReset",
            id="TC_B_27",
        ),
    ],
)
async def test_a_charging_evse_is_reset_when_its_transaction_has_ended(
    operator, server, version, kind, wire, status, state, trigger, reason
):
    station = await answering(operator, version, Reset={"status": status})
    here, elsewhere = Charging(station, 1), Charging(station, 2)
    await here.starts(id_token(await server.token()))
    await elsewhere.starts(id_token(await server.token()))

    command = await answered(operator, station, "reset", state, kind=kind, evse_id=1)
    assert command["answer"] == status
    assert station.asked[0][2] == {"type": wire, "evseId": 1}
    await elsewhere.ends()
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == state
    await here.ends(trigger, reason)

    await operator.sees(command, "done")


@VERSIONS
async def test_an_evse_that_cannot_be_reset_alone_is_refused(operator, version):
    station = await answering(operator, version, Reset={"status": "Rejected"})

    command = await operator.asks(station.id, "reset", wait=10, evse_id=1)

    assert (command["state"], command["answer"]) == ("rejected", "Rejected")


async def test_transactions_go_on_after_a_reset_of_2_1_alone(operator):
    station = await answering(operator, V21, Reset=ACCEPTED)
    old = await answering(operator, V201, Reset=ACCEPTED)

    await answered(operator, station, "reset", "accepted", kind="immediate_and_resume")
    refused = await operator.refused(old.id, "reset", kind="immediate_and_resume")

    assert station.asked[0][2] == {"type": "ImmediateAndResume"}
    assert refused.status_code == 422
    assert old.asked == []
