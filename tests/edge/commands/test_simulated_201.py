"""A simulated 2.0.1 station does what it is told: firmware, logs, monitors, from end to end."""

import pytest
import pytest_asyncio

from tests.edge.conftest import V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

S = "/api/v1/simulated-stations"
NAME = "SIM-DIAG"


@pytest_asyncio.fixture(loop_scope="module")
async def simulated(server):
    """Its name, while it idles in the server."""
    body = {"protocol": V201, "station_id": NAME, "charging": False}
    answer = await server.http.post(S, json=body)
    assert answer.status_code == 201, answer.text

    async def online():
        listed = (await server.get(S))["items"]
        return [each["state"] for each in listed if each["station_id"] == NAME]

    await eventually(online, lambda states: states and states != ["connecting"])
    yield NAME
    await server.http.delete(f"{S}/{NAME}")


async def test_it_brings_its_log(operator, server, simulated):
    command = await operator.asks(simulated, "get_log", kind="diagnostics")

    shown = await operator.sees(command, "done")

    content = await server.http.get(f"/api/v1/files/{shown['file_id']}/content")
    assert content.content[:2] == b"PK"


async def test_it_installs_firmware_of_ours(operator, server, simulated):
    file = await server.http.post(
        "/api/v1/files", params={"name": "box-2.7.1.bin", "kind": "firmware"}, content=b"image"
    )
    command = await operator.asks(simulated, "update_firmware", file_id=file.json()["id"])

    await operator.sees(command, "done")

    station = await server.get(f"/api/v1/stations/{simulated}")
    assert station["firmware_version"] == "2.7.1"


async def test_it_has_monitors(operator, server, simulated):
    monitor = {"component": "EVSE", "evse_id": 1, "name": "AvailabilityState"}
    path = f"/api/v1/stations/{simulated}/monitors"

    await operator.asks(simulated, "set_variable_monitoring", wait=10, monitors=[monitor])
    report = await operator.asks(simulated, "get_monitoring_report")
    await operator.sees(report, "done")
    (kept,) = await server.items(path)
    await operator.asks(
        simulated, "clear_variable_monitoring", wait=10, monitor_ids=[kept["monitor_id"]]
    )

    assert (kept["component"], kept["kind"]) == ("EVSE", "delta")
    assert await server.items(path) == []
