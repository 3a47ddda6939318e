"""Charging profiles as people see them: templates, and the mirror of each station."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import ChargingProfile, ProfileTemplate, Where
from voltaro.store.models import ChargingProfileTemplate, InstalledProfile, Transaction
from voltaro.store.reach import reading

#: What stands for the whole station in the table.
STATION_EVSE_ID = 0

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(profile: ChargingProfile | ProfileTemplate) -> str:
    """JSON as it is stored; decimals are numbers with every digit."""
    return _ENCODER.encode(profile).decode()


def evse_column(where: Where) -> int:
    """A place as tables have it."""
    return STATION_EVSE_ID if where is Scope.STATION else where


def place_in(evse_id: int) -> Where:
    """The place that a column holds."""
    return Scope.STATION if evse_id == STATION_EVSE_ID else evse_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    name: str
    template: ProfileTemplate
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledRow:
    """A profile that a station holds, since when, and who set it."""

    where: Where
    profile: ChargingProfile
    installed_at: datetime
    source: str
    limit_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransaction:
    station_ref: str
    started_at: datetime


def _templates() -> Select[*tuple[Any, ...]]:
    return select(
        ChargingProfileTemplate.name,
        cast(ChargingProfileTemplate.profile, Text).label("profile"),
        ChargingProfileTemplate.revision,
        ChargingProfileTemplate.created_at,
        ChargingProfileTemplate.updated_at,
    )


async def read_template(connection: AsyncConnection, name: str) -> TemplateRow | None:
    rows = await connection.execute(_templates().where(ChargingProfileTemplate.name == name))
    row = rows.mappings().one_or_none()
    return _template(row) if row else None


async def find_template(engine: AsyncEngine, name: str) -> TemplateRow | None:
    async with reading(engine) as connection:
        return await read_template(connection, name)


async def list_templates(engine: AsyncEngine, *, after: str = "", limit: int) -> list[TemplateRow]:
    """Templates by name, from the first after `after`."""
    name = ChargingProfileTemplate.name
    statement = _templates().where(name > after).order_by(name).limit(limit)
    async with reading(engine) as connection:
        return [_template(row) for row in (await connection.execute(statement)).mappings()]


async def list_installed(engine: AsyncEngine, station_id: str) -> list[InstalledRow]:
    """By place, purpose and stack level; those of the whole station come first."""
    i = InstalledProfile
    statement = (
        select(
            i.evse_id,
            cast(i.profile, Text).label("profile"),
            i.installed_at,
            i.source,
            i.limit_source,
        )
        .where(i.station_id == station_id)
        .order_by(i.evse_id, i.purpose, i.stack_level, i.profile_id)
    )
    async with reading(engine) as connection:
        return [_installed(row) for row in (await connection.execute(statement)).mappings()]


async def find_open_transaction(
    engine: AsyncEngine, station_id: str, evse_id: int
) -> OpenTransaction | None:
    """The latest transaction at an EVSE that has not ended."""
    statement = (
        select(Transaction.station_ref, Transaction.started_at)
        .where(
            Transaction.station_id == station_id,
            Transaction.evse_id == evse_id,
            # The first condition says nothing new; it lets the index of unended ones serve.
            Transaction.ended_received_at.is_(None),
            Transaction.ended_at.is_(None),
        )
        .order_by(Transaction.started_at.desc(), Transaction.id.desc())
        .limit(1)
    )
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        return OpenTransaction(**row) if row else None


def _template(row: RowMapping) -> TemplateRow:
    template = msgspec.json.decode(row["profile"], type=ProfileTemplate)
    return TemplateRow(
        name=row["name"],
        template=template,
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _installed(row: RowMapping) -> InstalledRow:
    return InstalledRow(
        where=place_in(row["evse_id"]),
        profile=msgspec.json.decode(row["profile"], type=ChargingProfile),
        installed_at=row["installed_at"],
        source=row["source"],
        limit_source=row["limit_source"],
    )
