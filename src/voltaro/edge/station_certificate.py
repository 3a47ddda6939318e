"""The certificate that a station shows (2.x A00.FR.403 to FR.407, 1.6 whitepaper §2.5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from voltaro.edge.refusals import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class StationCertificate:
    """`flaw` is why nobody may come in with it, whoever's it is."""

    common_name: str
    flaw: Reason | None


#: Whether the certificate with this SHA-256 (hexadecimal) was revoked.
IsRevoked = Callable[[str], bool]


def read_certificate(
    der: bytes, now: datetime, *, operator_name: str | None, is_revoked: IsRevoked
) -> StationCertificate:
    """What a certificate says; TLS has verified that somebody whom we trust issued it.

    TLS does so once: who resumes a session may bring one that has run out or was revoked since.
    """
    certificate = x509.load_der_x509_certificate(der)
    (name, *_) = [*_texts(certificate, NameOID.COMMON_NAME), ""]
    return StationCertificate(
        common_name=name, flaw=_flaw(certificate, operator_name, is_revoked, now)
    )


def _flaw(
    certificate: x509.Certificate, operator_name: str | None, is_revoked: IsRevoked, now: datetime
) -> Reason | None:
    if now > certificate.not_valid_after_utc:
        return Reason.CERTIFICATE_EXPIRED
    if is_revoked(certificate.fingerprint(SHA256()).hex()):
        return Reason.CERTIFICATE_REVOKED
    owners = _texts(certificate, NameOID.ORGANIZATION_NAME)
    if operator_name is not None and operator_name not in owners:
        return Reason.WRONG_OPERATOR
    return None


def _texts(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(each.value).strip() for each in certificate.subject.get_attributes_for_oid(kind)]
