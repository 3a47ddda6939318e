"""What stations do wrong, what their jobs are at, and what they say about their security."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Deviation(Base):
    """One way in which a station departs from the specification, however often it does."""

    __tablename__ = "deviations"
    __table_args__ = (
        Index("ix_deviations_station_id_last_at", "station_id", "last_at"),
        Index("ix_deviations_first_at", "first_at"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: A stable word, see docs/operate/deviations.md.
    kind: Mapped[str] = mapped_column(primary_key=True)
    #: "" where no message could be made out.
    action: Mapped[str] = mapped_column(primary_key=True)
    #: JSON pointer with "*" for places in lists; "" for the message as a whole.
    pointer: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    #: The last message that did so, secrets masked.
    frame: Mapped[str]


class StationJob(Base):
    """The latest that a station reported about a long-running job; its history is the journal."""

    __tablename__ = "station_jobs"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: `voltaro.domain.progress.Job`.
    job: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str | None]
    reported: Mapped[str]
    request_id: Mapped[int | None] = mapped_column(BigInteger)
    reported_at: Mapped[datetime]


class SecurityEvent(Base):
    """They outlive their station. `at` is its time where it can be trusted."""

    __tablename__ = "security_events"
    __table_args__ = (Index("ix_security_events_station_id_id", "station_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    station_id: Mapped[str]
    type: Mapped[str]
    critical: Mapped[bool]
    at: Mapped[datetime]
    clock_trusted: Mapped[bool]
    received_at: Mapped[datetime]
    tech_info: Mapped[str | None]


class CertificateRequest(Base):
    """The latest request of a station for each purpose, and what came of it."""

    __tablename__ = "certificate_requests"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: 2.x CertificateSigningUseEnumType.
    purpose: Mapped[str] = mapped_column(primary_key=True)
    csr: Mapped[str]
    request_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str]
    reason: Mapped[str | None]
    received_at: Mapped[datetime]
