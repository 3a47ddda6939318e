"""Tariffs and where they are in force, as operators change them."""

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.dml import ReturningUpdate

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.tariffs import Tariff
from voltaro.store import models
from voltaro.store.audit import write_audit
from voltaro.store.cost_rows import terms_of
from voltaro.store.reach import writing
from voltaro.store.views.tariffs import TariffRow, read_tariff

_Row = models.Tariff


class TariffReference(Exception):
    """The tariff is in force somewhere and cannot go, or is not there and cannot come in force."""


async def insert_tariff(
    engine: AsyncEngine, tariff: Tariff, audit: AuditRecorded
) -> TariffRow | None:
    """The new tariff, or None when there is one of this name already."""
    statement = (
        insert(_Row)
        .values(name=tariff.name, terms=terms_of(tariff))
        .on_conflict_do_nothing()
        .returning(_Row.name)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_tariff(connection, tariff.name)


async def update_tariff(
    engine: AsyncEngine, tariff: Tariff, revision: int, audit: AuditRecorded
) -> TariffRow | None:
    """The changed tariff; None when it no longer is at `revision`."""
    statement = (
        update(_Row)
        .where(_Row.name == tariff.name, _Row.revision == revision)
        .values(terms=terms_of(tariff), revision=revision + 1, updated_at=func.now())
        .returning(_Row.name)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_tariff(connection, tariff.name)


async def delete_tariff(
    engine: AsyncEngine, name: str, revision: int, audit: AuditRecorded
) -> bool:
    """Whether it was there at `revision`.

    Raises:
        TariffReference: a station or a site has it.
    """
    statement = (
        delete(_Row).where(_Row.name == name, _Row.revision == revision).returning(_Row.name)
    )
    try:
        async with writing(engine) as connection:
            if (await connection.execute(statement)).scalar() is None:
                return False
            await write_audit(connection, audit)
            return True
    except IntegrityError as error:
        raise TariffReference from error


async def assign_to_station(
    engine: AsyncEngine, station_id: str, tariff: str | None, audit: AuditRecorded
) -> bool:
    """Give a station a tariff of its own, or none; whether there is such a station.

    Raises:
        TariffReference: there is no such tariff.
    """
    row = models.Station
    statement = (
        update(row)
        .where(row.station_id == station_id)
        .values(tariff=tariff)
        .returning(row.station_id)
    )
    return await _assign(engine, statement, audit)


async def assign_to_site(
    engine: AsyncEngine, site_id: str, tariff: str | None, audit: AuditRecorded
) -> bool:
    """The same for a site."""
    row = models.Site
    statement = update(row).where(row.id == site_id).values(tariff=tariff).returning(row.id)
    return await _assign(engine, statement, audit)


async def _assign(
    engine: AsyncEngine, statement: ReturningUpdate[str], audit: AuditRecorded
) -> bool:
    try:
        async with writing(engine) as connection:
            if (await connection.execute(statement)).scalar() is None:
                return False
            await write_audit(connection, audit)
            return True
    except IntegrityError as error:
        raise TariffReference from error
