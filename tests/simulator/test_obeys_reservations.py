"""Reservations of a 1.6 station, heard by another library."""

from datetime import timedelta

import pytest
from ocpp.v16 import call

from voltaro.testing import ConnectorState, Visit, play, wire_time


@pytest.fixture
def reserves(central, obedient):
    async def reserve(number=1, connector=1, token="04A1", *, minutes=60, parent=None):
        until = wire_time(obedient.clock.now() + timedelta(minutes=minutes))
        request = call.ReserveNow(connector, until, token, number, parent)
        return (await central.calls(request)).status

    return reserve


async def remote_start(central, token, connector=None):
    return (await central.calls(call.RemoteStartTransaction(token, connector))).status


async def test_a_reserved_connector_waits_for_its_token(central, obedient, reserves):
    assert await reserves(7) == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Reserved")
    assert await remote_start(central, "04B1", 1) == "Rejected"
    assert await play(obedient, Visit(token="04B1", duration_s=60)) is None

    assert await remote_start(central, "04a1", 1) == "Accepted"
    start = await central.hears("StartTransaction")
    await central.calls(call.RemoteStopTransaction(101))
    await central.hears("StatusNotification", connectorId=1, status="Available")

    assert start["reservationId"] == 7
    assert central.statuses(1)[:3] == ["Reserved", "Preparing", "Charging"]
    assert obedient.controller.reservations.by_id == {}


async def test_a_visit_of_the_driver_uses_the_reservation(central, obedient, reserves):
    await reserves(7)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")

    await play(obedient, Visit(token="04A1", duration_s=60))

    assert central.told("StartTransaction", "reservationId") == [7]
    assert central.statuses(1)[-1] == "Available"


async def test_another_token_of_the_group_may_use_it(central, obedient, reserves):
    central.tokens["04B1"] = {"status": "Accepted", "parentIdTag": "FLEET"}
    central.tokens["04C1"] = {"status": "Accepted", "parentIdTag": "OTHERS"}
    await reserves(7, parent="FLEET")

    assert await remote_start(central, "04C1", 1) == "Rejected"
    assert await remote_start(central, "04B1", 1) == "Accepted"
    start = await central.hears("StartTransaction")

    assert (start["idTag"], start["reservationId"]) == ("04B1", 7)


async def test_a_start_without_reservation_names_none(central, obedient, reserves):
    await reserves(7, connector=1)

    await remote_start(central, "04B1")
    start = await central.hears("StartTransaction")

    assert start["connectorId"] == 2
    assert "reservationId" not in start


async def test_a_cancelled_reservation_frees_the_connector(central, obedient, reserves):
    await reserves(7)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")

    answer = await central.calls(call.CancelReservation(reservation_id=7))
    await central.hears("StatusNotification", connectorId=1, status="Available")
    again = await central.calls(call.CancelReservation(reservation_id=7))

    assert (answer.status, again.status) == ("Accepted", "Rejected")
    assert await remote_start(central, "04B1", 1) == "Accepted"


async def test_a_reservation_expires(central, obedient, reserves):
    await reserves(7, minutes=1)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")

    await central.hears("StatusNotification", connectorId=1, status="Available")

    answer = await central.calls(call.CancelReservation(reservation_id=7))
    assert answer.status == "Rejected"


async def test_a_reservation_outlives_a_reset(central, obedient, reserves):
    await reserves(7, minutes=600)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")
    central.forget()

    await central.calls(call.Reset(type="Soft"))
    await central.hears("StatusNotification", connectorId=1, status="Reserved")

    assert await remote_start(central, "04B1", 1) == "Rejected"


async def test_the_same_id_replaces_and_another_finds_it_occupied(central, obedient, reserves):
    await reserves(7, connector=1)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")
    assert await reserves(8, connector=1, token="04B1") == "Occupied"

    assert await reserves(7, connector=2) == "Accepted"
    await central.hears("StatusNotification", connectorId=1, status="Available")
    await central.hears("StatusNotification", connectorId=2, status="Reserved")

    assert obedient.controller.reservations.by_id[7].connector == 2


async def test_any_connector_can_be_reserved(central, obedient, reserves):
    assert await reserves(7, connector=0) == "Accepted"
    assert await remote_start(central, "04B1") == "Accepted"
    await central.hears("StartTransaction")
    assert await remote_start(central, "04B2") == "Rejected"

    assert await remote_start(central, "04A1") == "Accepted"
    start = await central.hears("StartTransaction", idTag="04A1")

    assert start["reservationId"] == 7


async def test_a_reservation_is_refused_for_its_reason(central, obedient, reserves):
    await obedient.reports_status(1, ConnectorState.FAULTED)
    assert await reserves(connector=1) == "Faulted"
    await central.calls(call.ChangeAvailability(2, "Inoperative"))
    assert await reserves(connector=2) == "Unavailable"
    await central.hears("StatusNotification", connectorId=2, status="Unavailable")
    await central.calls(call.ChangeAvailability(2, "Operative"))
    await central.hears("StatusNotification", connectorId=2, status="Available")
    await remote_start(central, "04A1", 2)
    await central.hears("StartTransaction")
    assert await reserves(connector=2) == "Occupied"
    assert await reserves(connector=5) == "Rejected"
    assert await reserves(connector=0, minutes=-1) == "Rejected"
    obedient.controller.configuration["ReserveConnectorZeroSupported"] = "false"
    assert await reserves(connector=0) == "Rejected"


async def test_a_connector_that_goes_out_of_service_loses_its_reservation(
    central, obedient, reserves
):
    await reserves(7)
    await central.hears("StatusNotification", connectorId=1, status="Reserved")

    await central.calls(call.ChangeAvailability(1, "Inoperative"))
    await central.hears("StatusNotification", connectorId=1, status="Unavailable")

    assert (await central.calls(call.CancelReservation(7))).status == "Rejected"
