"""Files on their way to and from stations, found by the hash of their addresses."""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.files import Direction, FileKind, StoredFile, TransferState
from voltaro.domain.files import Transfer as Passing
from voltaro.store.models import File, Transfer
from voltaro.store.reach import reading, writing

_COLUMNS = tuple(getattr(Transfer, field.name) for field in dataclasses.fields(Passing))
_OPEN = Transfer.state == TransferState.OPEN.value


async def insert_transfer(engine: AsyncEngine, transfer: Passing, token_hash: bytes) -> None:
    values = dataclasses.asdict(transfer) | {"token_hash": token_hash}
    async with writing(engine) as connection:
        await connection.execute(insert(Transfer).values(**values))


async def find_transfer(engine: AsyncEngine, transfer_id: UUID) -> Passing | None:
    return await _find(engine, Transfer.id == transfer_id)


async def find_transfer_by_hash(engine: AsyncEngine, token_hash: bytes) -> Passing | None:
    return await _find(engine, Transfer.token_hash == token_hash)


async def list_begun_uploads(engine: AsyncEngine) -> list[Passing]:
    """Open ones of which something has arrived."""
    statement = select(*_COLUMNS).where(
        _OPEN, Transfer.direction == Direction.UPLOAD.value, Transfer.file_id.is_not(None)
    )
    async with reading(engine) as connection:
        return [_transfer(row) for row in (await connection.execute(statement)).mappings()]


async def begin_upload(
    engine: AsyncEngine, transfer_id: UUID, file: StoredFile, *, name: str | None
) -> None:
    """Make the file known that is about to arrive."""
    async with writing(engine) as connection:
        values = dataclasses.asdict(file) | {"kind": file.kind.value}
        await connection.execute(insert(File).values(**values))
        await connection.execute(
            update(Transfer).where(Transfer.id == transfer_id).values(file_id=file.id, name=name)
        )


async def note_bytes(engine: AsyncEngine, transfer: Passing, count: int) -> None:
    """How much of it went over; of an upload it is the size of the incomplete file as well."""
    t = Transfer
    note = update(t).where(t.id == transfer.id, _OPEN)
    async with writing(engine) as connection:
        if transfer.direction is Direction.DOWNLOAD:
            # Several requests may fetch at the same time: the one that got furthest counts.
            await connection.execute(note.values(bytes=func.greatest(t.bytes, count)))
            return
        await connection.execute(note.values(bytes=count))
        arriving = update(File).where(File.id == transfer.file_id, ~File.complete)
        await connection.execute(arriving.values(size=count))


async def drop_upload(engine: AsyncEngine, transfer: Passing) -> None:
    """Nothing of it is there any more; its address may be used again."""
    async with writing(engine) as connection:
        await connection.execute(
            update(Transfer).where(Transfer.id == transfer.id).values(bytes=0, file_id=None)
        )
        await connection.execute(delete(File).where(File.id == transfer.file_id, ~File.complete))


async def finish_transfer(
    engine: AsyncEngine, transfer: Passing, *, size: int, sha256: str, at: datetime
) -> Passing | None:
    """The complete transfer; None when it was no longer open, and nothing was changed."""
    statement = (
        update(Transfer)
        .where(Transfer.id == transfer.id, _OPEN)
        .values(state=TransferState.COMPLETE.value, bytes=size, sha256=sha256, finished_at=at)
        .returning(*_COLUMNS)
    )
    arrived = update(File).where(File.id == transfer.file_id)
    async with writing(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        if row is not None and transfer.direction is Direction.UPLOAD:
            await connection.execute(arrived.values(size=size, sha256=sha256, complete=True))
        return _transfer(row) if row else None


async def expire_transfers(
    engine: AsyncEngine, now: datetime, busy: Collection[UUID]
) -> list[Passing]:
    """Those whose time is over, except the busy ones; of uploads the incomplete files are gone."""
    t = Transfer
    statement = (
        update(t)
        .where(_OPEN, t.expires_at <= now, t.id.not_in(list(busy)))
        .values(state=TransferState.EXPIRED.value, finished_at=now)
        .returning(*_COLUMNS)
    )
    async with writing(engine) as connection:
        rows = [_transfer(row) for row in (await connection.execute(statement)).mappings()]
        begun = [row.file_id for row in rows if row.direction is Direction.UPLOAD and row.file_id]
        if begun:
            await connection.execute(delete(File).where(File.id.in_(begun), ~File.complete))
        return rows


async def forget_transfers(engine: AsyncEngine, before: datetime) -> None:
    """Remove the record of what was finished before then."""
    async with writing(engine) as connection:
        await connection.execute(delete(Transfer).where(Transfer.finished_at < before))


async def _find(engine: AsyncEngine, condition: ColumnElement[bool]) -> Passing | None:
    async with reading(engine) as connection:
        statement = select(*_COLUMNS).where(condition)
        row = (await connection.execute(statement)).mappings().one_or_none()
        return _transfer(row) if row else None


def _transfer(row: Mapping[Any, Any]) -> Passing:
    words = {
        "direction": Direction(row["direction"]),
        "kind": FileKind(row["kind"]),
        "state": TransferState(row["state"]),
    }
    return Passing(**{**row, **words})
