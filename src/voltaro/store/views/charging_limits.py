"""Limits of others as people see them."""

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.charging_limits import ChargingLimit
from voltaro.domain.smart_charging import ChargingSchedule
from voltaro.store.models import ExternalLimit
from voltaro.store.reach import reading
from voltaro.store.views.charging_profiles import place_in


async def list_limits(engine: AsyncEngine, station_id: str) -> list[ChargingLimit]:
    """By place and source; those of the whole station come first."""
    e = ExternalLimit
    statement = (
        select(
            e.evse_id,
            e.limit_source,
            e.grid_critical,
            e.local_generation,
            cast(e.schedules, Text).label("schedules"),
            e.reported_at,
        )
        .where(e.station_id == station_id)
        .order_by(e.evse_id, e.limit_source)
    )
    async with reading(engine) as connection:
        return [
            ChargingLimit(
                where=place_in(row["evse_id"]),
                limit_source=row["limit_source"],
                grid_critical=row["grid_critical"],
                local_generation=row["local_generation"],
                schedules=msgspec.json.decode(row["schedules"], type=tuple[ChargingSchedule, ...]),
                at=row["reported_at"],
            )
            for row in (await connection.execute(statement)).mappings()
        ]
