"""What operators asked of stations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Command(Base):
    """They outlive their station. `record` is the whole `voltaro.domain.command_record`."""

    __tablename__ = "commands"
    __table_args__ = (
        Index("ix_commands_station_id_id", "station_id", "id"),
        Index("ix_commands_open", "id", postgresql_where=text("is_open")),
        Index("ix_commands_created_at", "created_at"),
        # What came of a station's latest one decides about the next, every few minutes.
        Index(
            "ix_commands_cost_updated",
            "station_id",
            "id",
            postgresql_where=text("name = 'cost_updated'"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    is_open: Mapped[bool]
    created_at: Mapped[datetime]
    version: Mapped[int]
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
