"""Files as operators see them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.files import FileKind, StoredFile
from voltaro.store.models import File
from voltaro.store.reach import reading

_COLUMNS = (
    File.id,
    File.name,
    File.kind,
    File.size,
    File.sha256,
    File.created_at,
    File.brought_by,
    File.station_id,
    File.complete,
)


async def find_file(engine: AsyncEngine, file_id: UUID) -> StoredFile | None:
    async with reading(engine) as connection:
        statement = select(*_COLUMNS).where(File.id == file_id)
        row = (await connection.execute(statement)).mappings().one_or_none()
        return _file(row) if row else None


async def list_files(
    engine: AsyncEngine,
    *,
    kind: FileKind | None = None,
    station_id: str | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[StoredFile]:
    """Newest first, from the first one older than `before`."""
    statement = select(*_COLUMNS).order_by(File.id.desc()).limit(limit)
    if kind is not None:
        statement = statement.where(File.kind == kind.value)
    if station_id is not None:
        statement = statement.where(File.station_id == station_id)
    if before is not None:
        statement = statement.where(File.id < before)
    async with reading(engine) as connection:
        return [_file(row) for row in (await connection.execute(statement)).mappings()]


def _file(row: Mapping[Any, Any]) -> StoredFile:
    return StoredFile(**{**row, "kind": FileKind(row["kind"])})
