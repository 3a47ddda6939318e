"""Certificates that were made for stations, and the authority that made them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class StationCertificate(Base):
    """A certificate from the request for it on. They outlive their station, which revokes them.

    What it says itself is null until it is made.
    """

    __tablename__ = "station_certificates"
    __table_args__ = (
        Index("ix_station_certificates_station_id_id", "station_id", "id"),
        Index("ix_station_certificates_sha256", "sha256", unique=True),
        Index(
            "ix_station_certificates_pending",
            "requested_at",
            postgresql_where=text("state IN ('requested', 'issued')"),
        ),
        Index(
            "ix_station_certificates_revoked",
            "not_after",
            postgresql_where=text("state = 'revoked'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[str]
    #: 2.x CertificateSigningUseEnumType.
    purpose: Mapped[str]
    csr: Mapped[str]
    request_id: Mapped[int | None] = mapped_column(BigInteger)
    #: See `voltaro.domain.signing.CertificateState`.
    state: Mapped[str]
    #: In hex, as everybody else shows it.
    serial_number: Mapped[str | None]
    #: RFC 4514.
    subject: Mapped[str | None]
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    #: Of its DER, in hex.
    sha256: Mapped[str | None]
    #: PEM, the leaf first.
    chain: Mapped[str | None]
    requested_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CertificateAuthority(Base):
    """One row: the root that our own authority signs with, and its private key, sealed."""

    __tablename__ = "certificate_authority"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: PEM.
    certificate: Mapped[str]
    #: PKCS #8 in PEM, encrypted with what is derived from the secret key.
    sealed_key: Mapped[str]
    created_at: Mapped[datetime]
