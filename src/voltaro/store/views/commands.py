"""Commands, as operators look at them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.command_record import CommandRecord
from voltaro.store.command_rows import read_record
from voltaro.store.models import Command
from voltaro.store.reach import reading


async def find_command(engine: AsyncEngine, command_id: UUID) -> CommandRecord | None:
    statement = select(Command.record).where(Command.id == command_id)
    async with reading(engine) as connection:
        stored = (await connection.execute(statement)).scalar()
        return read_record(stored) if stored is not None else None


async def list_open_commands(engine: AsyncEngine) -> list[CommandRecord]:
    """All that are not over, oldest first."""
    statement = select(Command.record).where(Command.is_open).order_by(Command.id)
    async with reading(engine) as connection:
        return [read_record(each) for each in (await connection.execute(statement)).scalars()]


async def list_commands(
    engine: AsyncEngine,
    *,
    station_id: str | None = None,
    name: str | None = None,
    state: str | None = None,
    is_open: bool | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[CommandRecord]:
    """Newest first, from the first one older than `before`."""
    statement = select(Command.record).order_by(Command.id.desc()).limit(limit)
    given = (
        (Command.station_id, station_id),
        (Command.name, name),
        (Command.state, state),
        (Command.is_open, is_open),
    )
    statement = statement.where(*(column == value for column, value in given if value is not None))
    if before is not None:
        statement = statement.where(Command.id < before)
    async with reading(engine) as connection:
        return [read_record(each) for each in (await connection.execute(statement)).scalars()]
