"""Single-use addresses where stations fetch and bring files (L01, N01)."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from voltaro.domain.files import (
    Address,
    Direction,
    FileKind,
    StoredFile,
    Transfer,
    TransferState,
    address_url,
)
from voltaro.services.errors import Gone, NotFound
from voltaro.services.secrets import Keyring
from voltaro.services.throttle import Limit, Throttle
from voltaro.services.transfers_passing import Listener, Passage
from voltaro.store.files import delete_outdated_files, known_files
from voltaro.store.files_on_disk import Shelf
from voltaro.store.files_transfers import (
    expire_transfers,
    find_transfer,
    find_transfer_by_hash,
    forget_transfers,
    insert_transfer,
    list_begun_uploads,
)
from voltaro.store.fresh_ids import uuid7
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.files import find_file

log = structlog.get_logger()

#: Addresses that do not exist, asked for from one network address.
_STRANGERS = Limit(burst=20, per_s=0.5)
_UPKEEP_S = 300.0
#: The record of a transfer is kept so long after its end.
_REMEMBER = timedelta(days=30)
_USELESS = "this address was used, has expired or was withdrawn"


def _now() -> datetime:
    return datetime.now(UTC)


class Transfers:
    """The addresses; what goes over at them is the business of `passage`.

    `max_bytes` bounds an upload that names no bound of its own; what stations brought is kept for
    `keep_received` (None: for ever). `strangers` counts those who know no address.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        shelf: Shelf,
        keyring: Keyring,
        max_bytes: int,
        keep_received: timedelta | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._keyring = keyring
        self._max_bytes = max_bytes
        self._keep_received = keep_received
        self._clock = clock
        self.passage = Passage(engine=engine, shelf=shelf, clock=clock)
        self.strangers = Throttle(_STRANGERS)

    def on_progress(self, listener: Listener) -> None:
        """Call `listener` every few seconds with a transfer that moves."""
        self.passage.on_progress(listener)

    def on_finished(self, listener: Listener) -> None:
        """Call `listener` once with each transfer that is complete or expired, after the commit.

        A crash in between loses the call, never the record: who must not miss one asks `get`.
        """
        self.passage.on_finished(listener)

    async def offer(
        self,
        file_id: UUID,
        *,
        station_id: str,
        base: str,
        expires_in: timedelta,
        command_id: UUID | None = None,
    ) -> Address:
        """An address where a station can fetch a file. `base` as in `address_url`.

        Raises:
            NotFound: there is no such file, or not all of it.
            DatabaseAway: there is no address.
        """
        file = await find_file(self._engine, file_id)
        if file is None or not file.complete:
            raise NotFound(f"there is no file {str(file_id)!r}")
        now = self._clock()
        transfer = Transfer(
            id=uuid7(),
            direction=Direction.DOWNLOAD,
            kind=file.kind,
            station_id=station_id,
            state=TransferState.OPEN,
            created_at=now,
            expires_at=now + expires_in,
            file_id=file.id,
            command_id=command_id,
            name=file.name,
        )
        return await self._issue(transfer, base, file.name)

    async def expect(
        self,
        *,
        station_id: str,
        kind: FileKind,
        base: str,
        expires_in: timedelta,
        max_bytes: int | None = None,
        command_id: UUID | None = None,
    ) -> Address:
        """An address where a station can bring a file. `base` as in `address_url`.

        Raises:
            DatabaseAway: there is no address.
        """
        now = self._clock()
        transfer = Transfer(
            id=uuid7(),
            direction=Direction.UPLOAD,
            kind=kind,
            station_id=station_id,
            state=TransferState.OPEN,
            created_at=now,
            expires_at=now + expires_in,
            command_id=command_id,
            max_bytes=self._max_bytes if max_bytes is None else max_bytes,
        )
        return await self._issue(transfer, base, "")

    async def get(self, transfer_id: UUID) -> Transfer | None:
        """A transfer as it stands; its record goes thirty days after its end."""
        return await find_transfer(self._engine, transfer_id)

    async def look_up(self, token: str) -> Transfer | None:
        """Whose address this is, whatever became of it; None: nobody's."""
        return await find_transfer_by_hash(self._engine, self._hash(token))

    async def offered(self, transfer: Transfer) -> StoredFile:
        """What a station may fetch, all of it or, where `check_start` says so, only the end.

        Raises:
            Gone: the address has expired, or its file was deleted.
        """
        now = self._clock()
        if transfer.is_open(now) or transfer.gives_its_end(now):
            file = await find_file(self._engine, transfer.file_id) if transfer.file_id else None
            if file is not None and self._shelf.has(file.id):
                return file
        raise Gone(_USELESS)

    def check_start(self, transfer: Transfer, start: int) -> None:
        """Whether it may be fetched from the byte `start` on.

        Raises:
            Gone: the address was used up; who was cut near the end goes on, not from the start.
        """
        if start == 0 and not self.is_open(transfer):
            raise Gone(_USELESS)

    def is_open(self, transfer: Transfer) -> bool:
        """Whether its address still works for everything."""
        return transfer.is_open(self._clock())

    async def prepare(self) -> None:
        """At start: make the folder, remove what a crash left, finish what had arrived.

        Raises:
            OSError: the folder cannot be used.
            DatabaseAway: nothing was removed.
        """
        self._shelf.prepare()
        swept = self._shelf.sweep(await known_files(self._engine))
        if swept.removed:
            log.info("leftover files removed", count=swept.removed)
        if swept.left:
            log.warning("files on disk are unknown to the database", count=swept.left)
        for transfer in await list_begun_uploads(self._engine):
            if transfer.file_id is not None and self._shelf.has(transfer.file_id):
                await self.passage.arrived(transfer)

    async def run(self) -> None:
        """A round of upkeep every few minutes."""
        while True:
            try:
                await self.keep(self._clock())
            except (DatabaseAway, OSError) as error:
                log.warning("upkeep of files failed", kind=type(error).__name__)
            await asyncio.sleep(_UPKEEP_S)

    async def keep(self, now: datetime) -> None:
        """End what has expired, remove what is too old.

        Raises:
            DatabaseAway, OSError: what is left is done in the next round.
        """
        for transfer in await expire_transfers(self._engine, now, self.passage.busy()):
            if transfer.direction is Direction.UPLOAD and transfer.file_id is not None:
                self._shelf.remove(transfer.file_id)
            await self.passage.tell_finished(transfer)
        if self._keep_received is not None:
            for file_id in await delete_outdated_files(self._engine, now - self._keep_received):
                self._shelf.remove(file_id)
        await forget_transfers(self._engine, now - _REMEMBER)

    async def _issue(self, transfer: Transfer, base: str, name: str) -> Address:
        token = secrets.token_hex(20)
        await insert_transfer(self._engine, transfer, self._hash(token))
        log.info(
            "address issued",
            transfer_id=str(transfer.id),
            station_id=transfer.station_id,
            direction=transfer.direction.value,
        )
        return Address(
            transfer_id=transfer.id,
            url=address_url(base, token, name),
            expires_at=transfer.expires_at,
        )

    def _hash(self, token: str) -> bytes:
        return self._keyring.hash(b"transfer:" + token.encode(errors="replace"))
