"""A05 of 2.0.1 and 2.1: by a network profile a station reaches a higher security profile."""

import pytest

from tests.edge.certification.stations201 import reports
from tests.edge.certification.test_device_model import named, sets
from tests.edge.certification.test_security_profiles import Ways
from tests.edge.conftest import V21, V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"
VERSIONS = pytest.mark.parametrize("version", [V201, V21])
PRIORITY = {"component": "OCPPCommCtrlr", "name": "NetworkConfigurationPriority"}
BOOT = {"reason": "RemoteReset", "chargingStation": {"model": "m", "vendorName": "v"}}


@pytest.fixture(scope="module")
def settings(authority):
    return authority.settings


async def ways_of(server, authority, profile):
    station_id = await server.station(security_profile=profile, password=PASSWORD)
    return Ways(server, authority, station_id)


async def is_told(operator, station, profile, status="Accepted"):
    station.on["SetNetworkProfile"] = {"status": status}
    return await operator.asks(
        station.id,
        "set_network_profile",
        wait=10,
        slot=2,
        url="wss://ocpp.example.org",
        security_profile=profile,
    )


@VERSIONS
@pytest.mark.parametrize("profile", [1, 2])
async def test_a_station_comes_back_on_the_next_profile_and_not_on_the_old_one(
    server, authority, operator, profile, version
):
    """TC_A_19."""
    ways = await ways_of(server, authority, profile)
    station = await ways.comes(profile, version)
    station.on["SetVariables"] = sets()
    station.on["Reset"] = {"status": "Accepted"}

    assert (await is_told(operator, station, profile + 1))["state"] == "accepted"
    change = PRIORITY | {"value": "2,1"}
    changed = await operator.asks(station.id, "set_variables", wait=10, variables=[change])
    reset = await operator.asks(station.id, "reset", kind="immediate")
    await operator.sees(reset, "accepted")

    assert changed["state"] == "accepted"
    assert [each[1:] for each in station.asked] == [
        (
            "SetNetworkProfile",
            {
                "configurationSlot": 2,
                "connectionData": {
                    "ocppVersion": "OCPP20",
                    "ocppInterface": "Wired0",
                    "ocppTransport": "JSON",
                    "ocppCsmsUrl": "wss://ocpp.example.org",
                    "messageTimeout": 30,
                    "securityProfile": profile + 1,
                },
            },
        ),
        (
            "SetVariables",
            {
                "setVariableData": [
                    named("OCPPCommCtrlr", "NetworkConfigurationPriority")
                    | {"attributeValue": "2,1"}
                ]
            },
        ),
        ("Reset", {"type": "Immediate"}),
    ]
    assert await ways.shown() == (profile, [profile + 1])
    await station.leaves()
    back = await ways.comes(profile + 1, version)
    assert (await back.call("BootNotification", BOOT))["status"] == "Accepted"
    await operator.sees(reset, "done")
    await reports(back, "Available")
    assert await ways.status(profile) in {401, 403}
    await eventually(ways.shown, lambda shown: shown == (profile + 1, []))
    assert await ways.status(profile + 1) == 101


@pytest.mark.parametrize("answer", ["Rejected", "Failed"])
async def test_a_station_that_refuses_stays_where_it_is(server, authority, operator, answer):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1, V201)

    assert (await is_told(operator, station, 2, answer))["state"] == "rejected"

    assert await ways.shown() == (1, [])
    assert await ways.status(2) == 101, "an installer may try"
    assert await ways.status(1) == 101


async def test_a_profile_that_does_not_exist_is_nothing_to_change_over_to(
    server, authority, operator
):
    ways = await ways_of(server, authority, 1)
    station = await ways.comes(1, V201)
    station.on["SetNetworkProfile"] = {"status": "Accepted"}
    data = {
        "ocppVersion": "OCPP20",
        "ocppInterface": "Wired0",
        "ocppTransport": "JSON",
        "messageTimeout": 30,
        "ocppCsmsUrl": "wss://a",
        "securityProfile": 4,
    }

    payload = {"configurationSlot": 1, "connectionData": data}
    answer = await operator.raw(station.id, "SetNetworkProfile", payload)

    assert answer.status_code == 200
    assert await ways.shown() == (1, [])
