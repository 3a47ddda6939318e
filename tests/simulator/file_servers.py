"""An HTTP and an FTP server by hand that can cut a transfer and let it go on later."""

import asyncio
import contextlib
import ssl
import tempfile


class Files:
    """`cuts`: after so many bytes of its content each of the next transfers breaks off.

    `tls`: a certificate and its key, both PEM.
    """

    def __init__(self, tls=None):
        self.tls = None if tls is None else _context(*tls)
        self.content = {}
        self.asked = []
        self.cuts = []
        self.refuse_with = None
        self.writers = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()
        for writer in self.writers:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _connected(self, reader, writer):
        self.writers.append(writer)
        try:
            await self.serves(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def next_cut(self):
        return self.cuts.pop(0) if self.cuts else None

    async def takes(self, reader, name, size, cut):
        """Add what is uploaded; whether all of it came. `size`: None until the end."""
        kept = self.content[name]
        left = size if cut is None else cut
        while left is None or left > 0:
            chunk = await reader.read(65536 if left is None else min(left, 65536))
            if not chunk:
                break
            kept += chunk
            left = None if left is None else left - len(chunk)
        return cut is None


class HttpFiles(Files):
    """One request a connection."""

    def url(self, path):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"

    async def serves(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split()
        headers = {key.lower(): value.strip() for key, value in (x.split(":", 1) for x in lines)}
        self.asked.append((method, path, headers))
        if self.refuse_with is not None:
            await self._answers(writer, f"{self.refuse_with} Refused", {}, b"")
        elif method == "GET":
            await self._gives(writer, path, headers)
        elif method == "HEAD":
            arrived = len(self.content.get(path, b""))
            await self._answers(writer, "200 OK", {"Upload-Offset": str(arrived)}, b"")
        else:
            await self._stores(reader, writer, path, headers)

    async def _gives(self, writer, path, headers):
        whole = self.content.get(path)
        if whole is None:
            return await self._answers(writer, "404 Not Found", {}, b"")
        start = int(headers["range"].removeprefix("bytes=")[:-1]) if "range" in headers else 0
        more = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"} if start else {}
        status = "206 Partial Content" if start else "200 OK"
        return await self._answers(writer, status, more, whole[start:], cut=self.next_cut())

    async def _stores(self, reader, writer, path, headers):
        if "content-range" not in headers:
            self.content[path] = bytearray()
        else:
            start = int(headers["content-range"].removeprefix("bytes ").split("-")[0])
            assert start == len(self.content[path])
        if await self.takes(reader, path, int(headers["content-length"]), self.next_cut()):
            await self._answers(writer, "201 Created", {}, b"")

    async def _answers(self, writer, status, headers, body, cut=None):
        told = {"Content-Length": len(body), "Connection": "close", **headers}
        lines = "".join(f"{key}: {value}\r\n" for key, value in told.items())
        writer.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + bytes(body[:cut]))
        await writer.drain()


class FtpFiles(Files):
    """As much of FTP as transfers with REST need."""

    def url(self, path, login="me:secret@"):
        return f"ftp://{login}127.0.0.1:{self.port}{path}"

    async def serves(self, reader, writer):
        async def says(text):
            writer.write(f"{text}\r\n".encode())
            await writer.drain()

        await says("220 here")
        offset, data = 0, None
        while line := (await reader.readline()).decode().strip():
            command, _, argument = line.partition(" ")
            self.asked.append((command, argument))
            match command:
                case "USER":
                    await says("331 password")
                case "PASS":
                    await says("230 in" if argument == "secret" else "530 no")
                case "TYPE":
                    await says("200 so be it")
                case "SIZE":
                    found = self.content.get(argument)
                    await says("550 none" if found is None else f"213 {len(found)}")
                case "REST":
                    offset = int(argument)
                    await says("350 from there")
                case "PASV":
                    data, port = await self._opens()
                    await says(f"227 at (127,0,0,1,{port // 256},{port % 256})")
                case "RETR" | "STOR" if command == "STOR" or argument in self.content:
                    await says("150 goes")
                    if not await self._transfers(command, argument, offset, await data):
                        return
                    offset = 0
                    await says("226 done")
                case "QUIT":
                    await says("221 bye")
                case _:
                    await says("550 no")

    async def _opens(self):
        arrived = asyncio.get_running_loop().create_future()

        async def connected(reader, writer):
            self.writers.append(writer)
            arrived.set_result((reader, writer))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        arrived.add_done_callback(lambda _: server.close())
        return arrived, server.sockets[0].getsockname()[1]

    async def _transfers(self, command, name, offset, streams):
        reader, writer = streams
        cut = self.next_cut()
        try:
            if command == "RETR":
                whole = self.content[name][offset:]
                writer.write(bytes(whole[:cut]))
                await writer.drain()
                return cut is None
            if offset == 0:
                self.content[name] = bytearray()
            assert offset == len(self.content[name])
            return await self.takes(reader, name, None, cut)
        finally:
            writer.close()


def _context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as both:
        both.write(key + certificate)
        both.flush()
        context.load_cert_chain(both.name)
    return context
