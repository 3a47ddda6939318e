"""A status of a connector that no station can have is answered, flagged, and changes nothing."""

import pytest

from tests.edge.conftest import V201, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("number", [-1, -7])
async def test_a_connector_below_0_is_no_place(server, number):
    station = await server.connects()
    payload = {"connectorId": number, "errorCode": "NoError", "status": "Faulted"}

    assert await station.call("StatusNotification", payload) == {}

    shown = await server.status(station.id)
    assert (shown["status"], shown["connectors"]) == (None, [])
    (found,) = await eventually(
        lambda: server.items(f"/api/v1/stations/{station.id}/deviations"), len
    )
    assert (found["kind"], found["pointer"]) == ("out_of_range", "/connectorId")


async def test_an_evse_of_2_x_below_0_is_no_place_either(server):
    station = await server.connects(version=V201)
    payload = {
        "timestamp": at(),
        "connectorStatus": "Available",
        "evseId": -1,
        "connectorId": 1,
    }

    assert await station.call("StatusNotification", payload) == {}

    assert (await server.status(station.id))["connectors"] == []
