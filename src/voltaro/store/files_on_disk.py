"""The content of files: one folder, read and written by nobody but us.

A file that is arriving is called ``<id>.part``; when it is complete and durable it is ``<id>``.
"""

import asyncio
import errno
import functools
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")

_PART = ".part"
#: So much is read at a time.
_CHUNK = 256 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskFull(Exception):
    """There is no room for it; what is there of it already stays until it is removed."""


@dataclass(slots=True)
class Part:
    """A file that is arriving. `end` is the number of bytes it has."""

    fd: int
    end: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What was found at start: how many leftovers were removed, and strangers left alone."""

    removed: int
    left: int


class Shelf:
    """The folder. On its disk `reserve_bytes` are left to others, such as the database."""

    def __init__(self, folder: Path, *, reserve_bytes: int = 0) -> None:
        self._folder = folder
        self.reserve_bytes = reserve_bytes

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            OSError: it cannot be made, or belongs to somebody else.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def part_size(self, file_id: UUID) -> int:
        """How much of it has arrived, in bytes."""
        try:
            return self._part(file_id).stat().st_size
        except FileNotFoundError:
            return 0

    def has(self, file_id: UUID) -> bool:
        """Whether all of it is there."""
        return self._whole(file_id).exists()

    @asynccontextmanager
    async def arriving(self, file_id: UUID, end: int) -> AsyncIterator[Part]:
        """The part of a file, cut to its first `end` bytes, for `append` within the block."""
        part = await _steadily(lambda: self._open_part(file_id, end))
        try:
            yield part
        finally:
            os.close(part.fd)

    async def append(self, part: Part, chunk: bytes) -> None:
        """Write at the end.

        Raises:
            DiskFull: at most some of it was written; `part.end` tells.
        """
        await _steadily(lambda: self._append(part, chunk))

    async def seal(self, file_id: UUID) -> tuple[int, str]:
        """The part is the whole: make it durable; its size and its SHA-256 in hex.

        Harmless when that was done before.

        Raises:
            FileNotFoundError: it was removed meanwhile.
        """
        return await _steadily(lambda: self._seal(file_id))

    async def read(self, file_id: UUID, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to before `stop`.

        Raises:
            FileNotFoundError: it was removed.
        """
        fd = await _steadily(lambda: os.open(self._whole(file_id), os.O_RDONLY))
        try:
            while start < stop:
                count = min(_CHUNK, stop - start)
                chunk = await _steadily(functools.partial(os.pread, fd, count, start))
                if not chunk:
                    raise FileNotFoundError(errno.ENOENT, "the file is shorter than it was")
                yield chunk
                start += len(chunk)
        finally:
            os.close(fd)

    def remove(self, file_id: UUID) -> None:
        """Remove what there is of it, if anything."""
        self._part(file_id).unlink(missing_ok=True)
        self._whole(file_id).unlink(missing_ok=True)

    def sweep(self, known: Mapping[UUID, bool]) -> Swept:
        """Remove what a crash left of files that are not `known`; True means complete.

        Where nothing at all is known the database may be the wrong one: whole files stay then.
        """
        removed = left = 0
        for path in self._folder.iterdir():
            try:
                file_id = UUID(path.name.removesuffix(_PART))
            except ValueError:
                continue
            if path.suffix == _PART:
                is_leftover = known.get(file_id, True)
            else:
                is_leftover = file_id not in known
                if is_leftover and not known:
                    left += 1
                    continue
            if is_leftover:
                path.unlink()
                removed += 1
        return Swept(removed, left)

    def _whole(self, file_id: UUID) -> Path:
        return self._folder / str(file_id)

    def _part(self, file_id: UUID) -> Path:
        return self._folder / f"{file_id}{_PART}"

    def _open_part(self, file_id: UUID, end: int) -> Part:
        fd = os.open(self._part(file_id), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(fd, end)
        return Part(fd, end)

    def _append(self, part: Part, chunk: bytes) -> None:
        free = shutil.disk_usage(self._folder).free
        if free - len(chunk) < self.reserve_bytes:
            raise DiskFull
        rest = memoryview(chunk)
        while rest:
            try:
                written = os.pwrite(part.fd, rest, part.end)
            except OSError as error:
                if error.errno in _FULL:
                    raise DiskFull from error
                raise
            part.end += written
            rest = rest[written:]

    def _seal(self, file_id: UUID) -> tuple[int, str]:
        part, whole = self._part(file_id), self._whole(file_id)
        if part.exists() or not whole.exists():
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.rename(whole)
            self._sync_folder()
        with whole.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return file.tell(), digest.hexdigest()

    def _sync_folder(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


async def to_its_end(work: Awaitable[T]) -> T:
    """Its result; also who is cancelled waits for its end, so that nothing is half done."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _steadily(work: Callable[[], T]) -> T:
    """In a thread, which nobody writes after."""
    return await to_its_end(asyncio.to_thread(work))
