"""A scripted peer: a real WebSocket server that gives the least valid OCPP answers."""

import asyncio
import json
import socket
from collections import Counter
from datetime import UTC, datetime

import pytest
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from voltaro.testing import Backoff, Clock, SimulatedStation

from .central import Central

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


class Peer:
    """Answers CALLs; `script` holds functions that take the next CALL of an action instead."""

    def __init__(self):
        self.calls = []  # (station id, message id, action, payload)
        self.headers = []
        self.answers = asyncio.Queue()  # CALLRESULTs and CALLERRORs to CALLs of ours
        self.script = {}
        self.boot = {"status": "Accepted", "interval": 300}
        self.token_status = "Accepted"
        self.refuse_with = None
        self.sockets = {}
        self.news = asyncio.Condition()
        self._ids = 100
        self._server = None

    async def __aenter__(self):
        self._server = await serve(
            self._serves,
            "127.0.0.1",
            0,
            subprotocols=["ocpp1.6", "ocpp2.0.1"],
            process_request=self._request,
            ping_interval=None,
        )
        host, port = self._server.sockets[0].getsockname()
        self.url = f"ws://{host}:{port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _request(self, connection, request):
        async with self.news:
            self.headers.append(request.headers)
            self.news.notify_all()
        if self.refuse_with is not None:
            return Response(self.refuse_with, "Refused", Headers({"Content-Length": "0"}))
        return None

    async def _serves(self, link):
        station_id = link.request.path.rsplit("/", 1)[1]
        self.sockets[station_id] = link
        try:
            async for text in link:
                frame = json.loads(text)
                if frame[0] != 2:
                    await self.answers.put(frame)
                    continue
                _, message_id, action, payload = frame
                async with self.news:
                    self.calls.append((station_id, message_id, action, payload))
                    self.news.notify_all()
                steps = self.script.get(action, [])
                answer = steps.pop(0) if steps else self.answer
                reply = answer(action, payload)
                if reply == "hang up":
                    link.transport.abort()
                elif isinstance(reply, str):
                    await link.send(reply.replace("$id", message_id))
                elif reply is not None:
                    await link.send(json.dumps([3, message_id, reply]))
        except ConnectionClosed:
            pass

    def answer(self, action, payload):
        match action:
            case "BootNotification":
                return {**self.boot, "currentTime": "2026-01-02T03:04:05.678Z"}
            case "Heartbeat":
                return {"currentTime": "2026-01-02T03:04:05.678Z"}
            case "Authorize":
                return self._token(payload)
            case "StartTransaction":
                self._ids += 1
                return {"transactionId": self._ids, **self._token(payload)}
            case "TransactionEvent" if "idToken" in payload:
                return self._token(payload)
            case _:
                return {}

    def _token(self, payload):
        key = "idTagInfo" if "idTag" in payload else "idTokenInfo"
        return {key: {"status": self.token_status}}

    async def hears(self, enough, within_s=10):
        """Wait until `enough(peer)` holds."""
        async with asyncio.timeout(within_s), self.news:
            await self.news.wait_for(lambda: enough(self))

    def count(self):
        return Counter(action for _, _, action, _ in self.calls)

    def payloads(self, *actions):
        return [payload for _, _, action, payload in self.calls if action in actions]

    def ids(self, *actions):
        return [message_id for _, message_id, action, _ in self.calls if action in actions]


def hang_up(_action, _payload):
    return "hang up"


def silence(_action, _payload):
    return None


def call_error(code):
    return lambda _action, _payload: f'[4,"$id","{code}","",{{}}]'


@pytest.fixture
async def peer():
    async with Peer() as each:
        yield each


@pytest.fixture
async def central():
    async with Central() as each:
        yield each


@pytest.fixture
async def obedient(central):
    """A 1.6 station of two connectors that has booted; an hour of its time is six seconds."""
    station = SimulatedStation(
        central.url,
        "CP-1",
        protocol="1.6",
        password="first-password-of-it",
        connectors=2,
        clock=Clock(speed=600),
        backoff=Backoff(first_s=0.01, most_s=0.05),
        restart_s=0.01,
    )
    await station.connect()
    await station.boots()
    yield station
    await station.shuts_down()


@pytest.fixture(params=["1.6", "2.0.1"])
def protocol(request):
    return request.param


@pytest.fixture
def unused_port():
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
