"""A station that answers what it is asked, as a test tells it to, and asks in between."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ocpp.messages import CallResult, validate_payload

from tests.edge.conftest import PATIENCE_S, V16, Server, Station, at

_ids = itertools.count(1)

#: What a handler may return: a payload, or the rest of a CALLERROR frame; None: no answer.
Answer = dict[str, Any] | list[Any] | None
Handler = Callable[[dict[str, Any]], Answer | Awaitable[Answer]]


class Answering:
    """Reads its socket all the time; `on[action]` answers, everything else is NotImplemented."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.id = station.id
        self.on: dict[str, Handler | Answer] = {}
        #: Every CALL of the server: (message id, action, payload).
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.frames: list[str] = []
        #: Every CALLRESULTERROR of the server.
        self.result_errors: list[list[Any]] = []
        self._answers: dict[str, asyncio.Future[list[Any]]] = {}
        self._heard = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(Exception):
            async for text in self.station.socket:
                frame = json.loads(text)
                if frame[0] == 2:
                    self.frames.append(str(text))
                    async with self._heard:
                        self.asked.append((frame[1], frame[2], frame[3]))
                        self._heard.notify_all()
                    await self._answer(*frame[1:])
                elif frame[0] == 5:
                    async with self._heard:
                        self.result_errors.append(frame)
                        self._heard.notify_all()
                else:
                    self._answers.pop(frame[1]).set_result(frame)

    async def _answer(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        given = self.on.get(action, ["NotImplemented", "", {}])
        answer: Any = given(payload) if callable(given) else given
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, dict):
            await self.says([3, message_id, answer])
        elif isinstance(answer, list):
            await self.says([4, message_id, *answer])

    async def says(self, frame: Any) -> None:
        await self.station.says(frame if isinstance(frame, str) else json.dumps(frame))

    async def call(self, action: str, payload: object = None) -> dict[str, Any]:
        """The payload of the CALLRESULT, which is valid by the schema of the `ocpp` package."""
        message_id = f"s{next(_ids)}"
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = future
        await self.says([2, message_id, action, payload or {}])
        frame = await asyncio.wait_for(future, PATIENCE_S)
        assert frame[0] == 3, frame
        answer = CallResult(frame[1], frame[2], action=action)
        await validate_payload(answer, self.station.version.removeprefix("ocpp"))
        return dict(frame[2])

    async def is_asked(self, action: str, times: int = 1) -> tuple[str, dict[str, Any]]:
        """The latest CALL of that action, once it came so often: its message id and payload."""

        def found() -> list[tuple[str, str, dict[str, Any]]]:
            return [each for each in self.asked if each[1] == action]

        async with self._heard:
            await asyncio.wait_for(self._heard.wait_for(lambda: len(found()) >= times), PATIENCE_S)
        message_id, _, payload = found()[-1]
        return message_id, payload

    async def result_error(self) -> list[Any]:
        """The only CALLRESULTERROR."""
        async with self._heard:
            await asyncio.wait_for(self._heard.wait_for(lambda: self.result_errors), PATIENCE_S)
        (frame,) = self.result_errors
        return frame

    # What stations do on their own

    async def boots(self) -> None:
        await self.call("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})

    async def reports(self, connector: int, status: str) -> None:
        payload = {"connectorId": connector, "errorCode": "NoError", "status": status}
        await self.call("StatusNotification", payload)

    async def starts(self, token: str, connector: int = 1, seconds: float | None = None) -> int:
        from datetime import UTC, datetime

        when = at(0, after=datetime.now(UTC)) if seconds is None else at(seconds)
        payload = {"connectorId": connector, "idTag": token, "meterStart": 0, "timestamp": when}
        return int((await self.call("StartTransaction", payload))["transactionId"])

    async def stops(self, transaction_id: int) -> None:
        from datetime import UTC, datetime

        when = at(0, after=datetime.now(UTC))
        payload = {"transactionId": transaction_id, "meterStop": 1000, "timestamp": when}
        await self.call("StopTransaction", payload)

    async def leaves(self) -> None:
        await self.station.leaves()
        await self._reader


class Operator:
    """The API's two doors, and what it shows of commands."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def answering(
        self, station_id: str | None = None, version: str = V16, **options: Any
    ) -> Answering:
        return Answering(await self.server.connects(station_id, version, **options))

    async def raw(self, station_id: str, action: str, payload: object = None) -> httpx.Response:
        body = payload if isinstance(payload, (bytes, str)) else json.dumps(payload or {})
        path = f"/api/v1/stations/{station_id}/ocpp/{action}"
        return await self.server.http.post(path, content=body, timeout=60)

    async def asks(
        self, station_id: str, command: str, *, wait: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The command as it was answered."""
        headers = {} if wait is None else {"Prefer": f"wait={wait}"}
        answer = await self.server.http.post(
            f"/api/v1/stations/{station_id}/commands",
            json={"command": command, **fields},
            headers=headers,
            timeout=60,
        )
        assert answer.status_code == (202 if wait is None else 200), answer.text
        assert answer.headers["location"] == f"/api/v1/commands/{answer.json()['id']}"
        return dict(answer.json())

    async def asks_and_hears(self, station_id: str, command: str, **fields: Any) -> dict[str, Any]:
        """The command as soon as the station answered, whatever has to follow."""
        from tests.edge.conftest import eventually

        sent = await self.asks(station_id, command, **fields)
        return await eventually(
            lambda: self.server.get(f"/api/v1/commands/{sent['id']}"),
            lambda shown: shown["answered_at"] is not None,
        )

    async def refused(self, station_id: str, command: str, **fields: Any) -> httpx.Response:
        answer = await self.server.http.post(
            f"/api/v1/stations/{station_id}/commands", json={"command": command, **fields}
        )
        assert answer.status_code >= 400, answer.text
        return answer

    async def sees(self, command: dict[str, Any], state: str) -> dict[str, Any]:
        """The command once it is in that state."""
        from tests.edge.conftest import eventually

        return await eventually(
            lambda: self.server.get(f"/api/v1/commands/{command['id']}"),
            lambda shown: shown["state"] == state,
        )


@pytest.fixture
async def operator(server: Server) -> Operator:
    return Operator(server)
