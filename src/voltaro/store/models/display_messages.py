"""Messages on stations' displays."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class DisplayMessage(Base):
    """A message as its station told it, or took it."""

    __tablename__ = "display_messages"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: Whoever set it gave it this number.
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Words of `voltaro.domain.display_messages`.
    priority: Mapped[str | None]
    content: Mapped[str]
    format: Mapped[str | None]
    language: Mapped[str | None]
    state: Mapped[str | None]
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    #: The transaction's id on the wire, where it goes with it.
    station_ref: Mapped[str | None]
    told_at: Mapped[datetime]
