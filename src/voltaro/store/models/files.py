"""Files on disk, and the single-use addresses by which stations fetch and bring them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class File(Base):
    """What is known of a file; its content is on disk. It outlives the station that brought it."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_station_id_id", "station_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: "firmware", "diagnostics", "log" or "other".
    kind: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    #: Hex.
    sha256: Mapped[str | None]
    created_at: Mapped[datetime]
    #: The name of an API key, or a station's id.
    brought_by: Mapped[str]
    station_id: Mapped[str | None]
    complete: Mapped[bool]


class Transfer(Base):
    """A file on its way to or from a station. Of its address only the hash is stored."""

    __tablename__ = "transfers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    #: "download" or "upload", as the station sees it.
    direction: Mapped[str]
    kind: Mapped[str]
    station_id: Mapped[str]
    #: "open", "complete", "expired" or "withdrawn".
    state: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    file_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("files.id", ondelete="SET NULL"), index=True
    )
    command_id: Mapped[UUID | None] = mapped_column(index=True)
    name: Mapped[str | None]
    max_bytes: Mapped[int | None] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    finished_at: Mapped[datetime | None]
