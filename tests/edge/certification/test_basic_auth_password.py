"""A01 of 2.0.1 and 2.1: a station gets a new password, and only what it took opens the door."""

import pytest

from tests.edge.certification.stations201 import boots, reports
from tests.edge.certification.test_device_model import named, sets
from tests.edge.commands.test_authorization_key import OLD, lets_in
from tests.edge.conftest import V21, V201, basic, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "a-new-password-of-33-characters.."
PASSWORD = {"component": "SecurityCtrlr", "name": "BasicAuthPassword"}
VERSIONS = pytest.mark.parametrize("version", [V201, V21])


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


async def logs_in(operator, station_id, password, version=V201):
    headers = basic(station_id, password)
    return await operator.answering(station_id, version, additional_headers=headers)


async def secured(operator, version=V201):
    station_id = await operator.server.station(security_profile=1, password=OLD)
    return await logs_in(operator, station_id, OLD, version)


async def changes(operator, station, door="typed"):
    """The state of the command that sets the new password."""
    if door == "raw":
        data = {
            "attributeValue": NEW,
            "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "BasicAuthPassword"},
        }
        await operator.raw(station.id, "SetVariables", {"setVariableData": [data]})
        (command, *_) = await operator.server.items("/api/v1/commands", station_id=station.id)
    else:
        change = PASSWORD | {"value": NEW}
        command = await operator.asks(station.id, "set_variables", wait=10, variables=[change])
    return command["state"]


async def is_asked_to_change(station):
    """The only value that is set is the password."""
    _, payload = await station.is_asked("SetVariables")
    (data,) = payload["setVariableData"]
    assert data == named("SecurityCtrlr", "BasicAuthPassword") | {"attributeValue": NEW}


@VERSIONS
@pytest.mark.parametrize("door", ["typed", "raw"])
async def test_a_password_that_was_taken_opens_alone(operator, version, door):
    """TC_A_09."""
    station = await secured(operator, version)
    station.on["SetVariables"] = sets("Accepted")

    assert await changes(operator, station, door) == "accepted"

    await is_asked_to_change(station)
    await station.leaves()
    back = await logs_in(operator, station.id, NEW, version)
    assert (await boots(back))["status"] == "Accepted"
    await reports(back, "Available")
    await eventually(lambda: lets_in(operator, station.id, OLD), lambda opened: not opened)
    assert await lets_in(operator, station.id, NEW)


@VERSIONS
@pytest.mark.parametrize("door", ["typed", "raw"])
async def test_a_password_that_was_refused_opens_nothing(operator, version, door):
    """TC_A_10."""
    station = await secured(operator, version)
    station.on["SetVariables"] = sets("Rejected")

    assert await changes(operator, station, door) == "rejected"

    await is_asked_to_change(station)
    await station.leaves()
    assert not await lets_in(operator, station.id, NEW)
    back = await logs_in(operator, station.id, OLD, version)
    assert (await boots(back))["status"] == "Accepted"
    await reports(back, "Available")


async def test_a_callerror_refuses_a_password_too(operator):
    station = await secured(operator)
    station.on["SetVariables"] = ["InternalError", "", {}]

    assert await changes(operator, station) == "call_error"

    assert not await lets_in(operator, station.id, NEW)


async def test_without_an_answer_both_open_until_the_station_shows_which_it_uses(operator):
    station = await secured(operator)
    station.on["SetVariables"] = None

    assert await changes(operator, station) == "timed_out"

    assert await lets_in(operator, station.id, OLD)
    await logs_in(operator, station.id, NEW)
    await eventually(lambda: lets_in(operator, station.id, OLD), lambda opened: not opened)


async def test_a_rotated_password_is_one_that_every_station_takes(operator):
    """A00.FR.205: 16 to 40 characters."""
    station = await secured(operator)
    station.on["SetVariables"] = sets("Accepted")

    command = await operator.asks(station.id, "rotate_password", wait=10)

    assert (command["state"], command["arguments"]) == ("accepted", {})
    _, payload = await station.is_asked("SetVariables")
    (data,) = payload["setVariableData"]
    password = data["attributeValue"]
    assert 16 <= len(password) <= 40
    assert password.isalnum()
    await logs_in(operator, station.id, password)
    await eventually(lambda: lets_in(operator, station.id, OLD), lambda opened: not opened)


async def test_nobody_is_shown_a_password(operator):
    station = await secured(operator)
    station.on["SetVariables"] = sets("Accepted")
    for door in ("typed", "raw"):
        assert await changes(operator, station, door) == "accepted"

    rows = await operator.server.journal(
        station.id, lambda rows: [each["action"] for each in rows].count("SetVariables") == 2
    )
    commands = await operator.server.items("/api/v1/commands", station_id=station.id)
    variables = await operator.server.items(f"/api/v1/stations/{station.id}/variables")

    assert NEW not in str(rows) + str(commands) + str(variables)
    assert [each["value"] for each in variables] == [None]
