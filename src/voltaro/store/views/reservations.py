"""Reservations, as operators look at them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Reservation
from voltaro.store.reach import reading


class ReservationRow(TypedDict):
    """As `voltaro.domain.reservations.Reservation`, in the state that it has by now."""

    id: UUID
    station_id: str
    reservation_id: int
    evse_id: int | None
    token: str
    group_token: str | None
    expires_at: datetime | None
    state: str
    answer: str | None
    detail: str | None
    transaction_id: UUID | None
    requested_at: datetime
    ended_at: datetime | None


def _state(now: datetime) -> ColumnElement[str]:
    """The state, though nobody has looked since its time was over."""
    over = Reservation.is_open & (Reservation.expires_at <= now)
    return case((over, literal("expired")), else_=Reservation.state)


def _reservations(now: datetime) -> Select[*tuple[Any, ...]]:
    over = Reservation.is_open & (Reservation.expires_at <= now)
    return select(
        Reservation.id,
        Reservation.station_id,
        Reservation.reservation_id,
        Reservation.evse_id,
        Reservation.token,
        Reservation.group_token,
        Reservation.expires_at,
        _state(now).label("state"),
        Reservation.answer,
        Reservation.detail,
        Reservation.transaction_id,
        Reservation.requested_at,
        case((over, Reservation.expires_at), else_=Reservation.ended_at).label("ended_at"),
    )


async def find_reservation(
    engine: AsyncEngine, key: UUID, *, now: datetime
) -> ReservationRow | None:
    async with reading(engine) as connection:
        found = await connection.execute(_reservations(now).where(Reservation.id == key))
        row = found.mappings().one_or_none()
        return cast("ReservationRow", dict(row)) if row else None


async def list_reservations(
    engine: AsyncEngine,
    *,
    now: datetime,
    station_id: str | None = None,
    state: str | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[ReservationRow]:
    """Newest first, from the first one older than `before`."""
    statement = _reservations(now).order_by(Reservation.id.desc()).limit(limit)
    if station_id is not None:
        statement = statement.where(Reservation.station_id == station_id)
    if state is not None:
        statement = statement.where(_state(now) == state)
    if before is not None:
        statement = statement.where(Reservation.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("ReservationRow", dict(row)) for row in rows]


async def stations_with_open(
    engine: AsyncEngine, *, expired_by: datetime | None = None
) -> Collection[str]:
    """Stations with open reservations, or (`expired_by`) with such whose time is over."""
    statement = select(Reservation.station_id).where(Reservation.is_open).distinct()
    if expired_by is not None:
        statement = statement.where(Reservation.expires_at <= expired_by)
    async with reading(engine) as connection:
        return (await connection.execute(statement)).scalars().all()
