"""The baseline's tables, as an ORM."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012


class Station(Base):
    __tablename__ = "stations"

    id: Mapped[str] = mapped_column(primary_key=True)
    vendor: Mapped[str]
    model: Mapped[str]
    booted_at: Mapped[datetime]


class Connector(Base):
    __tablename__ = "connectors"

    station_id: Mapped[str] = mapped_column(primary_key=True)
    evse_id: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    status_at: Mapped[datetime]


class Transaction(Base):
    __tablename__ = "transactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    station_ref: Mapped[str | None] = mapped_column(index=True)
    token: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    register_start: Mapped[Decimal | None]
    register_last: Mapped[Decimal | None]


class MeterValue(Base):
    __tablename__ = "meter_values"
    __table_args__ = (Index("ix_meter_values_transaction", "transaction_id", "sampled_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    station_id: Mapped[str]
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id"))
    sampled_at: Mapped[datetime]
    measurand: Mapped[str]
    value: Mapped[Decimal]
    unit: Mapped[str | None]
    phase: Mapped[str | None]
    context: Mapped[str | None]
