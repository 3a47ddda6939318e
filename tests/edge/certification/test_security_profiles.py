"""Block A05: a station changes over to a higher security profile and never goes back."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.edge.commands.conftest import Answering
from tests.edge.conftest import V16, V21, V201, basic, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"
BOOT_201 = {"reason": "PowerUp", "chargingStation": {"model": "Wall 22", "vendorName": "ACME"}}


@pytest.fixture(scope="module")
def settings(authority):
    return authority.settings


def taken(payload, status="Accepted"):
    """What a station answers that takes every variable, or says something else to each."""
    results = [
        {
            "component": each["component"],
            "variable": each["variable"],
            "attributeStatus": status,
        }
        for each in payload["setVariableData"]
    ]
    return {"setVariableResult": results}


class Ways:
    """How one station comes in by each profile."""

    def __init__(self, server, authority, station_id):
        self.server = server
        password = {"additional_headers": basic(station_id, PASSWORD)}
        certified = authority.client(authority.station(station_id))
        self.options = {
            0: {},
            1: password,
            2: password | {"ssl": authority.client()},
            3: {"ssl": certified},
        }
        self.station_id = station_id

    async def comes(self, profile, version=V16):
        station = await self.server.connects(self.station_id, version, **self.options[profile])
        return Answering(station)

    async def status(self, profile):
        """Of the upgrade: 101, or why not."""
        try:
            station = await self.comes(profile)
        except InvalidStatus as refused:
            return refused.response.status_code
        await station.leaves()
        return 101

    async def shown(self):
        station = await self.server.get(f"/api/v1/stations/{self.station_id}")
        return station["security_profile"], station["offered_security_profiles"]


async def ways_of(server, authority, profile, **more):
    station_id = await server.station(security_profile=profile, password=PASSWORD, **more)
    return Ways(server, authority, station_id)


async def is_told(operator, station, profile, door="typed"):
    """Whether the station agreed to change over; returns the command's state."""
    if door == "raw":
        payload = {"key": "SecurityProfile", "value": str(profile)}
        await operator.raw(station.id, "ChangeConfiguration", payload)
        (command, *_) = await operator.server.items("/api/v1/commands", station_id=station.id)
    else:
        change = {"name": "SecurityProfile", "value": str(profile)}
        command = await operator.asks(station.id, "set_variables", wait=10, variables=[change])
    return command["state"]


@pytest.mark.parametrize("door", ["typed", "raw"])
@pytest.mark.parametrize("profile", [0, 1, 2])
async def test_tc_083_a_station_comes_back_on_the_next_profile_and_not_on_the_old_one(
    server, authority, operator, profile, door
):
    """TC_083_CSMS: SecurityProfile n+1, Reset Hard, boot on n+1 accepted, n refused."""
    ways = await ways_of(server, authority, profile)
    station = await ways.comes(profile)
    await station.boots()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    station.on["Reset"] = {"status": "Accepted"}

    assert await is_told(operator, station, profile + 1, door) == "accepted"
    assert await ways.shown() == (profile, [profile + 1])
    reset = await operator.asks(station.id, "reset", kind="immediate")
    await operator.sees(reset, "accepted")
    await station.leaves()
    back = await ways.comes(profile + 1)
    await back.boots()

    assert (await operator.sees(reset, "done"))["state"] == "done"
    assert await ways.status(profile) in {401, 403}
    await eventually(ways.shown, lambda shown: shown == (profile + 1, []))
    assert await ways.status(profile) in {401, 403}
    audit = await server.items("/api/v1/audit", target=station.id)
    assert audit[0]["after"] == {"security_profile": profile + 1}
    assert audit[0]["before"] == {"security_profile": profile}


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("profile", [1, 2])
async def test_tc_a_19_a_station_comes_back_by_its_new_network_profile_and_not_by_the_old_one(
    server, authority, operator, profile, version
):
    """TC_A_19_CSMS: SetNetworkProfile, NetworkConfigurationPriority, Reset, then n+1 and not n."""
    ways = await ways_of(server, authority, profile)
    station = await ways.comes(profile, version)
    await station.call("BootNotification", BOOT_201)
    station.on |= {
        "SetNetworkProfile": {"status": "Accepted"},
        "SetVariables": taken,
        "Reset": {"status": "Accepted"},
    }

    told = await operator.asks(
        station.id,
        "set_network_profile",
        wait=10,
        slot=2,
        url="wss://ocpp.example.org",
        security_profile=profile + 1,
    )
    assert told["state"] == "accepted"
    assert await ways.shown() == (profile, [profile + 1])
    priority = {"component": "OCPPCommCtrlr", "name": "NetworkConfigurationPriority", "value": "2"}
    changed = await operator.asks(station.id, "set_variables", wait=10, variables=[priority])
    assert changed["state"] == "accepted"
    await operator.raw(station.id, "Reset", {"type": "Immediate"})
    await station.is_asked("Reset")
    await station.leaves()
    back = await ways.comes(profile + 1, version)

    assert (await back.call("BootNotification", BOOT_201))["status"] == "Accepted"
    assert await ways.status(profile) == 403
    await eventually(ways.shown, lambda shown: shown == (profile + 1, []))
    assert await ways.status(profile) == 403


async def test_a_slot_of_2_1_is_told_by_a_variable_what_its_profile_is(server, authority, operator):
    """A05 by way of B09: NetworkConfiguration[slot].SecurityProfile."""
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1, V21)
    await station.call("BootNotification", BOOT_201)
    told = {
        "component": "NetworkConfiguration",
        "component_instance": "2",
        "name": "SecurityProfile",
        "value": "2",
    }
    for answer, offered in (("Rejected", []), ("Accepted", [2])):
        station.on["SetVariables"] = lambda payload, answer=answer: taken(payload, answer)
        await operator.asks(station.id, "set_variables", wait=10, variables=[told])
        assert await ways.shown() == (1, offered)
    await station.leaves()

    assert await ways.status(2) == 101
    assert await ways.status(1) == 403


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"status": "Failed"}])
async def test_a_station_that_does_not_take_a_network_profile_stays_where_it_is(
    server, authority, operator, answer
):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1, V201)
    await station.call("BootNotification", BOOT_201)
    station.on["SetNetworkProfile"] = answer

    await operator.asks(
        station.id, "set_network_profile", wait=10, slot=2, url="wss://a", security_profile=2
    )

    assert await ways.shown() == (1, [])


async def test_until_it_changes_over_a_station_still_comes_in_as_before(
    server, authority, operator
):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    station.on["ChangeConfiguration"] = {"status": "RebootRequired"}

    await is_told(operator, station, 2)
    await station.leaves()

    assert await ways.status(1) == 101
    assert await ways.shown() == (1, [2])


@pytest.mark.parametrize(
    "answer", [{"status": "Rejected"}, {"status": "NotSupported"}, ["InternalError", "", {}]]
)
async def test_a_station_that_refuses_stays_where_it_is(server, authority, operator, answer):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    station.on["ChangeConfiguration"] = answer

    await is_told(operator, station, 2)
    await station.leaves()

    assert await ways.shown() == (1, [])
    assert await ways.status(2) == 101
    assert await ways.status(1) == 101


async def test_a_refused_repetition_does_not_take_back_what_was_agreed(server, authority, operator):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    for status in ("Accepted", "Rejected"):
        station.on["ChangeConfiguration"] = {"status": status}
        await is_told(operator, station, 2)
    await station.leaves()

    assert await ways.status(2) == 101
    assert await ways.status(1) == 403


async def test_wrong_credentials_reach_nothing(server, authority, operator):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await is_told(operator, station, 2)
    await station.leaves()

    ways.options[2] = ways.options[2] | {"additional_headers": basic(station.id, "wrong")}

    assert await ways.status(2) == 401
    assert await ways.shown() == (1, [2])
    assert await ways.status(1) == 101


async def test_what_the_operator_sets_takes_the_place_of_what_was_offered(
    server, authority, operator
):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await is_told(operator, station, 2)
    await station.leaves()

    await server.station(station.id, security_profile=1)

    assert await ways.shown() == (1, [])
    await server.station(station.id, security_profile=2)
    assert await ways.status(1) == 403
    assert await ways.status(2) == 101


async def test_a_change_of_something_else_does_not_undo_the_profile_that_was_reached(
    server, authority, operator
):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1)
    await station.boots()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await is_told(operator, station, 2)
    await server.station(station.id, site="garage")
    assert await ways.shown() == (1, [2])
    await station.leaves()
    await ways.status(2)
    await eventually(ways.shown, lambda shown: shown == (2, []))

    await server.station(station.id, site="yard")

    assert await ways.shown() == (2, [])
    assert await ways.status(1) == 403
