"""Reservations of all stations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Reservation(Base):
    """See `voltaro.domain.reservations.Reservation`. They outlive their station."""

    __tablename__ = "reservations"
    __table_args__ = (
        Index("ix_reservations_open", "station_id", "id", postgresql_where=text("is_open")),
        Index("ix_reservations_station_id_id", "station_id", "id"),
        Index("ix_reservations_station_id_reservation_id", "station_id", "reservation_id"),
        Index("ix_reservations_station_id_expires_at", "station_id", "expires_at"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[str]
    reservation_id: Mapped[int] = mapped_column(BigInteger)
    evse_id: Mapped[int | None]
    token: Mapped[str]
    group_token: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    state: Mapped[str]
    #: Whether something may still come of it.
    is_open: Mapped[bool]
    answer: Mapped[str | None]
    detail: Mapped[str | None]
    transaction_id: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
