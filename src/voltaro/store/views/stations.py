"""Stations with their connectors and what was last known of their sockets."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import ColumnElement, Select, Text, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.store.models import Connector, Presence, Station
from voltaro.store.reach import reading


class StationRow(TypedDict):
    """As selected below; `connectors` is JSON text of a list, ready to be sent."""

    station_id: str
    registration: str
    security_profile: int
    offered_security_profiles: list[int]
    has_password: bool
    strict: bool
    fallback_protocol: str | None
    check_username: bool
    token_cut: str | None
    site: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    iccid: str | None
    imsi: str | None
    meter_type: str | None
    meter_serial_number: str | None
    booted_at: datetime | None
    boot_reason: str | None
    status: str | None
    status_reported: str | None
    status_at: datetime | None
    error_code: str | None
    created_at: datetime
    updated_at: datetime
    revision: int
    last_seen_at: datetime | None
    protocol: str | None
    remote_address: str | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    clock_skew_s: float | None
    clock_measured_at: datetime | None
    connectors: str


class StatusRow(TypedDict):
    """The live part of a station."""

    station_id: str
    status: str | None
    last_seen_at: datetime | None
    protocol: str | None
    connectors: str


_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


def connectors_json(*, detailed: bool) -> ColumnElement[str]:
    """A list of the station's connectors as JSON, made by the database: there may be many."""
    details = (
        "info",
        Connector.info,
        "vendor_id",
        Connector.vendor_id,
        "vendor_error_code",
        Connector.vendor_error_code,
    )
    item = func.json_build_object(
        "evse_id",
        Connector.evse_id,
        "connector_id",
        Connector.connector_id,
        "status",
        Connector.status,
        "charging_state",
        Connector.charging_state,
        "reported",
        Connector.reported,
        "error_code",
        Connector.error_code,
        "status_at",
        func.to_char(func.timezone("UTC", Connector.status_at), _MOMENT),
        *(details if detailed else ()),
    )
    items = aggregate_order_by(item, Connector.evse_id, Connector.connector_id)
    inner = (
        select(as_type(func.coalesce(func.json_agg(items), func.json_build_array()), Text))
        .where(Connector.station_id == Station.station_id)
        .correlate(Station)
    )
    return inner.scalar_subquery().label("connectors")


def _stations() -> Select[*tuple[Any, ...]]:
    return select(
        Station.station_id,
        Station.registration,
        Station.security_profile,
        Station.offered_security_profiles,
        Station.password_hash.is_not(None).label("has_password"),
        Station.strict,
        Station.fallback_protocol,
        Station.check_username,
        Station.token_cut,
        Station.site_id.label("site"),
        Station.vendor,
        Station.model,
        Station.serial_number,
        Station.firmware_version,
        Station.iccid,
        Station.imsi,
        Station.meter_type,
        Station.meter_serial_number,
        Station.booted_at,
        Station.boot_reason,
        Station.status,
        Station.status_reported,
        Station.status_at,
        Station.error_code,
        Station.created_at,
        Station.updated_at,
        Station.revision,
        Presence.last_seen_at,
        Presence.protocol,
        Presence.remote_address,
        Presence.connected_at,
        Presence.disconnected_at,
        Presence.clock_skew_s,
        Presence.clock_measured_at,
        connectors_json(detailed=True),
    ).outerjoin(Presence, Presence.station_id == Station.station_id)


async def read_station(connection: AsyncConnection, station_id: str) -> StationRow | None:
    statement = _stations().where(Station.station_id == station_id)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return cast("StationRow", dict(row)) if row else None


async def find_station(engine: AsyncEngine, station_id: str) -> StationRow | None:
    if "\0" in station_id:
        return None  # the database has no such text
    async with reading(engine) as connection:
        return await read_station(connection, station_id)


async def needs_inventory(engine: AsyncEngine, station_id: str) -> bool:
    """Whether its device model was not told yet with the firmware that it has."""
    statement = select(
        Station.inventory_firmware.is_distinct_from(func.coalesce(Station.firmware_version, ""))
    ).where(Station.station_id == station_id)
    async with reading(engine) as connection:
        return bool((await connection.execute(statement)).scalar())


async def list_station_ids(
    engine: AsyncEngine, *, registration: str | None = None, site: str | None = None, after: str
) -> list[str]:
    """Ids after `after`, in order; for filters that only the memory can answer."""
    statement = _filtered(select(Station.station_id), registration, site, after)
    async with reading(engine) as connection:
        return list((await connection.execute(statement)).scalars())


async def list_stations(
    engine: AsyncEngine,
    *,
    registration: str | None = None,
    site: str | None = None,
    among: Collection[str] | None = None,
    after: str = "",
    limit: int,
) -> list[StationRow]:
    """Stations by id, from the first after `after`; only those `among` when given."""
    statement = _filtered(_stations(), registration, site, after).limit(limit)
    if among is not None:
        statement = statement.where(Station.station_id.in_(among))
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("StationRow", dict(row)) for row in rows]


async def list_statuses(engine: AsyncEngine, *, after: str = "", limit: int) -> list[StatusRow]:
    """The live part of stations by id, from the first after `after`."""
    statement = (
        select(
            Station.station_id,
            Station.status,
            Presence.last_seen_at,
            Presence.protocol,
            connectors_json(detailed=False),
        )
        .outerjoin(Presence, Presence.station_id == Station.station_id)
        .where(Station.station_id > after)
        .order_by(Station.station_id)
        .limit(limit)
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("StatusRow", dict(row)) for row in rows]


def _filtered(
    statement: Select[*tuple[Any, ...]], registration: str | None, site: str | None, after: str
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(Station.station_id > after).order_by(Station.station_id)
    if registration is not None:
        statement = statement.where(Station.registration == registration)
    if site is not None:
        statement = statement.where(Station.site_id == site)
    return statement
