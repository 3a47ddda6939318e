"""Charging profiles: templates that operators keep, and what each station holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class ChargingProfileTemplate(Base):
    """`profile` is a `voltaro.domain.smart_charging.ProfileTemplate`."""

    __tablename__ = "charging_profile_templates"

    name: Mapped[str] = mapped_column(primary_key=True)
    profile: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InstalledProfile(Base):
    """What a station holds, one for each id (1.6 §3.13.2, K01.FR.05).

    `profile` is a `voltaro.domain.smart_charging.ChargingProfile`; what it is found by stands in
    columns of its own.
    """

    __tablename__ = "installed_profiles"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    profile_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: 0 is the whole station.
    evse_id: Mapped[int]
    purpose: Mapped[str]
    stack_level: Mapped[int]
    profile: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Of the transaction that it limits.
    station_ref: Mapped[str | None]
    installed_at: Mapped[datetime]
    #: Who set it: the name of a key, or the station.
    source: Mapped[str]
    #: Whose limit it is, in words of 2.x.
    limit_source: Mapped[str] = mapped_column(server_default="CSO")
    #: The request whose report named it last.
    reported_in: Mapped[int | None] = mapped_column(BigInteger)


class ExternalLimit(Base):
    """A limit of somebody else that a station told, one for each place and source."""

    __tablename__ = "charging_limits"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    #: 0 is the whole station.
    evse_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    limit_source: Mapped[str] = mapped_column(primary_key=True)
    grid_critical: Mapped[bool | None]
    local_generation: Mapped[bool | None]
    #: A list of `voltaro.domain.smart_charging.ChargingSchedule`.
    schedules: Mapped[list[Any]] = mapped_column(JSONB)
    reported_at: Mapped[datetime]
