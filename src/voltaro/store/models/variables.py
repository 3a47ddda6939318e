"""The configuration of stations."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
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
    #: The station's own text for it.
    key: Mapped[str]
    value: Mapped[str | None]
    mutability: Mapped[str | None]
    #: The station said that it does not know it.
    is_unknown: Mapped[bool] = mapped_column(server_default="false")
    #: `value` takes effect at the station's next boot.
    reboot_required: Mapped[bool] = mapped_column(server_default="false")
    reported_at: Mapped[datetime | None]
    set_at: Mapped[datetime | None]
