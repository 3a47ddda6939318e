"""The configuration of stations, and the reports in which they tell it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class StationVariable(Base):
    """What a station told of one of its variables, or was told; no credential has a value."""

    __tablename__ = "station_variables"
    __table_args__ = (
        Index(None, "station_id", postgresql_where=text("reboot_required")),  # for boots
    )

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: `voltaro.domain.variables.Variable.identity`.
    identity: Mapped[str] = mapped_column(primary_key=True)
    component: Mapped[str]
    component_instance: Mapped[str | None]
    evse_id: Mapped[int | None]
    connector_id: Mapped[int | None]
    name: Mapped[str]
    instance: Mapped[str | None]
    #: Which of its values this is: `voltaro.domain.variables.Attribute`.
    attribute: Mapped[str] = mapped_column(server_default="actual")
    #: The station's own text for it.
    key: Mapped[str]
    value: Mapped[str | None]
    mutability: Mapped[str | None]
    persistent: Mapped[bool | None]
    constant: Mapped[bool | None]
    data_type: Mapped[str | None]
    unit: Mapped[str | None]
    min_limit: Mapped[Decimal | None]
    max_limit: Mapped[Decimal | None]
    max_elements: Mapped[int | None] = mapped_column(BigInteger)
    values_list: Mapped[str | None]
    supports_monitoring: Mapped[bool | None]
    #: Of the report that told it last.
    request_id: Mapped[int | None] = mapped_column(BigInteger)
    #: The station said that it does not know it.
    is_unknown: Mapped[bool] = mapped_column(server_default="false")
    #: `value` takes effect at the station's next boot.
    reboot_required: Mapped[bool] = mapped_column(server_default="false")
    reported_at: Mapped[datetime | None]
    set_at: Mapped[datetime | None]


class StationReport(Base):
    """How much is here of a report that a station was asked for (2.x B07, B08)."""

    __tablename__ = "station_reports"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    request_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    covers_all: Mapped[bool]
    begun_at: Mapped[datetime] = mapped_column(index=True)
    #: The number of the part that is missing: all before it are here.
    following: Mapped[int] = mapped_column(BigInteger)
    #: Parts after it that are here already.
    ahead: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    #: The number of the last part, once that is here.
    last: Mapped[int | None] = mapped_column(BigInteger)
