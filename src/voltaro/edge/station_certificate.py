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
    """`flaw` is why nobody may come in with it, whoever's it is.

    `made_for` is the only station that may, where we know that it asked for it.
    """

    common_name: str
    flaw: Reason | None
    made_for: str | None = None


#: Whether the certificate with this SHA-256 (hexadecimal) was revoked.
IsRevoked = Callable[[str], bool]
#: The station for which the certificate with this SHA-256 was made; None where that is not known.
MadeFor = Callable[[str], str | None]


def read_certificate(
    der: bytes,
    now: datetime,
    *,
    operator_name: str | None,
    is_revoked: IsRevoked,
    made_for: MadeFor,
) -> StationCertificate:
    """What a certificate says; TLS has verified that somebody whom we trust issued it.

    TLS does so once: who resumes a session may bring one that has run out or was revoked since.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        sha256 = certificate.fingerprint(SHA256()).hex()
        (name, *_) = [*_texts(certificate, NameOID.COMMON_NAME), ""]
        return StationCertificate(
            common_name=name,
            flaw=_flaw(certificate, operator_name, now, revoked=is_revoked(sha256)),
            made_for=made_for(sha256),
        )
    except ValueError:  # OpenSSL takes more than X.509 allows: letters, negative numbers
        return StationCertificate(common_name="", flaw=Reason.BAD_CERTIFICATE)


def _flaw(
    certificate: x509.Certificate, operator_name: str | None, now: datetime, *, revoked: bool
) -> Reason | None:
    if now > certificate.not_valid_after_utc:
        return Reason.CERTIFICATE_EXPIRED
    if revoked:
        return Reason.CERTIFICATE_REVOKED
    owners = _texts(certificate, NameOID.ORGANIZATION_NAME)
    if operator_name is not None and operator_name not in owners:
        return Reason.WRONG_OPERATOR
    return None


def _texts(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(each.value) for each in certificate.subject.get_attributes_for_oid(kind)]
