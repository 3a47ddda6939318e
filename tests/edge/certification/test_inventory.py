"""B07.FR.14: a station that is new, or has a new firmware, is asked for its whole device model."""

import pytest

from tests.edge.certification.test_device_model import kept, parts, told
from tests.edge.conftest import V16, V21, V201, at, eventually
from voltaro.testing import SimulatedStation

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings():
    return {"inventory": "auto", "command_timeout_s": 1}


async def boots(station, firmware="1.0", version=V201):
    if version == V16:
        body = {
            "chargePointVendor": "v",
            "chargePointModel": "m",
            "firmwareVersion": firmware,
        }
    else:
        about = {"model": "m", "vendorName": "v", "firmwareVersion": firmware}
        body = {"reason": "PowerUp", "chargingStation": about}
    return (await station.call("BootNotification", body))["status"]


async def inventories(operator, station, count):
    """The commands that asked for it, the oldest first, once there are so many."""

    async def ask():
        found = await operator.server.items("/api/v1/commands", station_id=station.id)
        return [each for each in found if each["command"] == "get_base_report"][::-1]

    return await eventually(ask, lambda found: len(found) >= count)


async def had_its_turn(operator):
    """Who booted before has been looked at: they are in order of their boots."""
    other = await operator.answering(version=V201)
    await boots(other)
    await other.is_asked("GetBaseReport")


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_new_station_tells_its_variables_by_itself(operator, version):
    station = await operator.answering(version=version)
    station.on["GetBaseReport"] = {"status": "Accepted"}

    await boots(station)

    _, payload = await station.is_asked("GetBaseReport")
    assert payload["reportBase"] == "FullInventory"
    await parts(station, [told("A", "One", "1")], request_id=payload["requestId"])
    (command,) = await inventories(operator, station, 1)
    await operator.sees(command, "done")
    assert (command["author"], command["arguments"]["base"]) == ("voltaro", "full")
    assert sorted(await kept(operator, station)) == ["A.One"]


async def test_it_is_asked_again_when_its_firmware_changed_and_not_before(operator):
    station = await operator.answering(version=V201)
    station.on["GetBaseReport"] = {"status": "NotSupported"}
    await boots(station)
    (first,) = await inventories(operator, station, 1)
    await operator.sees(first, "rejected")

    await boots(station)
    await had_its_turn(operator)
    await boots(station, "1.1")

    await station.is_asked("GetBaseReport", 2)
    asked = await inventories(operator, station, 2)
    await operator.sees(asked[1], "rejected")
    await boots(station, "1.1")
    await had_its_turn(operator)
    await boots(station, "1.2")
    await station.is_asked("GetBaseReport", 3)
    assert len(await inventories(operator, station, 3)) == 3


@pytest.mark.parametrize("answer", [None, {"status": "Rejected"}])
async def test_one_that_could_not_just_now_is_asked_at_its_next_boot(operator, answer):
    """No answer at all, or that it cannot at the moment (B07.FR.13)."""
    station = await operator.answering(version=V201)
    station.on["GetBaseReport"] = answer
    await boots(station)
    (first,) = await inventories(operator, station, 1)
    await operator.sees(first, "timed_out" if answer is None else "rejected")

    station.on["GetBaseReport"] = {"status": "Accepted"}
    await boots(station)

    await station.is_asked("GetBaseReport", 2)


async def test_what_an_operator_asked_for_counts_as_well(operator):
    station = await operator.answering(version=V201)
    station.on["GetBaseReport"] = {"status": "Accepted"}
    await operator.asks_and_hears(station.id, "get_base_report")

    await boots(station, "")
    await had_its_turn(operator)

    assert len(await inventories(operator, station, 1)) == 1


async def test_a_pending_station_is_asked_and_may_tell(operator):
    station_id = await operator.server.station(security_profile=0, registration="pending")
    station = await operator.answering(station_id, V201)
    station.on["GetBaseReport"] = {"status": "Accepted"}

    assert await boots(station) == "Pending"

    _, payload = await station.is_asked("GetBaseReport")
    await parts(station, [told("A", "One", "1")], request_id=payload["requestId"])
    assert sorted(await kept(operator, station)) == ["A.One"]


@pytest.mark.parametrize(
    ("registration", "version"), [("rejected", V201), ("accepted", V16)], ids=["rejected", "1.6"]
)
async def test_who_must_not_or_cannot_be_asked_is_not(operator, registration, version):
    station_id = await operator.server.station(security_profile=0, registration=registration)
    station = await operator.answering(station_id, version)
    await boots(station, version=version)
    await had_its_turn(operator)

    assert station.asked == []
    assert await operator.server.items("/api/v1/commands", station_id=station.id) == []


async def test_a_simulated_station_tells_a_model_worth_browsing(operator):
    station_id = await operator.server.station()
    station = SimulatedStation(operator.server.ocpp_url, station_id, protocol="2.0.1", connectors=2)
    await station.connect()
    try:
        await station.boots()
        path = f"/api/v1/stations/{station_id}/variables"
        found = await eventually(
            lambda: operator.server.items(path),
            lambda items: any(each["component"] == "TxCtrlr" for each in items),
        )
        (command,) = await operator.server.items("/api/v1/commands", station_id=station_id)
        done = await operator.sees(command, "done")
    finally:
        await station.shuts_down()

    assert done["detail"] == "all 3 parts arrived"
    found = {each["key"]: each for each in await operator.server.items(path)}
    assert found["Connector#2/1.AvailabilityState"]["value"] == "Available"
    assert found["SecurityCtrlr.BasicAuthPassword"]["mutability"] == "write_only"
    assert found["OCPPCommCtrlr.HeartbeatInterval"]["unit"] == "s"


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_station_with_monitors_tells_them_anew_after_its_boot(operator, version):
    """N04.FR.19: their numbers may have changed."""
    station = await operator.answering(version=version)
    station.on["GetBaseReport"] = {"status": "Rejected"}
    station.on["GetMonitoringReport"] = {"status": "EmptyResultSet"}
    told = {"id": 1, "transaction": False, "value": 1, "type": "Delta", "severity": 8}
    monitor = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "AvailabilityState"},
        "variableMonitoring": [told],
    }
    payload = {"requestId": 1, "seqNo": 0, "generatedAt": at(), "monitor": [monitor]}
    await station.call("NotifyMonitoringReport", payload)
    path = f"/api/v1/stations/{station.id}/monitors"
    assert len(await operator.server.items(path)) == 1

    await boots(station)

    _, asked = await station.is_asked("GetMonitoringReport")
    assert asked.keys() == {"requestId"}
    await eventually(lambda: operator.server.items(path), lambda found: not found)
