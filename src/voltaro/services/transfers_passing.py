"""The bytes of a file as they pass to or from a station, cut and resumed as its network has it."""

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from voltaro.domain.files import StoredFile, Transfer, TransferState, safe_name
from voltaro.domain.values import changed
from voltaro.services.errors import Gone, NoRoom, TooLarge
from voltaro.services.turns import Turns
from voltaro.store.files_on_disk import DiskFull, Part, Shelf, to_its_end
from voltaro.store.files_transfers import (
    begin_upload,
    drop_upload,
    find_transfer,
    finish_transfer,
    note_bytes,
)
from voltaro.store.fresh_ids import uuid7
from voltaro.store.reach import DatabaseAway, Engine

log = structlog.get_logger()

Listener = Callable[[Transfer], Awaitable[None]]

#: Progress is written and told this often.
_NOTE_EVERY_S = 3.0


class WrongOffset(Exception):
    """A piece does not continue what is there: `have` bytes."""

    def __init__(self, have: int) -> None:
        super().__init__(have)
        self.have = have


class WrongLength(Exception):
    """A piece is not as long as it said."""


class Superseded(Exception):
    """The station has begun anew on another connection."""


class Passage:
    """What passes, and who wants to hear of it.

    Of several requests that bring the same file the newest wins, as with connections of a station:
    the older socket may be dead without anybody knowing.
    """

    def __init__(self, *, engine: Engine, shelf: Shelf, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._turns = Turns()
        #: The newest request about each transfer that something is being done with.
        self._newest: dict[UUID, object] = {}
        self._on_progress: list[Listener] = []
        self._on_finished: list[Listener] = []

    def on_progress(self, listener: Listener) -> None:
        """Call `listener` every few seconds with a transfer that moves."""
        self._on_progress.append(listener)

    def on_finished(self, listener: Listener) -> None:
        """Call `listener` once with each transfer that is complete or expired, after the commit."""
        self._on_finished.append(listener)

    def busy(self) -> Sequence[UUID]:
        """Transfers that somebody is at."""
        return tuple(self._newest)

    def have(self, transfer: Transfer) -> int:
        """How many bytes of an upload are there, by the file itself."""
        if transfer.state is TransferState.COMPLETE:
            return transfer.bytes
        return self._shelf.part_size(transfer.file_id) if transfer.file_id else 0

    async def receive(
        self,
        transfer: Transfer,
        chunks: AsyncIterator[bytes],
        *,
        offset: int | None = 0,
        length: int | None = None,
        announced: int | None = None,
        final: bool = True,
        name: str | None = None,
    ) -> Transfer:
        """Take a piece of a file, from `offset` on: 0 begins anew, None goes on where it was cut.

        `length` is the piece's, `announced` the whole file's, in bytes, where they are known.
        `final`: with this piece it is complete. What arrived before an error stays for the
        station to resume, except after TooLarge and NoRoom.

        Raises:
            Gone, WrongOffset, WrongLength, Superseded, TooLarge, NoRoom: see there.
            DatabaseAway: what arrived stays.
        """
        with self._as_newest(transfer.id) as mine:
            async with contextlib.AsyncExitStack() as stack:
                async with self._turns.take(str(transfer.id)):
                    transfer, file_id = await self._begun(transfer.id, name)
                    have = self._shelf.part_size(file_id)
                    if offset not in {None, 0, have}:
                        raise WrongOffset(have)
                    if announced is not None:
                        await self._check_size(transfer, announced)
                    start = have if offset is None else offset
                    part = await stack.enter_async_context(self._shelf.arriving(file_id, start))
                try:
                    await self._append_all(transfer, part, chunks, mine)
                except Superseded:
                    raise  # the newer request tells how much is there
                except BaseException:
                    await self._note(transfer, part.end)
                    raise
            if length is not None and part.end - start != length:
                await self._note(transfer, part.end)
                raise WrongLength
            if not final:
                await self._note(transfer, part.end)
                return changed(transfer, bytes=part.end)
            async with self._turns.take(str(transfer.id)):
                self._check_newest(transfer, mine)
                return await to_its_end(self.arrived(transfer))

    async def send(
        self, transfer: Transfer, file: StoredFile, start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to before `stop`, to be handed over one chunk after the other.

        With the last byte that was missing the address is used up; `gives_its_end` is for those
        who were cut when it was on its way already. Close it when the station has gone.
        """
        with self._as_newest(transfer.id):
            pieces = self._shelf.read(file.id, start, stop)
            covered = transfer.bytes
            done = await self._fetched(transfer, file) if file.size == 0 else None
            noted = time.monotonic()
            try:
                async for chunk in pieces:
                    after = start + len(chunk)
                    if start <= covered:
                        # Counted before they leave: a cut in the middle of a chunk is resumed
                        # there, and the last ones must not open the address a second time.
                        covered = max(covered, after)
                        if done is None and after == file.size:
                            done = await to_its_end(self._fetched(transfer, file))
                    yield chunk
                    start = after
                    if time.monotonic() - noted > _NOTE_EVERY_S:
                        noted = time.monotonic()
                        await self._note(transfer, covered)
            finally:
                await pieces.aclose()
                if done is not None:
                    await self.tell_finished(done)
                elif transfer.state is TransferState.OPEN:
                    await self._note(transfer, covered)

    async def arrived(self, transfer: Transfer) -> Transfer:
        """Make an upload complete of which the last byte is there.

        Raises:
            Gone: it is not wanted any more.
            DatabaseAway: the bytes stay.
        """
        assert transfer.file_id is not None
        try:
            size, sha256 = await self._shelf.seal(transfer.file_id)
        except FileNotFoundError:
            raise Gone("the file was deleted while it arrived") from None
        done = await self._finish(transfer, size, sha256)
        if done is None:
            self._shelf.remove(transfer.file_id)
            raise Gone("the file was deleted while it arrived")
        await self.tell_finished(done)
        return done

    async def tell_finished(self, transfer: Transfer) -> None:
        log.info(
            "transfer finished",
            transfer_id=str(transfer.id),
            station_id=transfer.station_id,
            direction=transfer.direction.value,
            state=transfer.state.value,
            bytes=transfer.bytes,
        )
        await _tell(self._on_finished, transfer)

    async def _begun(self, transfer_id: UUID, name: str | None) -> tuple[Transfer, UUID]:
        """The transfer as it stands now, and the file that is arriving by it."""
        transfer = await find_transfer(self._engine, transfer_id)
        if transfer is None or not transfer.is_open(self._clock()):
            raise Gone("this address was used, has expired or was withdrawn")
        if transfer.file_id is not None:
            return transfer, transfer.file_id
        name = safe_name(name) if name is not None else None
        file = StoredFile(
            id=uuid7(),
            name=name or safe_name(f"{transfer.kind}-{transfer.station_id}") or transfer.kind,
            kind=transfer.kind,
            size=0,
            sha256=None,
            created_at=self._clock(),
            brought_by=transfer.station_id,
            station_id=transfer.station_id,
            complete=False,
        )
        await begin_upload(self._engine, transfer_id, file, name=name)
        return changed(transfer, file_id=file.id, name=name), file.id

    async def _append_all(
        self, transfer: Transfer, part: Part, chunks: AsyncIterator[bytes], mine: object
    ) -> None:
        noted = time.monotonic()
        async for chunk in chunks:
            async with self._turns.take(str(transfer.id)):
                self._check_newest(transfer, mine)
                try:
                    await self._check_size(transfer, part.end + len(chunk))
                    await self._shelf.append(part, chunk)
                except TooLarge:
                    part.end = 0
                    raise
                except DiskFull as error:
                    # A part that waits for its rest would keep the disk full.
                    await self._drop(transfer)
                    part.end = 0
                    raise NoRoom("the disk has no room for it") from error
            if time.monotonic() - noted > _NOTE_EVERY_S:
                noted = time.monotonic()
                await self._note(transfer, part.end)

    async def _check_size(self, transfer: Transfer, size: int) -> None:
        if transfer.max_bytes is not None and size > transfer.max_bytes:
            await self._drop(transfer)
            raise TooLarge(f"at most {transfer.max_bytes} bytes are taken here")

    async def _drop(self, transfer: Transfer) -> None:
        assert transfer.file_id is not None
        self._shelf.remove(transfer.file_id)
        await drop_upload(self._engine, transfer)

    async def _fetched(self, transfer: Transfer, file: StoredFile) -> Transfer | None:
        assert file.sha256 is not None
        return await self._finish(transfer, file.size, file.sha256)

    async def _finish(self, transfer: Transfer, size: int, sha256: str) -> Transfer | None:
        at = self._clock()
        return await finish_transfer(self._engine, transfer, size=size, sha256=sha256, at=at)

    async def _note(self, transfer: Transfer, count: int) -> None:
        """Write and tell how far it is; the file itself knows as well."""
        with contextlib.suppress(DatabaseAway):
            await to_its_end(note_bytes(self._engine, transfer, count))
        await _tell(self._on_progress, changed(transfer, bytes=count))

    def _check_newest(self, transfer: Transfer, mine: object) -> None:
        if self._newest.get(transfer.id) is not mine:
            raise Superseded

    @contextlib.contextmanager
    def _as_newest(self, transfer_id: UUID) -> Iterator[object]:
        mine = self._newest[transfer_id] = object()
        try:
            yield mine
        finally:
            if self._newest.get(transfer_id) is mine:
                del self._newest[transfer_id]


async def _tell(listeners: Sequence[Listener], transfer: Transfer) -> None:
    for listener in listeners:
        try:
            await listener(transfer)
        except Exception:
            # The file is there all the same; the station must not be told otherwise.
            log.exception("transfer listener failed", transfer_id=str(transfer.id))
