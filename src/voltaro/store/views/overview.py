"""Figures of the fleet: power by time, energy by day, how many sessions began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, DateTime, Select, distinct, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.authorization import AuthorizationStatus
from voltaro.store.models import Connector, FleetPower, TokenRefusal, Transaction
from voltaro.store.reach import reading

#: Steps are counted from here, at midnight UTC.
_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
#: Zones are whole quarters of an hour apart.
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRows:
    """`power_w` by the beginning of its step; `days` in the order of the bounds that were given.

    `sessions` are means of open ones by quarter of an hour.
    """

    power_w: dict[datetime, int]
    days: list[tuple[int, int]]
    accepted: int
    refused: int
    sessions: list[tuple[datetime, float]]
    connectors: int


async def read_overview(
    engine: AsyncEngine,
    *,
    power_since: datetime,
    step: timedelta,
    days: Sequence[datetime],
    starts_since: datetime,
    weeks_since: datetime,
) -> OverviewRows:
    """Power since a time by steps, energy between the bounds of `days`, starts and use since."""
    async with reading(engine) as connection:

        async def rows(statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
            return (await connection.execute(statement)).all()

        by_day = {row.day: row for row in await rows(_days(days))}
        return OverviewRows(
            power_w={at: round(power_w) for at, power_w in await rows(_power(power_since, step))},
            days=[
                (int(by_day[day].energy_wh), by_day[day].sessions) if day in by_day else (0, 0)
                for day in range(1, len(days))
            ],
            accepted=await connection.scalar(_accepted(starts_since)) or 0,
            refused=await connection.scalar(_refused(starts_since)) or 0,
            sessions=[(at, float(mean)) for at, mean in await rows(_use(weeks_since))],
            connectors=await connection.scalar(select(func.count()).select_from(Connector)) or 0,
        )


def _step(width: timedelta) -> ColumnElement[datetime]:
    return func.date_bin(width, FleetPower.at, _ORIGIN, type_=DateTime(timezone=True))


def _power(since: datetime, width: timedelta) -> Select[*tuple[Any, ...]]:
    step = _step(width).label("step")
    return select(step, func.avg(FleetPower.power_w)).where(FleetPower.at >= since).group_by(step)


def _use(since: datetime) -> Select[*tuple[Any, ...]]:
    step = _step(_QUARTER).label("step")
    mean = func.avg(FleetPower.sessions_open)
    return select(step, mean).where(FleetPower.at >= since).group_by(step)


def _days(bounds: Sequence[datetime]) -> Select[*tuple[Any, ...]]:
    """By the number of the bound after which a session began, from 1."""
    t = Transaction
    among = literal(list(bounds), ARRAY(DateTime(timezone=True)))
    day = func.width_bucket(t.started_at, among).label("day")
    energy_wh = func.coalesce(func.sum(t.energy_wh), 0).label("energy_wh")
    return (
        select(day, energy_wh, func.count().label("sessions"))
        .where(t.started_at >= bounds[0], t.started_at < bounds[-1])
        .group_by(day)
    )


def _accepted(since: datetime) -> Select[*tuple[Any, ...]]:
    """Sessions that began with an accepted token, or without one."""
    t = Transaction
    told = or_(t.token_status.is_(None), t.token_status == AuthorizationStatus.ACCEPTED)
    return select(func.count()).select_from(t).where(t.started_at >= since, told)


def _refused(since: datetime) -> Select[*tuple[Any, ...]]:
    """Tokens that were turned away, once for each token and station."""
    r = TokenRefusal
    pair = func.row(r.token_key, r.station_id)
    return select(func.count(distinct(pair))).where(r.last_at >= since)
