"""The journal of exchanges, and what makes writing exactly once possible."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class JournalEntry(Base):
    """One exchange with a station: what was said, what was answered, and how it was judged."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_station_id_id", "station_id", "id"),
        Index("ix_journal_id", "id"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )
    __mapper_args__ = {"primary_key": ["id", "received_at"]}  # noqa: RUF012

    id: Mapped[UUID]
    station_id: Mapped[str]
    received_at: Mapped[datetime]
    #: "in" when the station asked, "out" when we did.
    direction: Mapped[str]
    protocol: Mapped[str]
    message_id: Mapped[str | None]
    action: Mapped[str | None]
    frame: Mapped[str]
    reply: Mapped[str | None]
    #: "ok", "repeated", "quarantined", or the code of the CALLERROR; "ignored" for garbage;
    #: "answer_refused" where the station could not use our answer.
    verdict: Mapped[str]
    handling_ms: Mapped[float]


class Receipt(Base):
    """The reply to a message whose repetition must change nothing (ADR 0003)."""

    __tablename__ = "receipts"

    station_id: Mapped[str] = mapped_column(primary_key=True)
    #: Digest of action, content and discriminator.
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    reply: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Quarantine(Base):
    """A message that the database refused although we answered it; kept for repair."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime]
    action: Mapped[str | None]
    frame: Mapped[str]
    reply: Mapped[str | None]
    sqlstate: Mapped[str]
    error: Mapped[str]


class HandshakeAttempt(Base):
    """Refused upgrades, counted per station id, origin and reason."""

    __tablename__ = "handshake_attempts"
    __table_args__ = (Index("ix_handshake_attempts_last_at", "last_at"),)

    station_id: Mapped[str] = mapped_column(primary_key=True)
    remote_host: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[int]
    path: Mapped[str]
    subprotocols: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger)


class CommitMark(Base):
    """The last batch that the writer committed; settles a COMMIT in doubt."""

    __tablename__ = "commit_mark"

    writer: Mapped[str] = mapped_column(primary_key=True)
    batch: Mapped[UUID]
