"""Events of a station's device model as people see them."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import MonitoringEvent
from voltaro.store.reach import reading


class MonitoringEventRow(TypedDict):
    id: int
    event_id: int
    cause: int | None
    at: datetime
    clock_trusted: bool
    received_at: datetime
    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    name: str
    instance: str | None
    value: str | None
    trigger: str | None
    origin: str | None
    cleared: bool
    tech_code: str | None
    tech_info: str | None
    monitor_id: int | None
    severity: int | None
    station_ref: str | None


_e = MonitoringEvent
_COLUMNS = tuple(getattr(_e, name) for name in MonitoringEventRow.__annotations__)


async def list_monitoring_events(
    engine: AsyncEngine,
    station_id: str,
    *,
    component: str | None = None,
    name: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[MonitoringEventRow]:
    """In the order of their arrival, the latest first; case does not count in names."""
    statement = (
        select(*_COLUMNS).where(_e.station_id == station_id).order_by(_e.id.desc()).limit(limit)
    )
    if component is not None:
        statement = statement.where(func.lower(_e.component) == component.lower())
    if name is not None:
        statement = statement.where(func.lower(_e.name) == name.lower())
    if before is not None:
        statement = statement.where(_e.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("MonitoringEventRow", dict(row)) for row in rows]
