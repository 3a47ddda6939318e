"""The configuration of stations as people see it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import StationVariable
from voltaro.store.reach import reading


class VariableRow(TypedDict):
    identity: str
    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    name: str
    instance: str | None
    key: str
    value: str | None
    mutability: str | None
    is_unknown: bool
    reboot_required: bool
    reported_at: datetime | None
    set_at: datetime | None


_v = StationVariable
_COLUMNS = (
    _v.identity,
    _v.component,
    _v.component_instance,
    _v.evse_id,
    _v.connector_id,
    _v.name,
    _v.instance,
    _v.key,
    _v.value,
    _v.mutability,
    _v.is_unknown,
    _v.reboot_required,
    _v.reported_at,
    _v.set_at,
)


async def list_variables(
    engine: AsyncEngine,
    station_id: str,
    *,
    component: str | None = None,
    name: str | None = None,
    after: str = "",
    limit: int,
) -> list[VariableRow]:
    """By component and name, from the first identity after `after`.

    `name` may be the station's own text; case does not count.
    """
    statement = (
        select(*_COLUMNS)
        .where(_v.station_id == station_id, _v.identity > after)
        .order_by(_v.identity)
        .limit(limit)
    )
    if component is not None:
        statement = statement.where(func.lower(_v.component) == component.lower())
    if name is not None:
        lower = name.lower()
        statement = statement.where(or_(func.lower(_v.name) == lower, func.lower(_v.key) == lower))
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("VariableRow", dict(row)) for row in rows]


async def find_variables(
    engine: AsyncEngine, station_id: str, *, identities: Iterable[str], keys: Iterable[str]
) -> list[VariableRow]:
    """Those with one of these identities, or one of these texts; case does not count."""
    lower = [key.strip().lower() for key in keys]
    statement = select(*_COLUMNS).where(
        _v.station_id == station_id,
        or_(_v.identity.in_(list(identities)), func.lower(func.trim(_v.key)).in_(lower)),
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("VariableRow", dict(row)) for row in rows]
