"""Certificates of stations on their way, and the root that they hang from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.signing import CertificateState, PendingCertificate
from voltaro.store.audit import write_audit
from voltaro.store.models import CertificateAuthority, StationCertificate
from voltaro.store.reach import reading, writing

_ONLY = 1
#: A station that said nothing about its certificate for so long is not offered it any more.
_PENDING: Final = timedelta(days=7)
_STATES = (CertificateState.REQUESTED.value, CertificateState.ISSUED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """What there is to know of a certificate. `chain` is PEM, the leaf first."""

    serial_number: str
    subject: str
    not_before: datetime
    not_after: datetime
    sha256: str
    chain: str


async def keep_authority(
    engine: AsyncEngine, certificate: str, sealed_key: str, at: datetime
) -> None:
    """Remember the root, unless there is one."""
    statement = (
        insert(CertificateAuthority)
        .values(id=_ONLY, certificate=certificate, sealed_key=sealed_key, created_at=at)
        .on_conflict_do_nothing()
    )
    async with writing(engine) as connection:
        await connection.execute(statement)


async def find_authority(engine: AsyncEngine) -> tuple[str, str] | None:
    """The root and its sealed key, both PEM."""
    statement = select(CertificateAuthority.certificate, CertificateAuthority.sealed_key).where(
        CertificateAuthority.id == _ONLY
    )
    async with reading(engine, patience_s=60) as connection:
        row = (await connection.execute(statement)).one_or_none()
        return (row.certificate, row.sealed_key) if row else None


async def list_pending(
    engine: AsyncEngine, now: datetime, station_id: str | None = None
) -> Sequence[PendingCertificate]:
    """What stations still wait for, the oldest request first."""
    c = StationCertificate
    statement = (
        select(c.id, c.station_id, c.purpose, c.csr, c.request_id, c.chain)
        .where(c.state.in_(_STATES), c.requested_at > now - _PENDING)
        .order_by(c.requested_at, c.id)
    )
    if station_id is not None:
        statement = statement.where(c.station_id == station_id)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [PendingCertificate(**row) for row in rows]


async def write_issued(
    engine: AsyncEngine, certificate_id: UUID, issued: IssuedCertificate, at: datetime
) -> bool:
    """Whether it was still to be made."""
    c = StationCertificate
    statement = (
        update(c)
        .where(c.id == certificate_id, c.state == CertificateState.REQUESTED.value)
        .values(
            state=CertificateState.ISSUED.value,
            serial_number=issued.serial_number,
            subject=issued.subject,
            not_before=issued.not_before,
            not_after=issued.not_after,
            sha256=issued.sha256,
            chain=issued.chain,
            issued_at=at,
        )
        .returning(c.id)
    )
    async with writing(engine) as connection:
        return (await connection.execute(statement)).scalar() is not None


async def list_revoked(engine: AsyncEngine, now: datetime) -> frozenset[str]:
    """The SHA-256 of those that were revoked and have not run out."""
    c = StationCertificate
    statement = select(c.sha256).where(
        c.state == CertificateState.REVOKED.value, c.not_after > now, c.sha256.is_not(None)
    )
    async with reading(engine) as connection:
        found = (await connection.execute(statement)).scalars()
        return frozenset(sha256 for sha256 in found if sha256 is not None)


async def list_owners(engine: AsyncEngine, now: datetime) -> dict[str, str]:
    """The station that each certificate was made for, by SHA-256, as long as it has not run out."""
    c = StationCertificate
    statement = select(c.sha256, c.station_id).where(c.not_after > now, c.sha256.is_not(None))
    async with reading(engine, patience_s=60) as connection:
        rows = await connection.execute(statement)
        return {sha256: station_id for sha256, station_id in rows if sha256 is not None}


async def revoke_certificate(
    engine: AsyncEngine, certificate_id: UUID, audit: AuditRecorded
) -> str | None:
    """The SHA-256 of what is revoked by this; None where nothing is, or it was already."""
    c = StationCertificate
    statement = (
        update(c)
        .where(
            c.id == certificate_id,
            c.station_id == audit.target,
            c.sha256.is_not(None),
            c.state != CertificateState.REVOKED.value,
        )
        .values(state=CertificateState.REVOKED.value, revoked_at=func.now())
        .returning(c.sha256)
    )
    async with writing(engine) as connection:
        sha256 = (await connection.execute(statement)).scalar()
        if sha256 is not None:
            await write_audit(connection, audit)
        return sha256
