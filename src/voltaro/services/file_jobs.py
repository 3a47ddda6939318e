"""Files for commands: an address for each firmware image and log, and the file that came of it."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from voltaro.domain.files import Address, Direction, FileKind, Transfer, TransferState
from voltaro.services.commands import Commands
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.transfers import Transfers

Scheme = Literal["http", "ftp"]

#: An image may be fetched at the weekend, a log is brought at once or with some retries.
_TO_FETCH = timedelta(days=7)
_TO_BRING = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """How stations reach our files. `url` and `ftp_host` win over what a station's socket tells."""

    url: str | None
    http_port: int
    ftp_host: str | None
    ftp_port: int | None

    def base(self, scheme: Scheme, local_host: str) -> str:
        """The prefix of an address for a station that reached us at `local_host`.

        Raises:
            Invalid: FTP is off.
        """
        if scheme == "ftp":
            if self.ftp_port is None:
                raise Invalid("FTP is off; start the server with --ftp-port", "scheme")
            return f"ftp://{self.ftp_host or _bracketed(local_host)}:{self.ftp_port}"
        return self.url or f"http://{_bracketed(local_host)}:{self.http_port}"


class FileJobs:
    """Gives out addresses for commands, and tells commands what arrived."""

    def __init__(self, *, transfers: Transfers, commands: Commands, reachable: Reachable) -> None:
        self._transfers = transfers
        self._commands = commands
        self._reachable = reachable
        #: Where the end of a connection is the end of the file: it may be a cut as well.
        self._by_ftp: set[UUID] = set()
        transfers.on_finished(self._finished)

    async def offer(
        self, station_id: str, file_id: UUID, scheme: Scheme, command_id: UUID
    ) -> Address | None:
        """Where the station can fetch a file; None while it is not connected.

        Raises:
            Invalid: there is no such file, or FTP is off.
            DatabaseAway: there is no address.
        """
        line = self._commands.line(station_id)
        if line is None:
            return None
        try:
            return await self._transfers.offer(
                file_id,
                station_id=station_id,
                base=self._reachable.base(scheme, line.local_host),
                expires_in=_TO_FETCH,
                command_id=command_id,
            )
        except NotFound as error:
            raise Invalid(str(error), "file_id") from error

    async def expect(
        self, station_id: str, kind: FileKind, scheme: Scheme, command_id: UUID
    ) -> Address | None:
        """Where the station can bring a file; None while it is not connected.

        Raises:
            Invalid: FTP is off.
            DatabaseAway: there is no address.
        """
        line = self._commands.line(station_id)
        if line is None:
            return None
        address = await self._transfers.expect(
            station_id=station_id,
            kind=kind,
            base=self._reachable.base(scheme, line.local_host),
            expires_in=_TO_BRING,
            command_id=command_id,
        )
        if scheme == "ftp":
            self._by_ftp.add(address.transfer_id)
        return address

    async def _finished(self, transfer: Transfer) -> None:
        sure = transfer.id not in self._by_ftp
        self._by_ftp.discard(transfer.id)
        brought = transfer.direction is Direction.UPLOAD
        if not brought or transfer.state is not TransferState.COMPLETE:
            return
        if transfer.command_id is None or transfer.file_id is None:
            return
        what = f"{transfer.name or 'the file'} arrived, {transfer.bytes} bytes"
        await self._commands.arrived(transfer.command_id, transfer.file_id, what, sure=sure)


def _bracketed(host: str) -> str:
    """The host as URLs have it; an IPv4 address in IPv6 clothes is shown as what it is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "localhost"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped) if address.ipv4_mapped else f"[{address}]"
    return host
