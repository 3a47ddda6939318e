"""The configuration of stations as people see it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, cast

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.variables import Attribute, Mutability, is_credential
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
    attribute: str
    key: str
    value: str | None
    mutability: str | None
    persistent: bool | None
    constant: bool | None
    data_type: str | None
    unit: str | None
    min_limit: Decimal | None
    max_limit: Decimal | None
    max_elements: int | None
    values_list: str | None
    supports_monitoring: bool | None
    request_id: int | None
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
    _v.attribute,
    _v.key,
    _v.value,
    _v.mutability,
    _v.persistent,
    _v.constant,
    _v.data_type,
    _v.unit,
    _v.min_limit,
    _v.max_limit,
    _v.max_elements,
    _v.values_list,
    _v.supports_monitoring,
    _v.request_id,
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
    request_id: int | None = None,
    after: str = "",
    limit: int,
) -> list[VariableRow]:
    """By component and name, from the first identity after `after`.

    `name` may be the station's own text; case does not count. `request_id` is that of the report
    that told them last.
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
    if request_id is not None:
        statement = statement.where(_v.request_id == request_id)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [_row(row) for row in rows]


async def find_variables(
    engine: AsyncEngine, station_id: str, *, identities: Iterable[str], keys: Iterable[str]
) -> list[VariableRow]:
    """Those with one of these identities, or the Actual of these texts; case does not count."""
    lower = [key.strip().lower() for key in keys]
    by_key = and_(_v.attribute == Attribute.ACTUAL.value, func.lower(func.trim(_v.key)).in_(lower))
    statement = select(*_COLUMNS).where(
        _v.station_id == station_id, or_(_v.identity.in_(list(identities)), by_key)
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [_row(row) for row in rows]


async def list_write_only(engine: AsyncEngine, station_id: str) -> list[str]:
    """The names, in lower case, of the variables that can only be written."""
    statement = (
        select(func.lower(_v.name))
        .where(_v.station_id == station_id, _v.mutability == Mutability.WRITE_ONLY.value)
        .distinct()
    )
    async with reading(engine) as connection:
        return list((await connection.execute(statement)).scalars())


def _row(row: RowMapping) -> VariableRow:
    """What looks like a secret may have been kept before it was known to."""
    shown = cast("VariableRow", dict(row))
    return shown | {"value": None} if is_credential(row["name"]) else shown
