"""FTP for stations that know nothing newer, in clear text: one address, one file, nothing else.

The user and the password of an address are the two parts of its token (RFC 959, 2428, 3659; 1.6
§8.1). `aioftp` does connections, replies and passive mode; which commands there are and what they
do is said here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from pathlib import PurePosixPath
from typing import Any

import aioftp
import structlog

from voltaro.domain.files import Direction, StoredFile, Transfer, safe_name
from voltaro.services.errors import Gone, NoRoom, TooLarge
from voltaro.services.transfers import Transfers
from voltaro.services.transfers_passing import Superseded, WrongOffset
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()

_CONNECTIONS = 32
_IDLE_S = 120.0
#: Without a byte for so long a transfer is cut.
_STALLED_S = 60.0
_CONNECT_S = 15.0
#: How long after the last byte the end of the command connection still means a cut.
_GRACE_S = 0.3
_CHUNK = 64 * 1024
#: No client can send it: a command has no blank.
_HANG_UP = "hang up"
_FEATURES = ("Features:", "EPSV", "PASV", "REST STREAM", "SIZE", "UTF8", "End")

#: What failed, and the reply that says so.
_REPLIES: tuple[tuple[type[Exception], str, str], ...] = (
    (Gone, "550", "this address is of no use any more"),
    (TooLarge, "552", "the file is too large"),
    (NoRoom, "452", "no room for it"),
    (Superseded, "426", "another connection brings this file now"),
    (DatabaseAway, "451", "try again later"),
    (OSError, "426", "the data connection was cut"),
)


class FtpServer(aioftp.Server):
    """Passive mode only. `public_host` is the IPv4 address that PASV tells, where it is another."""

    def __init__(
        self,
        transfers: Transfers,
        *,
        passive_ports: Iterable[int] | None = None,
        public_host: str | None = None,
    ) -> None:
        super().__init__(
            socket_timeout=_STALLED_S,
            idle_timeout=_IDLE_S,
            maximum_connections=_CONNECTIONS,
            data_ports=passive_ports,
            ipv4_pasv_forced_response_address=public_host,
            welcome_message="ready",
        )
        self._transfers = transfers
        # Not one of the commands that list, rename, remove or make something.
        self.commands_mapping = {
            _HANG_UP: self._hang_up,
            "abor": self.abor,
            "allo": self._unneeded,
            "appe": self._appe,
            "cdup": self._cwd,
            "cwd": self._cwd,
            "epsv": self.epsv,
            "feat": self._feat,
            "noop": self._unneeded,
            "opts": self._unneeded,
            "pass": self._pass,
            "pasv": self.pasv,
            "pwd": self._pwd,
            "quit": self._quit,
            "rest": self.rest,
            "retr": self._retr,
            "size": self._size,
            "stor": self._stor,
            "syst": self.syst,
            "type": self.type,
            "user": self._user,
        }

    async def dispatcher(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until `close` cancels it; asyncio would call that an error."""
        with contextlib.suppress(asyncio.CancelledError):
            await super().dispatcher(reader, writer)

    async def parse_command(
        self, stream: aioftp.StreamIO, censor_commands: tuple[str] = ("pass",)
    ) -> tuple[str, str]:
        """The next command; a pause during a transfer is no idleness, and an end no exception."""
        del censor_commands
        while True:
            try:
                line = await stream.readline()
            except TimeoutError:
                if self.connections[stream].extra_workers:
                    continue
                return _HANG_UP, ""
            except (OSError, ValueError):  # reset, or a line without an end
                return _HANG_UP, ""
            if not line:
                return _HANG_UP, ""
            command, _, rest = line.decode(errors="replace").rstrip("\r\n").partition(" ")
            return command.lower(), rest

    async def _hang_up(self, connection: aioftp.Connection, rest: Any) -> bool:
        del connection, rest
        return False

    async def _quit(self, connection: aioftp.Connection, rest: Any) -> bool:
        if connection.extra_workers:
            await asyncio.wait(set(connection.extra_workers))
        return await self.quit(connection, rest)

    async def _user(self, connection: aioftp.Connection, rest: Any) -> bool:
        del connection.logged
        connection.claimed = rest
        connection.response("331", "password, please")
        return True

    async def _pass(self, connection: aioftp.Connection, rest: Any) -> bool:
        if not connection.future.claimed.done():
            connection.response("503", "use USER first")
            return True
        try:
            transfer = await self._transfers.look_up(f"{connection.claimed}{rest}")
            usable = transfer is not None and await self._is_usable(transfer)
        except DatabaseAway:
            connection.response("421", "try again later")
            return False
        if transfer is None and self._transfers.strangers.failed(connection.client_host):
            connection.response("421", "too many failures")
            return False
        if not usable:
            connection.response("530", "there is nothing for you here")
            return False
        connection.transfer = transfer
        connection.logged = True
        connection.response("230", "welcome")
        return True

    async def _is_usable(self, transfer: Transfer) -> bool:
        if transfer.direction is Direction.UPLOAD:
            return self._transfers.is_open(transfer)
        try:
            await self._transfers.offered(transfer)
        except Gone:
            return False
        return True

    async def _unneeded(self, connection: aioftp.Connection, rest: Any) -> bool:
        del rest
        connection.response("200", "")
        return True

    async def _feat(self, connection: aioftp.Connection, rest: Any) -> bool:
        del rest
        connection.response("211", _FEATURES, True)
        return True

    async def _pwd(self, connection: aioftp.Connection, rest: Any) -> bool:
        del rest
        connection.response("257", '"/"')
        return True

    async def _cwd(self, connection: aioftp.Connection, rest: Any) -> bool:
        inside = PurePosixPath("/", rest) == PurePosixPath("/")
        connection.response(*(("250", "") if inside else ("550", "there is nothing else here")))
        return True

    async def _size(self, connection: aioftp.Connection, rest: Any) -> bool:
        if not _logged_in(connection):
            return True
        try:
            connection.response("213", str(await self._size_of(connection, rest)))
        except (Gone, DatabaseAway) as error:
            connection.response(*_reply(error))
        return True

    async def _size_of(self, connection: aioftp.Connection, path: str) -> int:
        transfer = await self._current(connection)
        if transfer.direction is Direction.UPLOAD:
            return self._transfers.passage.have(transfer)
        return (await self._offered(transfer, path)).size

    async def _retr(self, connection: aioftp.Connection, rest: Any) -> bool:
        offset, connection.restart_offset = connection.restart_offset, 0
        return self._start(connection, Direction.DOWNLOAD, self._send(connection, rest, offset))

    async def _stor(self, connection: aioftp.Connection, rest: Any) -> bool:
        offset, connection.restart_offset = connection.restart_offset, 0
        return self._start(connection, Direction.UPLOAD, self._receive(connection, rest, offset))

    async def _appe(self, connection: aioftp.Connection, rest: Any) -> bool:
        connection.restart_offset = 0
        return self._start(connection, Direction.UPLOAD, self._receive(connection, rest, None))

    def _start(self, connection: aioftp.Connection, direction: Direction, work: Any) -> bool:
        if not _logged_in(connection):
            work.close()
        elif connection.transfer.direction is not direction:
            connection.response("550", "this address is for the other direction")
            work.close()
        elif not connection.future.passive_server.done():
            connection.response("503", "use PASV or EPSV first")
            work.close()
        else:
            connection.extra_workers.add(asyncio.create_task(_told(connection, work)))
        return True

    async def _send(self, connection: aioftp.Connection, path: str, start: int) -> str:
        """Returns what to reply."""
        transfer = await self._current(connection)
        file = await self._offered(transfer, path)
        self._transfers.check_start(transfer, start)
        if start > file.size:
            return f"554 the file has {file.size} bytes"
        stream = await _data_stream(connection)
        if stream is None:
            return "425 no data connection from the same host"
        try:
            chunks = self._transfers.passage.send(transfer, file, start, file.size)
            async with aclosing(chunks):
                async for chunk in chunks:
                    await stream.write(chunk)
        finally:
            stream.close()
        return "226 that is all of it"

    async def _receive(self, connection: aioftp.Connection, path: str, offset: int | None) -> str:
        """Returns what to reply."""
        name = _lone_name(path)
        if name is None:
            return "553 a name alone, without a path"
        stream = await _data_stream(connection)
        if stream is None:
            return "425 no data connection from the same host"
        try:
            await self._transfers.passage.receive(
                connection.transfer, _arriving(stream), offset=offset, name=name
            )
        except WrongOffset as error:
            return f"554 {error.have} bytes are here"
        finally:
            stream.close()
        return "226 got it"

    async def _current(self, connection: aioftp.Connection) -> Transfer:
        """What the client logged in for, as it stands now."""
        transfer = await self._transfers.get(connection.transfer.id)
        if transfer is None:
            raise Gone
        return transfer

    async def _offered(self, transfer: Transfer, path: str) -> StoredFile:
        """The file, which is there under its own name only."""
        file = await self._transfers.offered(transfer)
        if PurePosixPath("/", path) != PurePosixPath("/", file.name):
            raise Gone
        return file


def _logged_in(connection: aioftp.Connection) -> bool:
    if connection.future.logged.done():
        return True
    connection.response("530", "not logged in")
    return False


def _lone_name(path: str) -> str | None:
    name = path.removeprefix("/")
    return name if safe_name(name) == name.strip(" .") and "/" not in name else None


async def _data_stream(connection: aioftp.Connection) -> Any:
    """The data connection; None where there is none, or somebody else opened it."""
    connection.response("150", "go ahead")
    try:
        async with asyncio.timeout(_CONNECT_S):
            stream = await asyncio.shield(connection.future.data_connection)
    except TimeoutError:
        return None
    del connection.data_connection
    peer = stream.writer.get_extra_info("peername")
    if peer is None or peer[0] != connection.client_host:
        log.warning("ftp data connection from elsewhere", remote=peer and peer[0])
        stream.close()
        return None
    return stream


async def _arriving(stream: Any) -> AsyncIterator[bytes]:
    while chunk := await stream.read(_CHUNK):
        yield chunk
    # The end of the data connection is the end of the file, and of a station that breaks down as
    # well. Then its command connection ends too, and whoever waits here is cancelled.
    await asyncio.sleep(_GRACE_S)


async def _told(connection: aioftp.Connection, work: Any) -> None:
    try:
        code, _, text = (await work).partition(" ")
        connection.response(code, text)
    except asyncio.CancelledError:
        connection.response("426", "transfer aborted")
        connection.response("226", "abort successful")
    except tuple(kind for kind, _, _ in _REPLIES) as error:
        connection.response(*_reply(error))


def _reply(error: Exception) -> tuple[str, str]:
    return next((code, text) for kind, code, text in _REPLIES if isinstance(error, kind))
