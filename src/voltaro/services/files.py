"""Files that operators bring, fetch and delete."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.files import FileKind, StoredFile, safe_name
from voltaro.services.errors import Invalid, NoRoom, NotFound, TooLarge
from voltaro.store.files import delete_file, insert_file
from voltaro.store.files_on_disk import DiskFull, Shelf
from voltaro.store.fresh_ids import uuid7
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.files import find_file

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class Files:
    """`max_bytes` bounds what one file may have."""

    def __init__(
        self,
        *,
        engine: Engine,
        shelf: Shelf,
        max_bytes: int,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self.max_bytes = max_bytes

    async def add(
        self,
        chunks: AsyncIterator[bytes],
        *,
        name: str,
        kind: FileKind,
        announced: int | None = None,
        by: Author,
    ) -> StoredFile:
        """Keep a new file: all of it, or nothing. `announced` is its size, where that is known.

        Raises:
            Invalid: it cannot have this name.
            TooLarge, NoRoom: nothing of it was kept.
            DatabaseAway: it may or may not be known; its content is kept in the former case.
        """
        if (shown := safe_name(name)) is None:
            raise Invalid("a file needs a name that can be printed")
        if announced is not None and announced > self.max_bytes:
            raise self._too_large()
        file_id, known = uuid7(), False
        try:
            await self._pour(chunks, file_id)
            size, sha256 = await self._shelf.seal(file_id)
            file = StoredFile(
                id=file_id,
                name=shown,
                kind=kind,
                size=size,
                sha256=sha256,
                created_at=self._clock(),
                brought_by=by.name,
                station_id=None,
                complete=True,
            )
            try:
                await insert_file(self._engine, file, _audit(by, "file.created", after=file))
            except DatabaseAway:
                known = True  # perhaps: if not, the sweep at the next start removes it
                raise
            known = True
        finally:
            if not known:
                self._shelf.remove(file_id)
        log.info("file added", file_id=str(file.id), kind=kind.value, bytes=size)
        return file

    def has(self, file: StoredFile) -> bool:
        """Whether all of its content is there."""
        return file.complete and self._shelf.has(file.id)

    def read(self, file: StoredFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to before `stop`."""
        return self._shelf.read(file.id, start, stop)

    async def delete(self, file_id: UUID, *, by: Author) -> None:
        """Remove a file; addresses that lead to it stop working at once.

        Raises:
            NotFound: there is none.
            DatabaseAway: it may or may not have been removed.
        """
        now = self._clock()
        file = await find_file(self._engine, file_id)
        if file is None or not await delete_file(
            self._engine, file_id, _audit(by, "file.deleted", before=file), at=now
        ):
            raise NotFound(f"there is no file {str(file_id)!r}")
        self._shelf.remove(file_id)
        log.info("file deleted", file_id=str(file_id))

    async def _pour(self, chunks: AsyncIterator[bytes], file_id: UUID) -> None:
        async with self._shelf.arriving(file_id, 0) as part:
            async for chunk in chunks:
                if part.end + len(chunk) > self.max_bytes:
                    raise self._too_large()
                try:
                    await self._shelf.append(part, chunk)
                except DiskFull as error:
                    raise NoRoom("the disk has no room for it") from error

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a file has at most {self.max_bytes} bytes")


def _audit(
    by: Author, action: str, *, before: StoredFile | None = None, after: StoredFile | None = None
) -> AuditRecorded:
    file = after or before
    assert file is not None
    return AuditRecorded(
        author=by,
        action=action,
        target_kind="file",
        target=str(file.id),
        before=_shown(before) if before is not None else None,
        after=_shown(after) if after is not None else None,
        at=datetime.now(UTC),
    )


def _shown(file: StoredFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": file.kind.value,
        "size": file.size,
        "sha256": file.sha256,
        "station_id": file.station_id,
    }
