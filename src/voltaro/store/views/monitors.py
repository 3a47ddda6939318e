"""Monitors of a station's variables as people see them."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Monitor
from voltaro.store.reach import reading


class MonitorRow(TypedDict):
    monitor_id: int
    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    name: str
    instance: str | None
    kind: str | None
    value: Decimal | None
    severity: int
    in_transactions: bool
    origin: str | None
    told_at: datetime


_m = Monitor
_COLUMNS = tuple(getattr(_m, name) for name in MonitorRow.__annotations__)


async def list_monitors(
    engine: AsyncEngine,
    station_id: str,
    *,
    component: str | None = None,
    name: str | None = None,
    after: int | None = None,
    limit: int,
) -> list[MonitorRow]:
    """By number, from the first one after `after`; case does not count in names."""
    statement = (
        select(*_COLUMNS).where(_m.station_id == station_id).order_by(_m.monitor_id).limit(limit)
    )
    if component is not None:
        statement = statement.where(func.lower(_m.component) == component.lower())
    if name is not None:
        statement = statement.where(func.lower(_m.name) == name.lower())
    if after is not None:
        statement = statement.where(_m.monitor_id > after)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("MonitorRow", dict(row)) for row in rows]
