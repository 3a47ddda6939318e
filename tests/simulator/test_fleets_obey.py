"""A fleet obeys while it plays its visits."""

import asyncio

import pytest
from ocpp.exceptions import OCPPError
from ocpp.v16 import call

from voltaro.testing import Backoff, Fleet, FleetPlan, Member


@pytest.fixture
def runs(central):
    """A fleet of one 1.6 station that runs; at the speed of real time no driver comes by."""

    started = []

    async def run(**changes):
        member = Member(station_id="SIM-1", tokens=("04D1", "04D2"), password="a-password")
        fleet = Fleet(
            FleetPlan(
                url=central.url,
                members=(member,),
                protocol="1.6",
                keep_books=True,
                **{"duration_s": None, "backoff": Backoff(first_s=0.01), **changes},
            )
        )
        running = asyncio.create_task(fleet.run())
        started.append(running)
        await asyncio.wait_for(fleet.stations[0].up.wait(), 5)
        return fleet, running

    yield run
    for task in started:
        task.cancel()


async def test_a_remote_start_charges_until_the_fleet_ends(central, runs):
    fleet, running = await runs()

    answer = await central.calls(call.RemoteStartTransaction("04A1", 2))
    await central.hears("StatusNotification", connectorId=2, status="Charging")
    fleet.stop()
    summary = await asyncio.wait_for(running, 10)

    assert answer.status == "Accepted"
    assert summary.sessions_started == summary.sessions_ended == 1
    assert central.told("StopTransaction", "reason") == ["Local"]
    assert summary.errors == {}
    assert summary.undelivered == 0


async def test_visits_go_on_through_starts_resets_and_outages(central, runs):
    fleet, running = await runs(speed=3600.0)
    (station,) = fleet.stations

    await central.hears_often("StartTransaction", 3)
    out = await central.calls(call.ChangeAvailability(1, "Inoperative"))
    await central.hears("StatusNotification", connectorId=1, status="Unavailable")
    await central.calls(call.Reset(type="Soft"))
    await asyncio.wait_for(station.link.closed.wait(), 5)
    await asyncio.wait_for(station.up.wait(), 10)
    central.forget()
    await central.hears_often("StartTransaction", 2)
    fleet.stop()
    summary = await asyncio.wait_for(running, 20)

    assert out.status in {"Accepted", "Scheduled"}
    assert set(central.told("StartTransaction", "connectorId")) == {2}
    assert summary.sessions_started == summary.sessions_ended
    assert all(each.stop.acknowledged for each in station.books.transactions)
    assert summary.errors == {}


async def test_a_fleet_refuses_ignores_and_delays_what_it_is_told_to(central, runs):
    await runs(refused=("Reset",), ignored=("ClearCache",), obeys_after_s=0.2)

    assert (await central.calls(call.Reset(type="Soft"))).status == "Rejected"
    began = asyncio.get_running_loop().time()
    assert (await central.calls(call.UnlockConnector(1))).status == "Unlocked"
    assert asyncio.get_running_loop().time() - began >= 0.2
    central.end._response_timeout = 0.5
    with pytest.raises((TimeoutError, OCPPError)):
        await central.calls(call.ClearCache())
