"""Ports that let newcomers in, however much those who are in have to say.

uvloop's own server takes one connection in each round in which it also serves everybody who is
connected. Under saturation that is a few in a second, or none (ADR 0006).
"""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from voltaro.edge.entrance import Entrance

log = structlog.get_logger()

_BACKLOG = 4096
#: So many newcomers are let in during each round of the event loop. A round is the longer, the more those
#: who are in have to say: then fewer come in a second, and nobody has to wait for seconds (ADR 0006).
_AT_ONCE = 16
#: After the system refused, for want of open files.
_PAUSE_S = 0.5

_Opening = asyncio.Task[tuple[asyncio.Transport, asyncio.Protocol]]


class Listener:
    """A port, on each of the addresses that a host stands for."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        factory: Callable[[], asyncio.Protocol],
        entrance: Entrance,
    ) -> None:
        self._sockets = sockets
        self._factory = factory
        self._entrance = entrance
        self._opening: set[_Opening] = set()
        self._accepting = [asyncio.create_task(self._accept(each)) for each in sockets]
        #: The number of the port.
        self.port = int(sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        for task in (*self._accepting, *self._opening):
            task.cancel()
        await asyncio.gather(*self._accepting, *self._opening, return_exceptions=True)
        for each in self._sockets:
            each.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                try:
                    for _ in range(_AT_ONCE):
                        self._open(listening.accept()[0])
                except BlockingIOError:
                    self._open((await loop.sock_accept(listening))[0])
                await asyncio.sleep(0)
                await self._entrance.room()
            except ConnectionAbortedError:
                continue
            except OSError as error:
                log.warning("no station can be let in", reason=error.strerror)
                await asyncio.sleep(_PAUSE_S)

    def _open(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(self._factory, accepted))
        self._opening.add(task)
        task.add_done_callback(partial(self._opened, accepted))

    def _opened(self, accepted: socket.socket, task: _Opening) -> None:
        self._opening.discard(task)
        if task.cancelled() or task.exception() is not None:  # gone already
            accepted.close()


async def listen(
    host: str, port: int, factory: Callable[[], asyncio.Protocol], entrance: Entrance
) -> Listener:
    """Let whoever connects in, as the protocol that `factory` makes; port 0 is any that is free.

    Raises:
        OSError: the port is taken or not ours to use.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sockets.append(_bound(family, kind, protocol, address))
    except OSError:
        for each in sockets:
            each.close()
        raise
    return Listener(sockets, factory, entrance)


def _bound(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let others take the port as well
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(_BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
