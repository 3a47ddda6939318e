"""What charging costs."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Tariff(Base):
    """`terms` is a `voltaro.domain.tariffs.Tariff`; its prices are text, so that no digit is lost."""

    __tablename__ = "tariffs"

    name: Mapped[str] = mapped_column(primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
