"""What stations announced."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Announcement(Base):
    """They outlive their station. `at` is its time where it can be trusted."""

    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_station_id_id", "station_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    station_id: Mapped[str]
    #: Words of `voltaro.domain.announcements`.
    about: Mapped[str]
    at: Mapped[datetime]
    clock_trusted: Mapped[bool]
    received_at: Mapped[datetime]
    #: The transaction's id on the wire.
    station_ref: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
