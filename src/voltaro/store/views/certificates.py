"""Certificates of stations, as operators look at them."""

from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import StationCertificate
from voltaro.store.reach import reading


class CertificateRow(TypedDict):
    """As `voltaro.store.models.certificates` has it."""

    id: UUID
    purpose: str
    state: str
    serial_number: str | None
    subject: str | None
    not_before: datetime | None
    not_after: datetime | None
    sha256: str | None
    chain: str | None
    requested_at: datetime
    issued_at: datetime | None
    answered_at: datetime | None
    revoked_at: datetime | None


_FIELDS = [getattr(StationCertificate, name) for name in CertificateRow.__annotations__]


async def list_certificates(
    engine: AsyncEngine, station_id: str, *, before: UUID | None = None, limit: int
) -> list[CertificateRow]:
    """Those that were made for a station, and are to be made, the latest request first."""
    c = StationCertificate
    statement = select(*_FIELDS).where(c.station_id == station_id).order_by(c.id.desc())
    if before is not None:
        statement = statement.where(c.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement.limit(limit))).mappings()
        return [cast("CertificateRow", dict(row)) for row in rows]


async def find_certificate(
    engine: AsyncEngine, station_id: str, certificate_id: UUID
) -> CertificateRow | None:
    c = StationCertificate
    statement = select(*_FIELDS).where(c.station_id == station_id, c.id == certificate_id)
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        return cast("CertificateRow", dict(row)) if row else None
