"""A station's end of an OCPP-J connection: sockets, frames, one CALL at a time.

Frames are built and read with `json` alone, on purpose: this end must not share the server's
encoder, nor its mistakes.
"""

import asyncio
import base64
import contextlib
import json
import ssl
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from voltaro.testing.tally import Tally

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A CALLRESULT, and what the station does once it went out."""

    payload: Payload
    then: Callable[[], object] | None = None


#: What a handler answers; None is silence.
Answer = Payload | Reply | None
#: Answers a CALL of the server, or raises CallFailedError.
Handler = Callable[[Payload], Answer | Awaitable[Answer]]


class StationError(Exception):
    """Something a simulated station ran into."""


class RefusedError(StationError):
    """The server answered the upgrade with an HTTP status instead."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server refused the connection with HTTP {status}")
        self.status = status


class UnreachableError(StationError):
    """No connection could be made."""


class DisconnectedError(StationError):
    """There is no connection, or it ended before the answer came."""


class NoAnswerError(StationError):
    """The answer did not come in time."""


class BadAnswerError(StationError):
    """A CALLRESULT lacks what the specification promises."""


class CallFailedError(StationError):
    """A CALLERROR: received for our CALL, or raised by a handler to answer the server's."""

    def __init__(self, code: str, description: str = "", details: Payload | None = None) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
        self.details = details or {}


class Link:
    """One station's connection; can be connected again after it ended."""

    def __init__(
        self,
        url: str,
        station_id: str,
        *,
        subprotocol: str,
        password: str | bytes | None = None,
        tls: ssl.SSLContext | None = None,
        answer_within_s: float = 30.0,
        tally: Tally | None = None,
    ) -> None:
        self.station_id = station_id
        self.url = f"{url.rstrip('/')}/{quote(station_id, safe='')}"
        self.subprotocol = subprotocol
        self.password = password
        #: For wss:// URLs; None trusts whom this machine trusts.
        self.tls = tls
        self.answer_within_s = answer_within_s
        #: Seconds between WebSocket pings of ours, from the next connection on; None for none.
        self.ping_every_s: float | None = None
        self.tally = Tally() if tally is None else tally
        #: Answers to the server's CALLs by action; anything else is NotImplemented.
        self.handlers: dict[str, Handler] = {}
        #: The server's latest CALLs: (action, payload).
        self.received: deque[tuple[str, Payload]] = deque(maxlen=100)
        self.closed = asyncio.Event()
        self.closed.set()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._leaving = False
        self._answers: set[asyncio.Task[None]] = set()
        self._one_call = asyncio.Lock()
        self._waiting: tuple[str, asyncio.Future[Payload]] | None = None

    @property
    def connected(self) -> bool:
        return self._socket is not None and not self.closed.is_set()

    @property
    def close_code(self) -> int | None:
        """The code the latest connection was closed with; None while open."""
        return None if self._socket is None else self._socket.close_code

    async def connect(self, *, within_s: float = 30.0) -> None:
        """Open the socket; raises RefusedError for an HTTP status, UnreachableError otherwise."""
        if self.connected:
            return
        headers = {}
        if self.password is not None:
            secret = self.password.encode() if isinstance(self.password, str) else self.password
            pair = self.station_id.encode() + b":" + secret
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        try:
            socket = await connect(
                self.url,
                subprotocols=[Subprotocol(self.subprotocol)],
                additional_headers=headers,
                open_timeout=within_s,
                close_timeout=2,
                ping_interval=self.ping_every_s,
                compression=None,
                proxy=None,
                user_agent_header=None,
                ssl=(self.tls or True) if self.url.startswith("wss:") else None,
            )
        except InvalidStatus as error:
            self.tally.refused += 1
            self.tally.fail(f"HTTP {error.response.status_code}")
            raise RefusedError(error.response.status_code) from None
        except (OSError, TimeoutError, WebSocketException, EOFError) as error:
            distrusts = isinstance(error, ssl.SSLCertVerificationError)
            self.tally.fail("certificate not trusted" if distrusts else "unreachable")
            raise UnreachableError(f"{self.url}: {str(error) or type(error).__name__}") from error
        self._socket = socket
        self._leaving = False
        self.closed.clear()
        self.tally.connected += 1
        self.tally.connects += 1
        self._reader = asyncio.create_task(self._read(socket))

    async def close(self, code: int = 1000) -> None:
        """Close politely, with a closing handshake."""
        self._leaving = True
        if self._socket is not None:
            await self._socket.close(code)
        await self._ended()

    async def drop(self) -> None:
        """Lose the connection: no closing handshake, as when the power or the network goes."""
        self._leaving = True
        if self._socket is not None:
            self._socket.transport.abort()
        await self._ended()

    async def settle(self, *, within_s: float = 1.0) -> None:
        """Wait until our CALL is answered and the server has what was sent, if it takes it.

        Dropping at once may lose even what was sent before.
        """
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(within_s), self._one_call:
                    await (await self._socket.ping())

    async def call(
        self, action: str, payload: Payload, *, message_id: str | None = None
    ) -> Payload:
        """Send a CALL when it is our turn and return the CALLRESULT's payload.

        Raises CallFailedError for a CALLERROR, NoAnswerError when none came in time,
        DisconnectedError when the connection is gone.
        """
        async with self._one_call:
            if not self.connected:
                raise DisconnectedError(f"{self.station_id} is not connected")
            message_id = new_message_id() if message_id is None else message_id
            answer = asyncio.get_running_loop().create_future()
            self._waiting = (message_id, answer)
            began = time.perf_counter()
            try:
                async with asyncio.timeout(self.answer_within_s):
                    await self.send_text(_text([2, message_id, action, payload]))
                    reply: Payload = await answer
            except TimeoutError:
                self.tally.timeouts += 1
                self.tally.fail("no answer")
                raise NoAnswerError(f"no answer to {action} in {self.answer_within_s} s") from None
            finally:
                self._waiting = None
                # The connection may end just as we stop waiting: nobody else reads this error.
                if answer.done() and not answer.cancelled():
                    answer.exception()
            self.tally.answered += 1
            self.tally.latencies_s.append(time.perf_counter() - began)
            return reply

    async def send_text(self, text: str) -> None:
        """Send a frame as it is, right or wrong."""
        if self._socket is None:
            raise DisconnectedError(f"{self.station_id} is not connected")
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            raise DisconnectedError(f"{self.station_id} lost its connection") from None
        self.tally.sent += 1

    async def _ended(self) -> None:
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self.tally.received += 1
                if isinstance(text, str):
                    self._take(text)
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()
            self.tally.connected -= 1
            self.tally.disconnects += 1
            if not self._leaving:
                self.tally.fail("connection lost")
            if self._waiting is not None and not self._waiting[1].done():
                self._waiting[1].set_exception(
                    DisconnectedError(f"{self.station_id} lost its connection")
                )

    def _take(self, text: str) -> None:
        try:
            frame = json.loads(text)
            kind, message_id = frame[0], frame[1]
            match kind:
                case 2:
                    task = asyncio.create_task(self._answer(message_id, frame[2], frame[3]))
                    self._answers.add(task)
                    task.add_done_callback(self._answers.discard)
                case 3:
                    self._settle(message_id, frame[2])
                case 4:
                    self.tally.call_errors += 1
                    self.tally.fail(f"CALLERROR {frame[2]}")
                    self._settle(message_id, CallFailedError(*frame[2:5]))
                case _:
                    self.tally.fail("unknown message type")
        except (ValueError, LookupError, TypeError):
            self.tally.fail("unreadable frame")

    def _settle(self, message_id: str, outcome: Payload | CallFailedError) -> None:
        if self._waiting is None or self._waiting[0] != message_id or self._waiting[1].done():
            self.tally.fail("answer to nothing we asked")
        elif isinstance(outcome, CallFailedError):
            self._waiting[1].set_exception(outcome)
        else:
            self._waiting[1].set_result(outcome)

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        self.received.append((action, payload))
        then: Callable[[], object] | None = None
        frame: list[Any]
        try:
            handler = self.handlers.get(action)
            if handler is None:
                raise CallFailedError("NotImplemented", f"{action} is not simulated")  # noqa: TRY301
            answer = handler(payload)
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer is None:
                return
            reply = answer if isinstance(answer, Reply) else Reply(answer)
            frame, then = [3, message_id, reply.payload], reply.then
        except CallFailedError as error:
            frame = [4, message_id, error.code, error.description, error.details]
        # Where the connection is gone, the server learns from the closed socket.
        with contextlib.suppress(DisconnectedError):
            await self.send_text(_text(frame))
        if then is not None:
            then()


def new_message_id() -> str:
    return str(uuid.uuid4())


def _text(frame: list[Any]) -> str:
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)
