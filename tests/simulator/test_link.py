import asyncio
import base64
import json
import ssl

import pytest
from websockets.asyncio.server import serve

from voltaro.testing import (
    CallFailedError,
    DisconnectedError,
    Link,
    NoAnswerError,
    RefusedError,
    UnreachableError,
)

from .certificates import self_signed
from .conftest import call_error, hang_up, silence


def link(peer, **options):
    return Link(peer.url, "CP 1/ä", **{"subprotocol": "ocpp1.6", **options})


async def test_it_shows_identity_password_and_subprotocol(peer):
    one = link(peer, password=b"\xff:binary")

    await one.connect()

    headers = peer.headers[0]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == (
        "CP 1/ä:".encode() + b"\xff:binary"
    )
    assert headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
    assert list(peer.sockets) == ["CP%201%2F%C3%A4"]
    assert one.connected
    await one.close()
    assert not one.connected
    assert one.close_code == 1000


async def test_a_refusal_carries_its_http_status(peer):
    peer.refuse_with = 401
    one = link(peer)

    with pytest.raises(RefusedError) as caught:
        await one.connect()

    assert caught.value.status == 401
    assert one.tally.errors == {"HTTP 401": 1}


async def test_nobody_there_is_unreachable(unused_port):
    one = Link(f"ws://127.0.0.1:{unused_port}", "CP-1", subprotocol="ocpp1.6")

    with pytest.raises(UnreachableError):
        await one.connect()


async def test_a_server_with_another_name_in_its_certificate_is_not_trusted(tmp_path):
    certificate, key = self_signed("ocpp.example.org")
    (tmp_path / "both.pem").write_text(certificate + key)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(tmp_path / "both.pem")
    trusting = ssl.create_default_context(cadata=certificate)
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0, ssl=own) as server:
        port = server.sockets[0].getsockname()[1]
        one = Link(f"wss://127.0.0.1:{port}", "CP-1", subprotocol="ocpp1.6", tls=trusting)

        with pytest.raises(UnreachableError):
            await one.connect()

    assert one.tally.errors == {"certificate not trusted": 1}


async def test_calls_wait_for_their_turn(peer):
    one = link(peer)
    await one.connect()
    outstanding = []

    def note(action, payload):
        outstanding.append(one._waiting[0])
        return {}

    peer.script["Heartbeat"] = [note] * 5
    await asyncio.gather(*(one.call("Heartbeat", {}) for _ in range(5)))

    assert outstanding == peer.ids("Heartbeat")
    assert one.tally.answered == 5
    assert len(set(outstanding)) == 5
    await one.close()


async def test_a_call_error_is_raised_with_its_code(peer):
    one = link(peer)
    await one.connect()
    peer.script["Heartbeat"] = [call_error("SecurityError")]

    with pytest.raises(CallFailedError) as caught:
        await one.call("Heartbeat", {})

    assert caught.value.code == "SecurityError"
    assert one.tally.errors == {"CALLERROR SecurityError": 1}
    assert await one.call("Heartbeat", {})
    await one.close()


async def test_a_lost_connection_fails_the_call_and_can_be_made_again(peer):
    one = link(peer)
    await one.connect()
    peer.script["Heartbeat"] = [hang_up]

    with pytest.raises(DisconnectedError):
        await one.call("Heartbeat", {})
    assert not one.connected
    with pytest.raises(DisconnectedError):
        await one.call("Heartbeat", {})

    await one.connect()
    assert await one.call("Heartbeat", {})
    assert (one.tally.connects, one.tally.connected) == (2, 1)
    assert one.tally.errors == {"connection lost": 1}
    await one.drop()


async def test_no_answer_in_time(peer):
    one = link(peer, answer_within_s=0.05)
    await one.connect()
    peer.script["Heartbeat"] = [silence]

    with pytest.raises(NoAnswerError):
        await one.call("Heartbeat", {})

    await one.drop()


async def test_answers_that_fit_nothing_are_counted_not_believed(peer):
    one = link(peer)
    await one.connect()
    peer.script["Heartbeat"] = [lambda *_: '[3,"other",{}]']
    peer.script["Status"] = [lambda *_: "nonsense"]

    waiting = asyncio.create_task(one.call("Heartbeat", {}))
    await peer.hears(lambda p: p.count()["Heartbeat"] == 1)
    await peer.sockets["CP%201%2F%C3%A4"].send(json.dumps([3, peer.ids("Heartbeat")[0], {"a": 1}]))

    assert await waiting == {"a": 1}
    assert one.tally.errors == {"answer to nothing we asked": 1}
    await one.close()


async def test_the_servers_calls_are_answered_while_ours_is_out(peer):
    one = link(peer)

    async def reset(payload):
        return {"status": "Accepted", "was": payload["type"]}

    def refuse(payload):
        raise CallFailedError("PropertyConstraintViolation", "no such key", {"key": "x"})

    one.handlers = {"Reset": reset, "ChangeConfiguration": refuse}
    await one.connect()
    peer.script["Heartbeat"] = [silence]
    waiting = asyncio.create_task(one.call("Heartbeat", {}))
    await peer.hears(lambda p: p.count()["Heartbeat"] == 1)

    socket = peer.sockets["CP%201%2F%C3%A4"]
    await socket.send('[2,"a","Reset",{"type":"Soft"}]')
    await socket.send('[2,"b","ChangeConfiguration",{"key":"x","value":"1"}]')
    await socket.send('[2,"c","UnlockConnector",{"connectorId":1}]')
    answers = {}
    for _ in range(3):
        frame = await asyncio.wait_for(peer.answers.get(), 5)
        answers[frame[1]] = frame

    assert answers["a"] == [3, "a", {"status": "Accepted", "was": "Soft"}]
    assert answers["b"][:4] == [4, "b", "PropertyConstraintViolation", "no such key"]
    assert answers["b"][4] == {"key": "x"}
    assert answers["c"][2] == "NotImplemented"
    assert [action for action, _ in one.received] == [
        "Reset", "ChangeConfiguration", "UnlockConnector",
    ]  # fmt: skip
    waiting.cancel()
    await one.drop()
