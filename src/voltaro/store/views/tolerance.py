"""Departures of a station from the specification, its jobs, its security events."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import CertificateRequest, Deviation, SecurityEvent, StationJob
from voltaro.store.reach import reading

#: Which deviation a page ended with: last_at, kind, action, pointer.
DeviationKey = tuple[datetime, str, str, str]


class DeviationRow(TypedDict):
    kind: str
    action: str
    pointer: str
    count: int
    first_at: datetime
    last_at: datetime
    frame: str


class JobRow(TypedDict):
    job: str
    status: str | None
    reported: str
    request_id: int | None
    reported_at: datetime


class SecurityEventRow(TypedDict):
    id: int
    type: str
    critical: bool
    at: datetime
    clock_trusted: bool
    received_at: datetime
    tech_info: str | None


class CertificateRequestRow(TypedDict):
    purpose: str
    csr: str
    request_id: int | None
    status: str
    reason: str | None
    received_at: datetime


async def list_deviations(
    engine: AsyncEngine, station_id: str, *, before: DeviationKey | None = None, limit: int
) -> list[DeviationRow]:
    """The latest first, from the first one that was last seen earlier than `before`."""
    d = Deviation
    key = (d.last_at, d.kind, d.action, d.pointer)
    statement = (
        select(d.kind, d.action, d.pointer, d.count, d.first_at, d.last_at, d.frame)
        .where(d.station_id == station_id)
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(tuple_(*key) < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("DeviationRow", dict(row)) for row in rows]


async def list_jobs(engine: AsyncEngine, station_id: str) -> list[JobRow]:
    """One of each kind that the station ever told of, by name."""
    j = StationJob
    statement = (
        select(j.job, j.status, j.reported, j.request_id, j.reported_at)
        .where(j.station_id == station_id)
        .order_by(j.job)
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("JobRow", dict(row)) for row in rows]


async def list_security_events(
    engine: AsyncEngine,
    station_id: str,
    *,
    critical: bool | None = None,
    before: int | None = None,
    limit: int,
) -> list[SecurityEventRow]:
    """In the order of their arrival, the latest first."""
    e = SecurityEvent
    statement = (
        select(e.id, e.type, e.critical, e.at, e.clock_trusted, e.received_at, e.tech_info)
        .where(e.station_id == station_id)
        .order_by(e.id.desc())
        .limit(limit)
    )
    if critical is not None:
        statement = statement.where(e.critical.is_(critical))
    if before is not None:
        statement = statement.where(e.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("SecurityEventRow", dict(row)) for row in rows]


async def list_certificate_requests(
    engine: AsyncEngine, station_id: str
) -> list[CertificateRequestRow]:
    """The latest one for each purpose."""
    c = CertificateRequest
    statement = (
        select(c.purpose, c.csr, c.request_id, c.status, c.reason, c.received_at)
        .where(c.station_id == station_id)
        .order_by(c.purpose)
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("CertificateRequestRow", dict(row)) for row in rows]
