"""Tokens that stations were told not to accept."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class TokenRefusal(Base):
    """Counted per token, station and what it was told; they outlive the station."""

    __tablename__ = "token_refusals"
    __table_args__ = (Index("ix_token_refusals_last_at", "last_at"),)

    #: As tokens are compared.
    token_key: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    #: As it was presented last.
    token: Mapped[str]
    count: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
