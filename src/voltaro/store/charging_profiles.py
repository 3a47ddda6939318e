"""Templates of charging profiles, and how profiles are kept: as JSON with every digit."""

from sqlalchemy import ColumnElement, cast, delete, func, literal, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.smart_charging import ProfileTemplate
from voltaro.store.audit import write_audit
from voltaro.store.models import ChargingProfileTemplate
from voltaro.store.reach import writing
from voltaro.store.views.charging_profiles import TemplateRow, encode, read_template

_Row = ChargingProfileTemplate


async def insert_template(
    engine: AsyncEngine, name: str, template: ProfileTemplate, audit: AuditRecorded
) -> TemplateRow | None:
    """The new template, or None when there is one of this name already."""
    statement = (
        insert(_Row)
        .values(name=name, profile=_json(template))
        .on_conflict_do_nothing()
        .returning(_Row.name)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_template(connection, name)


async def update_template(
    engine: AsyncEngine, name: str, template: ProfileTemplate, revision: int, audit: AuditRecorded
) -> TemplateRow | None:
    """The changed template; None when it no longer is at `revision`."""
    statement = (
        update(_Row)
        .where(_Row.name == name, _Row.revision == revision)
        .values(profile=_json(template), revision=revision + 1, updated_at=func.now())
        .returning(_Row.name)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_template(connection, name)


async def delete_template(
    engine: AsyncEngine, name: str, revision: int, audit: AuditRecorded
) -> bool:
    """Whether it was there at `revision`."""
    statement = (
        delete(_Row).where(_Row.name == name, _Row.revision == revision).returning(_Row.name)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True


def _json(template: ProfileTemplate) -> ColumnElement[object]:
    """As text, since the driver's own JSON would turn decimals into floats."""
    return cast(literal(encode(template)), JSONB)
