"""Certificates that stations hold (1.6 security whitepaper §4-§5, 2.x functional blocks A and M)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command


class CertificateUse(StrEnum):
    """Whom a root certificate lets a station trust (2.x InstallCertificateUseEnumType)."""

    CSMS_ROOT = "csms_root"
    MANUFACTURER_ROOT = "manufacturer_root"


class HashAlgorithm(StrEnum):
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHash:
    """Names a certificate as a station reported it; all are in hex, `serial_number` as it came.

    A station finds it again only by the same algorithm (TC_076).
    """

    hash_algorithm: HashAlgorithm
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate(Command):
    """Trust a root certificate (PEM)."""

    name: ClassVar[str] = "install_certificate"

    use: CertificateUse
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInstalledCertificates(Command):
    """Tell which root certificates there are, for each of `uses`."""

    name: ClassVar[str] = "get_installed_certificate_ids"

    uses: tuple[CertificateUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate(Command):
    """Trust a root certificate no longer."""

    name: ClassVar[str] = "delete_certificate"

    certificate: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSigned(Command):
    """The station's own certificate, signed: PEM, the leaf first."""

    name: ClassVar[str] = "certificate_signed"

    chain: str
