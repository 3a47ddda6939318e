"""Block P of 2.0.1 and 2.1, Core: what only vendors know, both ways."""

import json

import pytest

from tests.edge.certification.stations201 import Charging, answering, id_token, now
from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUSTOM = {"vendorId": "org.example", "mood": {"sunny": [1, True, None]}}


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_message_that_only_its_vendor_knows_is_answered(operator, version):
    """TC_P_02."""
    station = await answering(operator, version)
    request = {"vendorId": "org.example", "messageId": "x", "data": {"any": ["thing"]}}

    assert await station.call("DataTransfer", request) == {"status": "UnknownVendorId"}
    known = request | {"vendorId": "org.openchargealliance.costmsg"}
    assert await station.call("DataTransfer", known) == {"status": "UnknownMessageId"}


@pytest.mark.parametrize("version", [V201, V21])
async def test_what_a_vendor_adds_is_kept_and_changes_nothing(operator, server, version):
    """TC_P_03: on messages, and on what is within them."""
    station = await answering(operator, version)
    custom = {"customData": CUSTOM}
    status = {"timestamp": now(), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}

    assert await station.call("StatusNotification", status | custom) == {}
    charging = Charging(station)
    token = id_token(await server.token()) | custom
    told = await charging.tells("Started", "Authorized", token, more=custom, customData=CUSTOM)

    assert told["idTokenInfo"]["status"] == "Accepted"
    assert (await server.transaction(station.id))["station_ref"] == charging.ref
    journal = await server.journal(station.id, lambda found: len(found) == 2)
    kept = [json.loads(each["frame"])[3] for each in journal]
    assert [each["customData"] for each in kept] == [CUSTOM, CUSTOM]
    assert kept[1]["transactionInfo"]["customData"] == CUSTOM
    assert kept[1]["idToken"]["customData"] == CUSTOM


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("status", "state"),
    [("Accepted", "accepted"), ("UnknownVendorId", "rejected"), ("UnknownMessageId", "rejected")],
)
async def test_something_of_a_vendors_own_is_sent(operator, version, status, state):
    """P01; what the station answers is shown."""
    answer = {"status": status, "data": {"n": 1}}
    station = await answering(operator, version, DataTransfer=answer)

    command = await operator.asks(
        station.id, "data_transfer", wait=10, vendor_id="org.example", message_id="x", data="text"
    )

    assert station.asked[0][2] == {"vendorId": "org.example", "messageId": "x", "data": "text"}
    assert (command["state"], command["answer"]) == (state, status)
    assert command["result"]["data"] == {"n": 1}
