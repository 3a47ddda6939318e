"""Block G of 2.0.1 and 2.1, Core: stations, EVSEs and connectors out of service and back (G03, G04)."""

import pytest

from tests.edge.certification.stations201 import (
    Charging,
    answered,
    answering,
    id_token,
    now,
    reports,
)
from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATION = ({}, None)
EVSE = ({"evse_id": 1}, {"id": 1})
CONNECTOR = ({"evse_id": 1, "connector_id": 2}, {"id": 1, "connectorId": 2})


def change(operative, evse):
    request = {"operationalStatus": "Operative" if operative else "Inoperative"}
    return request if evse is None else {"evse": evse} | request


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("place", "operative"),
    [
        pytest.param(EVSE, False, id="TC_G_03"),
        pytest.param(EVSE, True, id="TC_G_04"),
        pytest.param(STATION, False, id="TC_G_05"),
        pytest.param(STATION, True, id="TC_G_06"),
        pytest.param(CONNECTOR, False, id="TC_G_07"),
        pytest.param(CONNECTOR, True, id="TC_G_08"),
    ],
)
async def test_it_goes_out_of_service_and_comes_back(operator, server, version, place, operative):
    fields, evse = place
    station = await answering(operator, version, ChangeAvailability={"status": "Accepted"})
    word = "Available" if operative else "Unavailable"

    command = await answered(
        operator, station, "change_availability", "accepted", operative=operative, **fields
    )
    await reports(station, word, evse=1, connector=2)

    assert station.asked[0][2] == change(operative, evse)
    await operator.sees(command, "done")
    shown = await server.connector(station.id)
    assert shown is not None
    assert shown["status"] == word.lower()


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(EVSE, id="TC_G_11"),
        pytest.param(STATION, id="TC_G_14"),
        pytest.param(CONNECTOR, id="TC_G_17"),
    ],
)
async def test_a_charging_place_goes_out_of_service_afterwards(operator, server, place):
    fields, evse = place
    station = await answering(operator, ChangeAvailability={"status": "Scheduled"})
    charging = Charging(station)
    await charging.starts(id_token(await server.token()))

    command = await answered(
        operator, station, "change_availability", "scheduled", operative=False, **fields
    )
    assert station.asked[0][2] == change(operative=False, evse=evse)
    await charging.ends()
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "scheduled"
    await reports(station, "Unavailable", evse=1, connector=2)

    await operator.sees(command, "done")


@pytest.mark.parametrize("told", ["StatusNotification", "NotifyEvent"])
async def test_a_station_is_out_of_service_with_the_last_of_its_connectors(operator, server, told):
    """G03.FR.01: 2.x has no word for the station alone; one that failed counts as out."""
    station = await answering(operator, ChangeAvailability={"status": "Accepted"})
    for evse, word in ((1, "Available"), (2, "Available"), (3, "Faulted"), (4, "Unavailable")):
        await reports(station, word, evse=evse)
    command = await answered(operator, station, "change_availability", "accepted", operative=False)
    says = reports if told == "StatusNotification" else tells_by_event

    await says(station, "Unavailable", evse=2)
    shown = await server.get(f"/api/v1/commands/{command['id']}")
    assert (shown["state"], shown["detail"]) == ("accepted", "EVSE 2 reported Unavailable")
    await says(station, "Unavailable", evse=1)

    await operator.sees(command, "done")


async def tells_by_event(station, status, evse):
    """The state of an EVSE as a whole."""
    event = {
        "eventId": evse,
        "timestamp": now(),
        "trigger": "Delta",
        "actualValue": status,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "EVSE", "evse": {"id": evse}},
        "variable": {"name": "AvailabilityState"},
    }
    body = {"generatedAt": now(), "seqNo": 0, "eventData": [event]}
    assert await station.call("NotifyEvent", body) == {}


async def test_the_state_of_an_evse_is_that_of_all_its_connectors(operator, server):
    """G01: unless one of them is known to be the one that is occupied."""
    station = await answering(operator)
    for connector in (1, 2):
        await reports(station, "Available", connector=connector)

    async def states():
        shown = await server.get(f"/api/v1/stations/{station.id}")
        return [each["status"] for each in shown["connectors"]]

    await tells_by_event(station, "Unavailable", evse=1)
    assert await states() == ["unavailable", "unavailable"]
    await tells_by_event(station, "Available", evse=1)
    await reports(station, "Occupied", connector=2)
    await tells_by_event(station, "Occupied", evse=1)

    assert await states() == ["available", "occupied"]


async def test_another_connector_of_the_evse_proves_nothing(operator, server):
    station = await answering(operator, ChangeAvailability={"status": "Accepted"})
    fields = {"operative": False, "evse_id": 1, "connector_id": 2}
    command = await answered(operator, station, "change_availability", "accepted", **fields)

    await reports(station, "Unavailable", evse=1, connector=1)
    await reports(station, "Unavailable", evse=2, connector=2)
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"
    await reports(station, "Unavailable", evse=1, connector=2)

    await operator.sees(command, "done")


async def test_a_refused_change_is_over(operator):
    station = await answering(operator, ChangeAvailability={"status": "Rejected"})

    command = await operator.asks(station.id, "change_availability", wait=10, operative=False)

    assert (command["state"], command["answer"]) == ("rejected", "Rejected")
