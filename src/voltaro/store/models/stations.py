"""Sites, stations, EVSEs and connectors."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class Site(Base):
    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: For its stations that have none of their own.
    tariff: Mapped[str | None] = mapped_column(ForeignKey("tariffs.name"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Station(Base):
    """A registered station. Status columns are those of the station as a whole."""

    __tablename__ = "stations"

    station_id: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    tariff: Mapped[str | None] = mapped_column(ForeignKey("tariffs.name"))
    registration: Mapped[str]
    security_profile: Mapped[int]
    #: Keyed hash of the Basic authentication password; the password itself is never stored.
    password_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Of passwords that were sent to it and that it has not logged in with yet, the oldest first.
    offered_password_hashes: Mapped[list[bytes]] = mapped_column(
        ARRAY(LargeBinary), server_default="{}"
    )
    #: Higher ones that it was told to change over to and has not come by yet, the oldest first.
    offered_security_profiles: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), server_default="{}"
    )
    strict: Mapped[bool] = mapped_column(server_default="false")
    #: OCPP version assumed when the station offers no subprotocol.
    fallback_protocol: Mapped[str | None]
    #: Whether the user name of Basic authentication must be the station's identity.
    check_username: Mapped[bool] = mapped_column(server_default="true")
    #: Text in an id token from which on it does not count.
    token_cut: Mapped[str | None]
    vendor: Mapped[str | None]
    model: Mapped[str | None]
    serial_number: Mapped[str | None]
    firmware_version: Mapped[str | None]
    iccid: Mapped[str | None]
    imsi: Mapped[str | None]
    meter_type: Mapped[str | None]
    meter_serial_number: Mapped[str | None]
    booted_at: Mapped[datetime | None]
    boot_reason: Mapped[str | None]
    #: The firmware version whose device model it told, or said that it cannot tell.
    inventory_firmware: Mapped[str | None]
    status: Mapped[str | None]
    status_reported: Mapped[str | None]
    status_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    info: Mapped[str | None]
    vendor_id: Mapped[str | None]
    vendor_error_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Counts changes by operators, for If-Match.
    revision: Mapped[int] = mapped_column(server_default="1")


class Presence(Base):
    """Who holds the station's socket, and when it was last heard; narrow, since often written."""

    __tablename__ = "station_presence"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}  # noqa: RUF012

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(BigInteger)
    protocol: Mapped[str]
    remote_address: Mapped[str]
    connected_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    #: By how much the station's clock leads ours; negative when it is behind.
    clock_skew_s: Mapped[float | None]
    clock_measured_at: Mapped[datetime | None]


class ConnectionEntry(Base):
    """A line in the history of a station's sockets."""

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_connected_at", "connected_at"),)

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    protocol: Mapped[str]
    remote_address: Mapped[str]
    connected_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    #: lost, superseded, deleted, server_stopped, server_died, database_away
    reason: Mapped[str | None]


class Evse(Base):
    __tablename__ = "evses"

    station_id: Mapped[str] = mapped_column(
        ForeignKey("stations.station_id", ondelete="CASCADE"), primary_key=True
    )
    evse_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Connector(Base):
    """The latest known state of a connector; `received_at` is when we were told."""

    __tablename__ = "connectors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["station_id", "evse_id"], ["evses.station_id", "evses.evse_id"], ondelete="CASCADE"
        ),
    )

    station_id: Mapped[str] = mapped_column(primary_key=True)
    evse_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    connector_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str]
    charging_state: Mapped[str | None]
    reported: Mapped[str]
    error_code: Mapped[str | None]
    info: Mapped[str | None]
    vendor_id: Mapped[str | None]
    vendor_error_code: Mapped[str | None]
    status_at: Mapped[datetime]
    received_at: Mapped[datetime]
