"""Monitors of stations' variables, and what they tell."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base

#: What an index is kept of: `voltaro.domain.attention.CRITICAL`, spelled out so that it is used.
SEVERE = text("severity <= 3")


class Monitor(Base):
    """A monitor as its station told it, or took it."""

    __tablename__ = "monitors"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: The station's number for it.
    monitor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    component: Mapped[str]
    component_instance: Mapped[str | None]
    evse_id: Mapped[int | None]
    connector_id: Mapped[int | None]
    name: Mapped[str]
    instance: Mapped[str | None]
    #: Words of `voltaro.domain.monitoring`.
    kind: Mapped[str | None]
    value: Mapped[Decimal | None]
    severity: Mapped[int] = mapped_column(BigInteger)
    in_transactions: Mapped[bool]
    origin: Mapped[str | None]
    told_at: Mapped[datetime]


class EventStream(Base):
    """A stream that is open: what its monitor tells comes as it."""

    __tablename__ = "event_streams"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: The station's number for it.
    stream_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    monitor_id: Mapped[int] = mapped_column(BigInteger)


class MonitoringEvent(Base):
    """An event of a variable. They outlive their station."""

    __tablename__ = "monitoring_events"
    __table_args__ = (
        # Known by it when it comes again.
        Index("uq_monitoring_events", "station_id", "event_id", "at", unique=True),
        Index("ix_monitoring_events_station_id_id", "station_id", "id"),
        Index("ix_monitoring_events_received_at", "received_at", postgresql_where=SEVERE),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    station_id: Mapped[str]
    #: The station's number for it, and that of the event that caused it. Negative for a value of a
    #: stream, which has none (`voltaro.domain.event_streams`).
    event_id: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[int | None] = mapped_column(BigInteger)
    #: The station's time where it can be trusted.
    at: Mapped[datetime]
    clock_trusted: Mapped[bool]
    received_at: Mapped[datetime]
    component: Mapped[str]
    component_instance: Mapped[str | None]
    evse_id: Mapped[int | None]
    connector_id: Mapped[int | None]
    name: Mapped[str]
    instance: Mapped[str | None]
    value: Mapped[str | None]
    #: Words of `voltaro.domain.monitoring_events`.
    trigger: Mapped[str | None]
    origin: Mapped[str | None]
    cleared: Mapped[bool]
    tech_code: Mapped[str | None]
    tech_info: Mapped[str | None]
    monitor_id: Mapped[int | None] = mapped_column(BigInteger)
    severity: Mapped[int | None] = mapped_column(BigInteger)
    #: The transaction's id on the wire.
    station_ref: Mapped[str | None]
