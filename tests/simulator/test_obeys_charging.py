"""Remote start and stop, reset, unlock and availability of a 1.6 station, heard by another library."""

import asyncio

import pytest
from ocpp.v16 import call

from voltaro.testing import ConnectorState, SimulatedStation, Visit, play

REMOTE = call.RemoteStartTransaction(id_tag="04A1", connector_id=1)


async def starts_remotely(central, **fields):
    answer = await central.calls(call.RemoteStartTransaction(**{"id_tag": "04A1", **fields}))
    assert answer.status == "Accepted"
    return await central.hears("StartTransaction")


async def test_a_remote_start_charges_until_the_remote_stop(central, obedient):
    start = await starts_remotely(central, connector_id=1)
    await central.hears("MeterValues", connectorId=1, transactionId=101)

    stopped = await central.calls(call.RemoteStopTransaction(transaction_id=101))
    stop = await central.hears("StopTransaction", transactionId=101)
    await central.hears("StatusNotification", connectorId=1, status="Available")

    assert (start["idTag"], start["connectorId"]) == ("04A1", 1)
    assert stopped.status == "Accepted"
    assert stop["reason"] == "Remote"
    assert stop["meterStop"] > start["meterStart"]
    assert central.statuses(1) == ["Preparing", "Charging", "Finishing", "Available"]
    assert "Authorize" not in central.actions()
    order = [each for each in central.actions() if each.endswith("Transaction")]
    assert order == ["StartTransaction", "StopTransaction"]


async def test_it_asks_about_the_token_first_where_it_is_set_so(central, obedient):
    obedient.controller.configuration["AuthorizeRemoteTxRequests"] = "true"

    await starts_remotely(central)

    actions = central.actions()
    assert actions.index("Authorize") < actions.index("StartTransaction")


async def test_a_token_that_is_turned_away_starts_nothing(central, obedient):
    obedient.controller.configuration["AuthorizeRemoteTxRequests"] = "true"
    central.tokens["04A1"] = {"status": "Blocked"}

    assert (await central.calls(REMOTE)).status == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Available")

    assert "StartTransaction" not in central.actions()


async def test_a_start_that_is_not_accepted_is_stopped(central, obedient):
    central.tokens["04A1"] = {"status": "Invalid"}

    await starts_remotely(central)
    stop = await central.hears("StopTransaction")

    assert stop["reason"] == "DeAuthorized"


async def test_without_a_connector_it_takes_a_free_one(central, obedient):
    await starts_remotely(central)
    central.forget()

    second = await starts_remotely(central, id_tag="04A2")

    assert second["connectorId"] == 2
    answer = await central.calls(call.RemoteStartTransaction(id_tag="04A3"))
    assert answer.status == "Rejected"


async def test_a_connector_that_is_not_free_is_refused(central, obedient):
    await starts_remotely(central, connector_id=1)

    occupied = await central.calls(REMOTE)
    unknown = await central.calls(call.RemoteStartTransaction(id_tag="04A1", connector_id=3))
    await obedient.reports_status(2, ConnectorState.FAULTED)
    faulted = await central.calls(call.RemoteStartTransaction(id_tag="04A1", connector_id=2))

    assert [each.status for each in (occupied, unknown, faulted)] == ["Rejected"] * 3


async def test_where_no_car_comes_the_start_lapses(central, obedient):
    obedient.controller.remote_control.car_comes = False

    assert (await central.calls(REMOTE)).status == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Available")

    assert central.statuses(1) == ["Preparing", "Available"]
    assert "StartTransaction" not in central.actions()


async def test_a_car_that_waits_plugged_in_is_started(central, obedient):
    await obedient.reports_status(1, ConnectorState.PREPARING)

    start = await starts_remotely(central, connector_id=1)

    assert start["connectorId"] == 1


async def test_a_remote_start_ends_by_itself_in_the_end(central, obedient):
    obedient.controller.remote_control.charges_at_most_s = 120

    await starts_remotely(central)

    assert (await central.hears("StopTransaction"))["reason"] == "Local"


async def test_a_stop_of_an_unknown_transaction_is_refused(central, obedient):
    await starts_remotely(central)

    answer = await central.calls(call.RemoteStopTransaction(transaction_id=9))

    assert answer.status == "Rejected"
    assert "StopTransaction" not in central.actions()


async def test_a_drivers_own_visit_can_be_stopped_remotely(central, obedient):
    visiting = asyncio.create_task(play(obedient, Visit(token="04B1", duration_s=10**6)))
    await central.hears("MeterValues")

    await central.calls(call.RemoteStopTransaction(transaction_id=101))
    transaction = await asyncio.wait_for(visiting, 5)

    assert transaction.stop.reason == "Remote"


async def test_a_transaction_of_plain_verbs_can_be_stopped_remotely(central, obedient):
    transaction = await obedient.starts(1, "04B1")
    await obedient.meters(transaction, 700)

    await central.calls(call.RemoteStopTransaction(transaction_id=101))
    stop = await central.hears("StopTransaction")

    assert (stop["meterStop"], stop["reason"]) == (700, "Remote")


@pytest.mark.parametrize(("kind", "close_code"), [("Soft", 1000), ("Hard", 1006)])
async def test_a_reset_ends_transactions_and_boots(central, obedient, kind, close_code):
    await starts_remotely(central, connector_id=1)
    await central.hears("MeterValues")
    socket = obedient.link._socket
    central.forget()

    assert (await central.calls(call.Reset(type=kind))).status == "Accepted"
    stop = await central.hears("StopTransaction")
    await central.hears("BootNotification")
    for connector in (1, 2):
        await central.hears("StatusNotification", connectorId=connector, status="Available")
    event = await central.hears("SecurityEventNotification")

    assert stop["reason"] == f"{kind}Reset"
    assert socket.close_code == close_code
    assert event["type"] == "ResetOrReboot"
    actions = central.actions()
    assert actions.index("StopTransaction") < actions.index("BootNotification")
    assert len(central.authorizations) == 2


async def test_a_station_that_is_kept_connected_comes_back_from_a_reset(central):
    station = SimulatedStation(central.url, "CP-9", protocol="1.6", restart_s=0.01)
    keeping = asyncio.create_task(station.stays_connected())
    await asyncio.wait_for(station.up.wait(), 5)

    for count in (2, 3):
        await central.calls(call.Reset(type="Hard"))
        await asyncio.wait_for(station.link.closed.wait(), 5)
        await asyncio.wait_for(station.up.wait(), 5)
        assert central.actions().count("BootNotification") == count

    keeping.cancel()
    await station.shuts_down()


async def test_unlocking_ends_the_transaction_first(central, obedient):
    await starts_remotely(central, connector_id=1)

    answer = await central.calls(call.UnlockConnector(connector_id=1))

    assert answer.status == "Unlocked"
    assert central.told("StopTransaction", "reason") == ["UnlockCommand"]
    assert central.statuses(1)[-1] == "Available"


async def test_a_connector_without_transaction_is_just_unlocked(central, obedient):
    answer = await central.calls(call.UnlockConnector(connector_id=2))

    assert answer.status == "Unlocked"
    assert "StopTransaction" not in central.actions()


async def test_unlocking_can_fail_or_be_impossible(central, obedient):
    obedient.controller.availability.stuck.add(1)

    stuck = await central.calls(call.UnlockConnector(connector_id=1))
    unknown = await central.calls(call.UnlockConnector(connector_id=7))

    assert (stuck.status, unknown.status) == ("UnlockFailed", "NotSupported")


async def test_a_connector_goes_out_of_service_over_resets_and_back(central, obedient):
    out = call.ChangeAvailability(connector_id=1, type="Inoperative")
    assert (await central.calls(out)).status == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Unavailable")
    assert (await central.calls(REMOTE)).status == "Rejected"
    central.forget()

    await central.calls(call.Reset(type="Soft"))
    await central.hears("StatusNotification", connectorId=1, status="Unavailable")
    await central.hears("StatusNotification", connectorId=2, status="Available")
    back = await central.calls(call.ChangeAvailability(connector_id=1, type="Operative"))
    await central.hears("StatusNotification", connectorId=1, status="Available")

    assert back.status == "Accepted"
    assert (await central.calls(REMOTE)).status == "Accepted"


async def test_the_whole_station_goes_out_of_service(central, obedient):
    answer = await central.calls(call.ChangeAvailability(connector_id=0, type="Inoperative"))
    for connector in (0, 1, 2):
        await central.hears("StatusNotification", connectorId=connector, status="Unavailable")

    assert answer.status == "Accepted"


async def test_a_change_while_charging_waits_for_the_end(central, obedient):
    await starts_remotely(central, connector_id=1)

    answer = await central.calls(call.ChangeAvailability(connector_id=1, type="Inoperative"))
    assert answer.status == "Scheduled"
    assert "Unavailable" not in central.statuses(1)
    await central.calls(call.RemoteStopTransaction(transaction_id=101))
    await central.hears("StatusNotification", connectorId=1, status="Unavailable")

    assert central.statuses(1) == ["Preparing", "Charging", "Finishing", "Unavailable"]


async def test_availability_of_an_unknown_connector_is_refused(central, obedient):
    answer = await central.calls(call.ChangeAvailability(connector_id=5, type="Operative"))

    assert answer.status == "Rejected"
