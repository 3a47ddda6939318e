"""Ports: listen on one, or say in a plain line why not; serve HTTP on it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn


class StartRefused(Exception):
    """Voltaro cannot start; the text is one plain line: what is wrong, what to do."""


def listen(host: str, port: int, flag: str) -> socket.socket:
    """A socket bound to a port, chosen by the system when `port` is 0.

    Raises:
        StartRefused: the port is taken or not ours to use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or the event loop does not know to switch Nagle's delay off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise port_refused(port, flag, error) from error
    return listener


def port_refused(port: int, flag: str, error: OSError) -> StartRefused:
    """What to tell the person who gave `flag`."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StartRefused(f"cannot listen on port {port} ({reason}); choose another with {flag}")


class _HttpServer(uvicorn.Server):
    """Signals are ours to handle."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def http_server(api: object, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI application until the end of the block."""
    config = uvicorn.Config(
        api,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _HttpServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    while not (server.started or task.done()):  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
