"""The port that onboarding names is the one that stations reach."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_port_that_the_system_chose_is_named(server):
    found = await server.get("/api/v1/onboarding")

    (url,) = found["urls"]
    assert url["url"] == f"{server.ocpp_url}/ocpp/"
    assert url["port"] != 0
    assert url["reachable"] == "this machine only"
    assert found["unknown_stations"] == "refuse"
    assert found["subprotocols"] == ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]
    name = await server.station()
    station = await server.connects(name, subprotocols=found["subprotocols"])
    assert await station.beats()
