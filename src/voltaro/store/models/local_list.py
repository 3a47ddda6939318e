"""The local authorization lists of stations, as far as we know them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class LocalList(Base):
    """See `voltaro.domain.local_list.LocalList` for what is known.

    `taken_version` is the highest number that was set aside for a command; `repaired_at` is when a
    list was last sent without anybody asking for it.
    """

    __tablename__ = "local_lists"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    unanswered_version: Mapped[int | None] = mapped_column(BigInteger)
    reported_version: Mapped[int | None] = mapped_column(BigInteger)
    reported_at: Mapped[datetime | None]
    supported: Mapped[bool | None]
    out_of_step: Mapped[bool] = mapped_column(server_default="false")
    sent_at: Mapped[datetime | None]
    taken_version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    repaired_at: Mapped[datetime | None]


class LocalListEntry(Base):
    """What a station was told about a token; `key` is the token as compared."""

    __tablename__ = "local_list_entries"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    #: As the station was told it (2.x); 1.6 knows none.
    type: Mapped[str | None]
    status: Mapped[str]
    group_token: Mapped[str | None]
    expires_at: Mapped[datetime | None]
