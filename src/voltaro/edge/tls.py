"""TLS between a TCP connection and a `Socket`, so that what fails is told to both sides."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Protocol, cast

from voltaro.edge.entrance import Entrance
from voltaro.edge.refusals import Reason
from voltaro.edge.tls_failures import reason_of

#: When thousands come back at once, their handshakes wait for each other.
_HANDSHAKE_S = 30.0
_CHUNK = 64 * 1024
_NO_TLS = b"This port speaks TLS: connect with wss://\n"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


class Doorkeeper(Protocol):
    """Who knows of the connections that shake hands, and hears why one failed."""

    entrance: Entrance

    def on_handshake(self, layer: "TlsLayer", *, there: bool) -> None: ...
    def on_tls_failed(self, layer: "TlsLayer", reason: Reason) -> None: ...


class TlsLayer(asyncio.Transport, asyncio.Protocol):
    """A protocol to the connection below, a transport to what is above once hands are shaken.

    The event loop's own TLS drops a failed handshake: the station gets no alert, and nobody here
    learns who it was and what was wrong.
    """

    _below: asyncio.Transport
    _deadline: asyncio.TimerHandle

    def __init__(
        self,
        context: ssl.SSLContext,
        doorkeeper: Doorkeeper,
        above: Callable[[], asyncio.Protocol],
    ) -> None:
        super().__init__()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._doorkeeper = doorkeeper
        self._make_above = above
        self._above: asyncio.Protocol | None = None
        self._heard = False
        self._waits = False
        self._closing = False

    @property
    def remote_host(self) -> str:
        peer = self._below.get_extra_info("peername")
        return str(peer[0]) if peer else ""

    # -- the side of the connection below

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast("asyncio.Transport", transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(_HANDSHAKE_S, self._give_up)
        self._doorkeeper.on_handshake(self, there=True)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        self._incoming.write(data)
        if self._above is not None:
            self._read(self._above)
        elif not self._waits:
            self._waits = True
            self._doorkeeper.entrance.in_turn(self._shake_hands)

    def eof_received(self) -> None:
        if self._above is not None:
            self._above.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        above, self._above = self._above, None  # no cycle is left behind
        if above is not None:
            above.connection_lost(exc)
            return
        self._doorkeeper.on_handshake(self, there=False)
        # Who connects and says nothing looks whether the port is open.
        if self._heard and not self._closing:
            self._doorkeeper.on_tls_failed(self, Reason.TLS_ABANDONED)

    def pause_writing(self) -> None:
        if self._above is not None:
            self._above.pause_writing()

    def resume_writing(self) -> None:
        if self._above is not None:
            self._above.resume_writing()

    # -- the side of what is above

    def write(self, data: bytes | bytearray | memoryview) -> None:
        rest = memoryview(data)
        try:
            while rest:  # a record holds 16 KiB
                rest = rest[self._tls.write(rest) :]
        except ssl.SSLError:  # the other side has ended it
            self.abort()
            return
        self._flush()

    def close(self) -> None:
        """Say goodbye, without waiting for theirs, and close."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._flush()
        self._below.close()

    def abort(self) -> None:
        self._closing = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._closing or self._below.is_closing()

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._tls if name == "ssl_object" else self._below.get_extra_info(name, default)

    # -- in between

    def _shake_hands(self) -> None:
        self._waits = False
        if self.is_closing():
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(reason_of(error))
        else:
            self._flush()
            self._deadline.cancel()
            self._doorkeeper.on_handshake(self, there=False)
            self._above = self._make_above()
            self._above.connection_made(self)
            self._read(self._above)

    def _give_up(self) -> None:
        self.abort()
        if self._heard:
            self._doorkeeper.on_tls_failed(self, Reason.TLS_TIMED_OUT)

    def _fail(self, reason: Reason) -> None:
        """OpenSSL has written the alert; who does not speak TLS is told in HTTP."""
        self._closing = True
        if reason is Reason.NO_TLS:
            self._below.write(_BAD_REQUEST % (len(_NO_TLS), _NO_TLS))
        else:
            self._flush()
        self._below.close()
        self._doorkeeper.on_tls_failed(self, reason)

    def _read(self, above: asyncio.Protocol) -> None:
        try:
            while not self.is_closing() and (self._incoming.pending or self._tls.pending()):
                data = self._tls.read(_CHUNK)
                if not data:  # they said goodbye
                    above.eof_received()
                    self.close()
                    return
                above.data_received(data)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:  # what arrived was changed on its way
            self._flush()
            self.abort()
            return
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._below.is_closing():
            self._below.write(self._outgoing.read())
