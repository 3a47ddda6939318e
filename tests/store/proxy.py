"""A server between a client and PostgreSQL that loses a connection at the worst moment."""

import asyncio
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit


class Proxy:
    """Passes bytes on until armed; then breaks the connection around what contains a text.

    `before`: it never reaches the server. `after`: its answer never reaches the client.
    """

    def __init__(self, url, upstream):
        self.url = url
        self._upstream = upstream
        self._armed, self._text = None, b""
        self.broken = 0

    def arm(self, when, text):
        self._armed, self._text = when, text

    async def serve(self, reader, writer):
        server_reader, server_writer = await asyncio.open_unix_connection(self._upstream)
        back = asyncio.create_task(self._pass_on(server_reader, writer))
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                when = self._armed if self._text in data else None
                if when is None:
                    server_writer.write(data)
                    continue
                self._armed = None
                self.broken += 1
                if when == "after":
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
                    server_writer.write(data)
                    await server_reader.read(65536)
                break
        back.cancel()
        await asyncio.gather(back, return_exceptions=True)
        for stream in (writer, server_writer):
            stream.transport.abort()

    async def _pass_on(self, reader, writer):
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()


@asynccontextmanager
async def proxied(database_url: str, folder: Path):
    """A proxy in front of a database that is reached over a Unix socket."""
    parts = urlsplit(database_url)
    upstream = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
    query = {**parse_qs(parts.query), "host": [str(folder)]}
    url = f"{database_url.partition('?')[0]}?{urlencode(query, doseq=True)}"
    proxy = Proxy(url, str(upstream))
    server = await asyncio.start_unix_server(proxy.serve, str(folder / ".s.PGSQL.5432"))
    try:
        yield proxy
    finally:
        server.close()
