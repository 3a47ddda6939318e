"""Charging transactions and meter values. They outlive their station."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, JSON, BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Transaction(Base):
    """See `voltaro.domain.transactions.Transaction` for the meaning of each column.

    `ended_received_at` stays empty while the end is only assumed.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        Index("uq_transactions_station_id_station_ref", "station_id", "station_ref", unique=True),
        Index(
            "ix_transactions_unended",
            "station_id",
            "id",
            postgresql_where=text("ended_received_at IS NULL"),
        ),
        Index("ix_transactions_open_token", "token_key", postgresql_where=text("ended_at IS NULL")),
        Index("ix_transactions_id", "id"),
        Index("ix_transactions_started_at", text("started_at DESC"), text("id DESC")),
        Index(
            "ix_transactions_station_id_started_at",
            "station_id",
            text("started_at DESC"),
            text("id DESC"),
        ),
        Index(
            "ix_transactions_token_key_started_at",
            "token_key",
            text("started_at DESC"),
            text("id DESC"),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )

    station_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_ref: Mapped[str]
    evse_id: Mapped[int | None]
    connector_id: Mapped[int | None]
    token: Mapped[str | None]
    token_type: Mapped[str | None]
    token_key: Mapped[str | None]
    #: What the station was told about the token.
    token_status: Mapped[str | None]
    group_token: Mapped[str | None]
    reservation_id: Mapped[int | None] = mapped_column(BigInteger)
    remote_start_id: Mapped[int | None] = mapped_column(BigInteger)
    charging_state: Mapped[str | None]
    started_at: Mapped[datetime]
    started_received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_received_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    register_start: Mapped[Decimal | None]
    register_start_at: Mapped[datetime | None]
    register_last: Mapped[Decimal | None]
    register_last_at: Mapped[datetime | None]
    energy_wh: Mapped[int | None] = mapped_column(BigInteger)
    trigger_reason: Mapped[str | None]
    first_seq_no: Mapped[int | None] = mapped_column(BigInteger)
    #: The greatest that came.
    seq_no: Mapped[int | None] = mapped_column(BigInteger)
    #: Those in between that did not come: `3-4,9-9`.
    missing_seq_nos: Mapped[str | None]
    last_event_at: Mapped[datetime]
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: A `voltaro.domain.tariffs.Tariff`, as it was when the transaction began.
    tariff: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    shows_cost: Mapped[bool] = mapped_column(server_default="false")
    #: Of one that has ended, with tax.
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    cost_currency: Mapped[str | None] = mapped_column(CHAR(3))
    #: A list of `voltaro.domain.tariffs.CostLine`.
    cost_lines: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    version: Mapped[int]


class MeterReading(Base):
    """All that was measured at one instant. Partitioned by our own clock, which no station can get wrong.

    `samples` is JSON text as `voltaro.store.sample_rows` writes it.
    """

    __tablename__ = "meter_readings"
    __table_args__ = (
        Index("ix_meter_readings_transaction", "station_id", "transaction_id", "sampled_at"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )
    #: A time series has no key of its own; the mapper needs one to be declared.
    __mapper_args__ = {"primary_key": ["station_id", "received_at", "sampled_at"]}  # noqa: RUF012

    station_id: Mapped[str]
    evse_id: Mapped[int | None]
    transaction_id: Mapped[UUID | None]
    received_at: Mapped[datetime]
    sampled_at: Mapped[datetime]
    samples: Mapped[Any] = mapped_column(JSON)


class MeterValue(Base):
    """One sampled value, as they were kept before `MeterReading`; what is there stays readable."""

    __tablename__ = "meter_values"
    __table_args__ = (
        Index("ix_meter_values_transaction", "station_id", "transaction_id", "sampled_at"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )
    #: A time series has no key of its own; the mapper needs one to be declared.
    __mapper_args__ = {"primary_key": ["station_id", "received_at", "sampled_at"]}  # noqa: RUF012

    station_id: Mapped[str]
    evse_id: Mapped[int | None]
    transaction_id: Mapped[UUID | None]
    received_at: Mapped[datetime]
    sampled_at: Mapped[datetime]
    measurand: Mapped[str]
    value: Mapped[Decimal | None]
    unit: Mapped[str | None]
    phase: Mapped[str | None]
    context: Mapped[str]
    location: Mapped[str]
    raw: Mapped[str | None]
