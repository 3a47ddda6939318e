"""Refused tokens of real messages, in each version, without a word of them in the log."""

import pytest

from tests.edge.conftest import T0, V16, V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refusals(server, station_id):
    found = await server.items("/api/v1/token-refusals")
    return [each for each in found if each["station_id"] == station_id]


async def test_1_6_authorize_and_start_are_counted_once_each(server, capsys):
    station = await server.connects()
    told = await station.call("Authorize", {"idTag": "STRANGE-TAG"})
    assert told["idTagInfo"]["status"] == "Invalid"
    start = {
        "connectorId": 1,
        "idTag": "STRANGE-TAG",
        "meterStart": 0,
        "timestamp": T0.isoformat(),
    }
    await station.call("StartTransaction", start, message_id="s1")
    await station.call("StartTransaction", start, message_id="s1")

    (item,) = await eventually(lambda: refusals(server, station.id), len)

    assert (item["token"], item["status"], item["count"]) == ("STRANGE-TAG", "unknown", 2)
    assert "STRANGE-TAG" not in capsys.readouterr().out


async def test_2_0_1_authorize_and_transaction_event_are_counted(server):
    station = await server.connects(version=V201)
    token = {"idToken": "04FFAA", "type": "ISO14443"}
    told = await station.call("Authorize", {"idToken": token})
    assert told["idTokenInfo"]["status"] == "Unknown"
    await station.call(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": T0.isoformat(),
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "t1"},
            "evse": {"id": 1, "connectorId": 1},
            "idToken": token,
        },
    )

    (item,) = await eventually(lambda: refusals(server, station.id), len)

    assert (item["token"], item["count"], item["known"]) == ("04FFAA", 2, False)


async def test_accepted_tokens_leave_nothing(server):
    tag = await server.token()
    station = await server.connects(version=V16)
    told = await station.call("Authorize", {"idTag": tag})
    assert told["idTagInfo"]["status"] == "Accepted"
    await station.beats()

    assert await refusals(server, station.id) == []


async def test_a_token_too_long_to_be_registered_is_refused_and_not_kept(server):
    station = await server.connects()

    told = await station.call("Authorize", {"idTag": "A" * 20_000})

    assert told["idTagInfo"]["status"] == "Invalid"
    await station.beats()
    assert await refusals(server, station.id) == []
