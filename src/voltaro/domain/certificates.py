"""Certificates that stations hold (1.6 security whitepaper §4-§5, 2.x functional blocks A and M)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command


class CertificateUse(StrEnum):
    """Whom a certificate lets a station trust (2.x GetCertificateIdUseEnumType)."""

    CSMS_ROOT = "csms_root"
    MANUFACTURER_ROOT = "manufacturer_root"
    V2G_ROOT = "v2g_root"
    #: Whoever has the contracts for plug and charge.
    MO_ROOT = "mo_root"
    #: Of vehicles, for ISO 15118-20 (2.1).
    OEM_ROOT = "oem_root"
    #: The station's own for ISO 15118 and what it hangs from; it is signed, never installed.
    V2G_CHAIN = "v2g_chain"


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
    """Trust a root certificate (PEM, M05)."""

    name: ClassVar[str] = "install_certificate"

    use: CertificateUse
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInstalledCertificates(Command):
    """Tell which certificates there are for `uses`; without any: for all that the version knows."""

    name: ClassVar[str] = "get_installed_certificate_ids"

    uses: tuple[CertificateUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate(Command):
    """Trust a root certificate no longer."""

    name: ClassVar[str] = "delete_certificate"

    certificate: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSigned(Command):
    """The station's own certificate, signed: PEM, the leaf first.

    `purpose` is the 2.x certificate type, `request_id` that of the request (2.1 A02.FR.25).
    """

    name: ClassVar[str] = "certificate_signed"

    chain: str
    purpose: str | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewCertificate(Command):
    """Make a new key for the connection to us, and ask for a certificate (A02)."""

    name: ClassVar[str] = "renew_certificate"
