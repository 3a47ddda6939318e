"""What is known of files; their content is on disk."""

import dataclasses
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.files import StoredFile, TransferState
from voltaro.store.audit import write_audit
from voltaro.store.models import File, Transfer
from voltaro.store.reach import reading, writing


async def insert_file(engine: AsyncEngine, file: StoredFile, audit: AuditRecorded) -> None:
    """Make a file known whose content is complete."""
    async with writing(engine) as connection:
        values = dataclasses.asdict(file) | {"kind": file.kind.value}
        await connection.execute(insert(File).values(**values))
        await write_audit(connection, audit)


async def delete_file(
    engine: AsyncEngine, file_id: UUID, audit: AuditRecorded, *, at: datetime
) -> bool:
    """Whether it was known; addresses that lead to it are withdrawn."""
    t = Transfer
    withdraw = (
        update(t)
        .where(t.file_id == file_id, t.state == TransferState.OPEN.value)
        .values(state=TransferState.WITHDRAWN.value, finished_at=at)
    )
    forget = delete(File).where(File.id == file_id).returning(File.id)
    async with writing(engine) as connection:
        await connection.execute(withdraw)
        if (await connection.execute(forget)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True


async def delete_outdated_files(engine: AsyncEngine, before: datetime) -> list[UUID]:
    """Forget what stations brought before then, except what is on its way to a station."""
    t = Transfer
    wanted = exists().where(t.file_id == File.id, t.state == TransferState.OPEN.value)
    statement = (
        delete(File)
        .where(File.station_id.is_not(None), File.complete, File.created_at < before, ~wanted)
        .returning(File.id)
    )
    async with writing(engine) as connection:
        return list((await connection.execute(statement)).scalars())


async def known_files(engine: AsyncEngine) -> dict[UUID, bool]:
    """All of them, and whether each is complete."""
    async with reading(engine) as connection:
        rows = await connection.execute(select(File.id, File.complete))
        return {row.id: row.complete for row in rows}
