"""Three WebSocket servers that do nothing but answer, to compare what carries the messages.

    echo.py shell | websockets | picows

prints `ready <port>`. Each CALL is answered with an empty CALLRESULT, in the strongest form that the
server allows: no task per message, no compression agreed on, and a peer that does not read is not read
from either.
"""

import asyncio
import contextlib
import sys

import uvloop

_HOST, _MAX, _BACKLOG = "127.0.0.1", 1 << 20, 4096


def answer(text):
    return f'[3,"{text.split(chr(34), 2)[1]}",{{}}]'


async def shell():
    """`edge.socket`, without anything of the house above it."""
    from voltaro.edge.entrance import Entrance
    from voltaro.edge.listener import listen
    from voltaro.edge.socket import Socket

    class Echo:
        def __init__(self, socket):
            self._socket = socket

        def on_text(self, text):
            self._socket.send(answer(text))
            if not self._socket.is_writable:
                self._socket.pause_reading()

        def on_writable(self):
            self._socket.resume_reading()

        def on_binary(self):
            pass

        def on_traffic(self):
            pass

        def on_closed(self):
            pass

    class Doorkeeper:
        entrance = Entrance()

        def on_request(self, socket, request):
            socket.accept(request, Echo(socket), request.headers["Sec-WebSocket-Protocol"])

        def on_socket(self, socket, *, there):
            pass

    doorkeeper = Doorkeeper()
    return (
        await listen(_HOST, 0, lambda: Socket(doorkeeper, max_size=_MAX), doorkeeper.entrance)
    ).port


async def websockets():
    from websockets.asyncio.server import serve
    from websockets.exceptions import ConnectionClosed

    async def handler(connection):
        with contextlib.suppress(ConnectionClosed):
            async for text in connection:
                await connection.send(answer(text))

    server = await serve(
        handler, _HOST, 0, subprotocols=["ocpp1.6"], compression=None, ping_interval=None,
        max_size=_MAX, backlog=_BACKLOG,
    )  # fmt: skip
    return _port(server)


async def picows():
    from picows import WSListener, WSMsgType, ws_create_server

    class Echo(WSListener):
        def on_ws_connected(self, transport):
            self._transport = transport

        def on_ws_frame(self, transport, frame):
            if frame.msg_type == WSMsgType.TEXT:
                text = frame.get_payload_as_utf8_text()
                transport.send(WSMsgType.TEXT, answer(text).encode())

        def pause_writing(self):
            self._transport.underlying_transport.pause_reading()

        def resume_writing(self):
            self._transport.underlying_transport.resume_reading()

    server = await ws_create_server(
        lambda _request: Echo(), _HOST, 0, backlog=_BACKLOG, max_frame_size=_MAX
    )
    return _port(server)


def _port(server):
    return server.sockets[0].getsockname()[1]


async def main():
    port = await {"shell": shell, "websockets": websockets, "picows": picows}[sys.argv[1]]()
    print(f"ready {port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
