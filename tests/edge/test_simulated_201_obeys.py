"""A simulated 2.0.1 station and the server: typed commands from the API to what proves them."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.edge.commands.conftest import Operator
from tests.edge.conftest import at, eventually
from voltaro.testing import Clock, SimulatedStation

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
async def operator(server):
    return Operator(server)


@pytest_asyncio.fixture(loop_scope="module")
async def station(server):
    station_id = await server.station()
    one = SimulatedStation(
        server.ocpp_url,
        station_id,
        protocol="2.0.1",
        connectors=2,
        clock=Clock(speed=60),
        restart_s=0.01,
    )
    await one.connect()
    await one.boots()
    yield one
    await one.shuts_down()


async def test_a_session_is_started_reset_and_reserved_for_from_afar(server, operator, station):
    token = await server.token()
    name = station.id

    async def does(command, state="done", **fields):
        return await operator.sees(await operator.asks(name, command, **fields), state)

    await does("request_start", token=token, evse_id=1)
    await does("trigger_message", message="transaction_event", evse_id=1)
    await does("trigger_message", message="meter_values", evse_id=2)
    await does("trigger_message", message="status_notification", evse_id=2)
    await does("reset", kind="immediate", evse_id=1)
    assert (await server.transaction(name))["stop_reason"] == "ImmediateReset"

    await does("send_local_list", "accepted", update="full", tokens=[token])
    version = await does("get_local_list_version", "accepted")
    assert version["result"]["version"] == station.controller.tokens.list_version
    await does("clear_cache", "accepted")
    await does("change_availability", operative=False, evse_id=2)
    await does("change_availability", operative=True, evse_id=2)
    await does("unlock_connector", "accepted", evse_id=2)
    echo = {"vendor_id": "Voltaro", "message_id": "Echo", "data": "hello"}
    assert (await does("data_transfer", "accepted", **echo))["result"]["data"] == "hello"

    until = at(3600, after=datetime.now(UTC))
    await does("reserve_now", "accepted", token=token, evse_id=1, expires_at=until)
    await does("change_availability", operative=False, evse_id=1)

    async def reservations():
        return await server.items("/api/v1/reservations", station_id=name)

    (gone,) = await eventually(reservations, lambda found: found[0]["state"] == "ended")
    assert gone["detail"] in {"the station removed it", "the station reported Unavailable"}
    await does("reset", kind="on_idle")
