"""One TCP connection as a WebSocket: bytes in, texts out, no task of its own (ADR 0006)."""

import asyncio
import logging
from ssl import SSLObject
from typing import Protocol, cast

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from voltaro.edge.entrance import Entrance
from voltaro.edge.frames import final_text, lone_text, size_on_the_wire

#: Windows of 4 KB: a tenth of the memory, nearly the same compression for messages of this size.
_DEFLATE = ServerPerMessageDeflateFactory(
    server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
)
_HANDSHAKE_S = 10.0
_HIGH_WATER = 256 * 1024

#: The library's own log lines would name paths and headers; ours say what matters.
_silent = logging.getLogger("voltaro.websocket")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
_silent.setLevel(logging.CRITICAL)  # else it would spell out each frame for nobody


class Receiver(Protocol):
    """Who gets what arrives on an open socket."""

    def on_text(self, text: str) -> None: ...
    def on_binary(self) -> None: ...
    def on_traffic(self) -> None: ...
    def on_writable(self) -> None: ...
    def on_closed(self) -> None: ...


class Doorkeeper(Protocol):
    """Who decides on upgrade requests, and then calls `Socket.accept` or `Socket.refuse`."""

    entrance: Entrance

    def on_request(self, socket: "Socket", request: Request) -> None: ...
    def on_socket(self, socket: "Socket", *, there: bool) -> None: ...


class Socket(asyncio.Protocol):
    """Frames, fragments, UTF-8, size limits and closing; what texts mean is the receiver's."""

    __slots__ = (
        "_between",
        "_closing",
        "_deadline",
        "_doorkeeper",
        "_early",
        "_fragments",
        "_loop",
        "_max_size",
        "_plain",
        "_protocol",
        "_transport",
        "_unread",
        "crowded",
        "heard_at",
        "is_writable",
        "pinged_at",
        "reading",
        "receiver",
    )

    _transport: asyncio.Transport
    _deadline: asyncio.TimerHandle

    def __init__(self, doorkeeper: Doorkeeper, *, max_size: int) -> None:
        self._doorkeeper = doorkeeper
        self._loop = asyncio.get_running_loop()
        self._protocol = ServerProtocol(extensions=[_DEFLATE], max_size=max_size, logger=_silent)
        self._max_size = max_size
        self._fragments: list[bytes] = []
        #: What a newcomer said whose turn has not come.
        self._early: list[bytes] = []
        self._closing = False
        #: No extension was agreed on, so frames are what they look like.
        self._plain = False
        #: The core has seen whole messages only: the next byte begins one.
        self._between = False
        #: Bytes that the core was given and that belong to no frame it has told of yet.
        self._unread = 0
        self.receiver: Receiver | None = None
        self.is_writable = True
        self.reading = True
        #: Several frames arrived together.
        self.crowded = False
        #: `loop.time()` of the last bytes received, and of the last ping since then (0: none).
        self.heard_at = self._loop.time()
        self.pinged_at = 0.0

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._deadline = self._loop.call_later(_HANDSHAKE_S, self._transport.abort)
        self._doorkeeper.on_socket(self, there=True)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        self.pinged_at = 0.0
        if self._between and (payload := lone_text(data, self._max_size)) is not None:
            assert self.receiver is not None
            self.crowded = False
            self.receiver.on_traffic()
            self._deliver(payload)
        elif self.receiver is None or self._early:
            if not self._early:
                self._doorkeeper.entrance.in_turn(self._take_early)
            self._early.append(data)
        else:
            self._take(data)

    def _take_early(self) -> None:
        early, self._early = self._early, []
        if early:
            self._take(b"".join(early))

    def _take(self, data: bytes) -> None:
        self._unread += len(data)
        self._protocol.receive_data(data)
        self._dispatch()
        core = self._protocol
        self._between = (
            self._plain
            and not self._unread
            and core.current_size is None
            and core.close_rcvd is None
        )

    def eof_received(self) -> None:
        self._take_early()
        self._protocol.receive_eof()
        self._dispatch()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # why a peer vanished is not known more exactly than that it did
        self._deadline.cancel()
        self._early.clear()
        self._doorkeeper.on_socket(self, there=False)
        # Thousands go at once when a network fails: none of them is left to the collector of cycles.
        receiver, self.receiver = self.receiver, None
        self._protocol.parser.close()
        self._protocol.parser_exc = None
        if receiver is not None:
            receiver.on_closed()

    def pause_writing(self) -> None:
        """Who does not take what it is told is not listened to: pongs and refusals would pile up."""
        self.is_writable = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.is_writable = True
        if self.reading:
            self._listen()
        if self.receiver is not None:
            self.receiver.on_writable()

    # -- ours

    @property
    def remote_host(self) -> str:
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if peer else ""

    @property
    def local_host(self) -> str:
        """The address of ours that the peer reached."""
        here = self._transport.get_extra_info("sockname")
        return str(here[0]) if here else ""

    @property
    def tls(self) -> SSLObject | None:
        """The state of TLS; None on a connection in clear text."""
        return cast("SSLObject | None", self._transport.get_extra_info("ssl_object"))

    @property
    def _has_left(self) -> bool:
        return self._transport.is_closing() or self._protocol.state is State.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether what is sent may still arrive; a connection that broke had no closing handshake."""
        return self._protocol.state is State.OPEN and not self._transport.is_closing()

    def accept(self, request: Request, receiver: Receiver, subprotocol: str | None) -> bool:
        """Complete the upgrade; False when it is no proper one after all, or nobody is there any more."""
        if self._has_left:
            return False
        response = self._protocol.accept(request)
        if response.status_code == 101:
            if subprotocol is not None:
                response.headers["Sec-WebSocket-Protocol"] = subprotocol
            self.receiver = receiver
            self._plain = not self._protocol.extensions
            self._unread = len(self._protocol.reader.buffer)
        self._respond(response)
        return response.status_code == 101

    def refuse(self, status: int, text: str, headers: dict[str, str]) -> None:
        """Answer the upgrade request with an HTTP error and close."""
        if self._has_left:
            return
        response = self._protocol.reject(status, text + "\n")
        for name, value in headers.items():
            response.headers[name] = value
        self._respond(response)

    def send(self, text: str) -> None:
        if not self.is_open:
            return
        if self._plain:
            self._transport.write(final_text(text.encode()))
        else:
            self._protocol.send_text(text.encode())
            self._flush()

    def ping(self) -> None:
        if self.is_open:
            self.pinged_at = self._loop.time()
            self._protocol.send_ping(b"")
            self._flush()

    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake; a peer that does not answer is cut off after a while."""
        if self.is_open:
            self._protocol.send_close(code, reason)
            self._flush()

    def close_soon(self, code: int, reason: str) -> None:
        """Close once the answer under way is sent."""
        self._loop.call_soon(self.close, code, reason)

    def abort(self) -> None:
        self._transport.abort()

    def pause_reading(self) -> None:
        if self.reading:
            self.reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.reading:
            self.reading = True
            if self.is_writable:
                self._listen()

    def _listen(self) -> None:
        self.heard_at = self._loop.time()
        self.pinged_at = 0.0
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _dispatch(self) -> None:
        events = self._protocol.events_received()
        self.crowded = len(events) > 1
        for event in events:
            if isinstance(event, Request):
                self._deadline.cancel()  # now it waits for us
                self._ask_for_entry(event)
            elif isinstance(event, Frame):
                self._unread -= size_on_the_wire(event)
                self._on_frame(event)
        self._flush()

    def _ask_for_entry(self, request: Request) -> None:
        try:
            self._doorkeeper.on_request(self, request)
        except Exception:
            self.abort()  # nobody else would ever end it
            raise

    def _on_frame(self, frame: Frame) -> None:
        receiver = self.receiver
        if receiver is None:
            return  # what came with the last bytes before a close still counts
        receiver.on_traffic()
        match frame.opcode:
            case Opcode.TEXT if frame.fin:
                self._deliver(bytes(frame.data))
            case Opcode.TEXT:
                self._fragments = [bytes(frame.data)]
            case Opcode.CONT if self._fragments:
                if frame.data:  # empty ones count for no limit, and would pile up
                    self._fragments.append(bytes(frame.data))
                if frame.fin:
                    whole, self._fragments = b"".join(self._fragments), []
                    self._deliver(whole)
            case Opcode.BINARY:
                receiver.on_binary()
            case _:
                pass

    def _deliver(self, data: bytes) -> None:
        assert self.receiver is not None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "text is not UTF-8")
            self._between = False
            self._flush()
            return
        self.receiver.on_text(text)

    def _respond(self, response: Response) -> None:
        self._protocol.send_response(response)
        self._flush()

    def _flush(self) -> None:
        if self._transport.is_closing():
            return
        for chunk in self._protocol.data_to_send():
            if chunk:
                self._transport.write(chunk)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:  # TLS has no half-closed state
                self._transport.close()
        if self._protocol.close_expected() and not self._closing:
            self._closing = True
            self._deadline.cancel()
            self._deadline = self._loop.call_later(_HANDSHAKE_S, self._transport.abort)
