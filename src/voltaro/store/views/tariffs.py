"""Tariffs as people see them, and where they are in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.domain.tariffs import Tariff
from voltaro.store import models
from voltaro.store.cost_rows import tariff_from
from voltaro.store.reach import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRow:
    tariff: Tariff
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StationTariffs:
    """The names of a station's own tariff, and of its site's."""

    station: str | None
    site: str | None


def _tariffs() -> Select[*tuple[object, ...]]:
    t = models.Tariff
    return select(t.terms, t.revision, t.created_at, t.updated_at)


async def read_tariff(connection: AsyncConnection, name: str) -> TariffRow | None:
    row = (await connection.execute(_tariffs().where(models.Tariff.name == name))).one_or_none()
    return _row(row) if row else None


async def find_tariff(engine: AsyncEngine, name: str) -> TariffRow | None:
    async with reading(engine) as connection:
        return await read_tariff(connection, name)


async def list_tariffs(engine: AsyncEngine, *, after: str = "", limit: int) -> list[TariffRow]:
    """By name, from the first after `after`."""
    name = models.Tariff.name
    statement = _tariffs().where(name > after).order_by(name).limit(limit)
    async with reading(engine) as connection:
        return [_row(row) for row in await connection.execute(statement)]


async def find_station_tariffs(engine: AsyncEngine, station_id: str) -> StationTariffs | None:
    """None: there is no such station."""
    s, site = models.Station, models.Site
    statement = (
        select(s.tariff.label("own"), site.tariff.label("of_site"))
        .outerjoin(site, site.id == s.site_id)
        .where(s.station_id == station_id)
    )
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).one_or_none()
        return StationTariffs(station=row.own, site=row.of_site) if row else None


async def find_site_tariff(engine: AsyncEngine, site_id: str) -> tuple[str | None] | None:
    """The name of a site's tariff in a tuple; None: there is no such site."""
    statement = select(models.Site.tariff).where(models.Site.id == site_id)
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).one_or_none()
        return (row.tariff,) if row else None


def _row(row: Row[*tuple[object, ...]]) -> TariffRow:
    tariff = tariff_from(row.terms)
    assert tariff is not None
    return TariffRow(
        tariff=tariff,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
