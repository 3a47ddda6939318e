"""What all stations together drew."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class FleetPower(Base):
    """One row for each minute in which the server ran."""

    __tablename__ = "fleet_power"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    power_w: Mapped[int] = mapped_column(BigInteger)
    sessions_open: Mapped[int]
