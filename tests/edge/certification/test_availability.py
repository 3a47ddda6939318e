"""Block G of 2.0.1 and 2.1, Core: stations, EVSEs and connectors out of service and back (G03, G04)."""

import pytest

from tests.edge.certification.stations201 import (
    WAYS_TO_TELL,
    Charging,
    answered,
    answering,
    id_token,
    reports,
    reports_by_event,
)
from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

STATION, EVSE = {}, {"evse_id": 1}
CONNECTOR = {"evse_id": 1, "connector_id": 2}
#: As in ChangeAvailability, and the connectors that it is about, of the three that a station has here.
WIRE = {
    "station": (None, [(2, 1), (1, 1), (1, 2)]),
    "evse": ({"id": 1}, [(1, 1), (1, 2)]),
    "connector": ({"id": 1, "connectorId": 2}, [(1, 2)]),
}
ALL = WIRE["station"][1]


def change(operative, evse):
    request = {"operationalStatus": "Operative" if operative else "Inoperative"}
    return request if evse is None else {"evse": evse} | request


async def states(server, station):
    shown = await server.get(f"/api/v1/stations/{station.id}")
    return {(each["evse_id"], each["connector_id"]): each["status"] for each in shown["connectors"]}


@pytest.mark.parametrize("tells", WAYS_TO_TELL)
@VERSIONS
@pytest.mark.parametrize(
    ("fields", "place", "operative"),
    [
        pytest.param(EVSE, "evse", False, id="TC_G_03"),
        pytest.param(EVSE, "evse", True, id="TC_G_04"),
        pytest.param(STATION, "station", False, id="TC_G_05"),
        pytest.param(STATION, "station", True, id="TC_G_06"),
        pytest.param(CONNECTOR, "connector", False, id="TC_G_07"),
        pytest.param(CONNECTOR, "connector", True, id="TC_G_08"),
    ],
)
async def test_it_goes_out_of_service_and_comes_back(
    operator, server, version, fields, place, operative, tells
):
    evse, connectors = WIRE[place]
    station = await answering(operator, version, ChangeAvailability={"status": "Accepted"})
    before, after = ("Unavailable", "Available") if operative else ("Available", "Unavailable")
    for connector in ALL:
        await tells(station, before, *connector)

    command = await answered(
        operator, station, "change_availability", "accepted", operative=operative, **fields
    )
    for number, connector in enumerate(connectors):
        shown = await server.get(f"/api/v1/commands/{command['id']}")
        # What was out of service for another reason stays so (G03.FR.07): the first is enough.
        assert shown["state"] == ("done" if operative and number else "accepted")
        await tells(station, after, *connector)

    assert station.asked[0][2] == change(operative, evse)
    await operator.sees(command, "done")
    assert await states(server, station) == {
        each: (after if each in connectors else before).lower() for each in ALL
    }


@VERSIONS
@pytest.mark.parametrize("tells", WAYS_TO_TELL)
@pytest.mark.parametrize(
    ("fields", "place"),
    [
        pytest.param(EVSE, "evse", id="TC_G_11"),
        pytest.param(STATION, "station", id="TC_G_14"),
        pytest.param(CONNECTOR, "connector", id="TC_G_17"),
    ],
)
async def test_a_charging_place_goes_out_of_service_afterwards(
    operator, server, version, fields, place, tells
):
    """The car is at connector 1 of EVSE 1; what is not occupied goes out of service at once."""
    evse, connectors = WIRE[place]
    station = await answering(operator, version, ChangeAvailability={"status": "Scheduled"})
    for connector in ALL:
        await tells(station, "Available", *connector)
    token = id_token(await server.token())
    charging = Charging(station)
    await charging.transfers_energy(token)

    command = await answered(
        operator, station, "change_availability", "scheduled", operative=False, **fields
    )
    assert station.asked[0][2] == change(operative=False, evse=evse)
    if place == "station":
        await tells(station, "Unavailable", evse=2)
    await charging.is_stopped(token)
    await charging.drives_off()
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "scheduled"
    for connector in connectors:
        await tells(station, "Unavailable", *connector)

    await operator.sees(command, "done")
    assert await states(server, station) == {
        each: "unavailable" if each in connectors else "available" for each in ALL
    }


@VERSIONS
@pytest.mark.parametrize("says", [reports, reports_by_event])
async def test_a_station_is_out_of_service_with_the_last_of_its_connectors(
    operator, server, version, says
):
    """G03.FR.01: 2.x has no word for the station alone; one that failed counts as out."""
    station = await answering(operator, version, ChangeAvailability={"status": "Accepted"})
    for evse, word in ((1, "Available"), (2, "Available"), (3, "Faulted"), (4, "Unavailable")):
        await reports(station, word, evse=evse)
    command = await answered(operator, station, "change_availability", "accepted", operative=False)

    await says(station, "Unavailable", evse=2)
    shown = await server.get(f"/api/v1/commands/{command['id']}")
    assert (shown["state"], shown["detail"]) == ("accepted", "EVSE 2 reported Unavailable")
    await says(station, "Unavailable", evse=1)

    await operator.sees(command, "done")


@VERSIONS
async def test_the_state_of_an_evse_is_that_of_all_its_connectors(operator, server, version):
    """G01: unless one of them is known to be the one that is occupied."""
    station = await answering(operator, version)
    for connector in (1, 2):
        await reports(station, "Available", connector=connector)

    await reports_by_event(station, "Unavailable", connector=None)
    assert list((await states(server, station)).values()) == ["unavailable", "unavailable"]
    await reports_by_event(station, "Available", connector=None)
    await reports(station, "Occupied", connector=2)
    await reports_by_event(station, "Occupied", connector=None)

    assert list((await states(server, station)).values()) == ["available", "occupied"]


@VERSIONS
async def test_another_connector_of_the_evse_proves_nothing(operator, server, version):
    station = await answering(operator, version, ChangeAvailability={"status": "Accepted"})
    fields = {"operative": False, "evse_id": 1, "connector_id": 2}
    command = await answered(operator, station, "change_availability", "accepted", **fields)

    await reports(station, "Unavailable", evse=1, connector=1)
    await reports(station, "Unavailable", evse=2, connector=2)
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"
    await reports(station, "Unavailable", evse=1, connector=2)

    await operator.sees(command, "done")


@VERSIONS
async def test_a_refused_change_is_over(operator, version):
    station = await answering(operator, version, ChangeAvailability={"status": "Rejected"})

    command = await operator.asks(station.id, "change_availability", wait=10, operative=False)

    assert (command["state"], command["answer"]) == ("rejected", "Rejected")
