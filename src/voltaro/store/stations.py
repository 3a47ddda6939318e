"""What operators decide about stations: registration, credentials, settings."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.provisioning import Registration
from voltaro.domain.signing import CertificateState
from voltaro.store.audit import write_audit
from voltaro.store.models import Site, Station, StationCertificate
from voltaro.store.reach import reading, writing
from voltaro.store.views.stations import StationRow, read_station


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSettings:
    """The columns that operators change; stations change some of them too.

    They take over the passwords and profiles they are offered, and tell their serial number.
    """

    registration: Registration = Registration.ACCEPTED
    security_profile: int = 1
    password_hash: bytes | None = None
    offered_password_hashes: tuple[bytes, ...] = ()
    strict: bool = False
    fallback_protocol: str | None = None
    check_username: bool = True
    token_cut: str | None = None
    site: str | None = None
    serial_number: str | None = None
    offered_security_profiles: tuple[int, ...] = ()


_COLUMNS = (
    Station.registration,
    Station.security_profile,
    Station.password_hash,
    Station.offered_password_hashes,
    Station.strict,
    Station.fallback_protocol,
    Station.check_username,
    Station.token_cut,
    Station.site_id.label("site"),
    Station.serial_number,
    Station.offered_security_profiles,
)


async def load_settings(engine: AsyncEngine) -> dict[str, StationSettings]:
    """Every station's settings, by id."""
    async with reading(engine, patience_s=60) as connection:
        rows = await connection.execute(select(Station.station_id, *_COLUMNS))
        return {row["station_id"]: _settings(row) for row in rows.mappings()}


async def find_settings(engine: AsyncEngine, station_id: str) -> tuple[StationSettings, int] | None:
    """A station's settings and their revision."""
    statement = select(Station.revision, *_COLUMNS).where(Station.station_id == station_id)
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        return (_settings(row), row["revision"]) if row else None


async def insert_station(
    engine: AsyncEngine, station_id: str, settings: StationSettings, audit: AuditRecorded
) -> StationRow | None:
    """The new station, or None when it exists already."""
    statement = (
        insert(Station)
        .values(station_id=station_id, **_values(settings))
        .on_conflict_do_nothing()
        .returning(Station.revision)
    )
    async with writing(engine) as connection:
        await _have_site(connection, settings.site)
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_station(connection, station_id)


async def update_station(
    engine: AsyncEngine,
    station_id: str,
    settings: StationSettings,
    revision: int,
    audit: AuditRecorded,
    *,
    untouched: Collection[str],
) -> StationRow | None:
    """The changed station, or None when it no longer is at `revision`.

    `untouched` are columns to leave alone, for stations change them without the revision.
    """
    values = {name: each for name, each in _values(settings).items() if name not in untouched}
    statement = (
        update(Station)
        .where(Station.station_id == station_id, Station.revision == revision)
        .values(**values, revision=revision + 1, updated_at=func.now())
        .returning(Station.revision)
    )
    async with writing(engine) as connection:
        await _have_site(connection, settings.site)
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_station(connection, station_id)


async def delete_station(
    engine: AsyncEngine, station_id: str, revision: int, audit: AuditRecorded
) -> bool:
    """Whether it was there at `revision`; its transactions stay, its certificates are revoked."""
    statement = (
        delete(Station)
        .where(Station.station_id == station_id, Station.revision == revision)
        .returning(Station.station_id)
    )
    revoked = CertificateState.REVOKED.value
    certificates = (
        update(StationCertificate)
        .where(StationCertificate.station_id == station_id, StationCertificate.state != revoked)
        .values(state=revoked, revoked_at=func.now())
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return False
        await connection.execute(certificates)
        await write_audit(connection, audit)
        return True


async def _have_site(connection: AsyncConnection, site: str | None) -> None:
    if site is not None:
        await connection.execute(insert(Site).values(id=site, name=site).on_conflict_do_nothing())


def _values(settings: StationSettings) -> dict[str, Any]:
    values = dataclasses.asdict(settings)
    values["site_id"] = values.pop("site")
    values["registration"] = settings.registration.value
    values["offered_password_hashes"] = list(settings.offered_password_hashes)
    values["offered_security_profiles"] = list(settings.offered_security_profiles)
    return values


def _settings(row: RowMapping) -> StationSettings:
    names = (field.name for field in dataclasses.fields(StationSettings))
    values = {name: row[name] for name in names}
    return StationSettings(
        **values
        | {
            "registration": Registration(values["registration"]),
            "offered_password_hashes": tuple(values["offered_password_hashes"]),
            "offered_security_profiles": tuple(values["offered_security_profiles"]),
        }
    )
