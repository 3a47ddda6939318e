"""Basic authentication and the choice of a version on 2.0.1 and 2.1: who is let in, and who is not."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.edge.certification.stations201 import boots, reports
from tests.edge.conftest import V21, V201, basic

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "sixteen-to-forty-characters"
VERSIONS = pytest.mark.parametrize("version", [V201, V21])


async def status_of(server, station_id, version, headers=None):
    """What the upgrade of a station that is not let in is answered with."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"{server.ocpp_url}/{station_id}",
            subprotocols=[version],
            proxy=None,
            additional_headers=headers,
        )
    return refused.value.response.status_code


@VERSIONS
async def test_the_right_name_and_password_are_let_in(server, version):
    """TC_A_01."""
    station_id = await server.station(security_profile=1, password=PASSWORD)

    station = await server.connects(
        station_id, version=version, additional_headers=basic(station_id, PASSWORD)
    )

    assert station.socket.subprotocol == version
    assert (await boots(station))["status"] == "Accepted"
    await reports(station, "Available")


@VERSIONS
async def test_another_name_than_the_stations_is_not_let_in(server, version):
    """TC_A_02."""
    station_id = await server.station(security_profile=1, password=PASSWORD)

    assert await status_of(server, station_id, version, basic("another", PASSWORD)) == 401


@VERSIONS
async def test_a_wrong_password_is_not_let_in(server, version):
    """TC_A_03."""
    station_id = await server.station(security_profile=1, password=PASSWORD)

    assert await status_of(server, station_id, version, basic(station_id, "x" * 20)) == 401


async def test_a_version_that_nobody_speaks_is_not_upgraded(server):
    """TC_B_58."""
    station_id = await server.station()

    assert await status_of(server, station_id, "ocpp0.1") == 400
