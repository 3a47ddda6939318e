"""Certificates and requests for them as they travel (PEM), the same in every version."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from voltaro.domain.signing import CertificateAnswered, KeyKind, RequestedSubject


def read_signing_request(pem: str) -> RequestedSubject | None:
    """What a signing request (RFC 2986) says; None where it cannot be read."""
    try:
        request = x509.load_pem_x509_csr(pem.strip().encode())
        kind, bits = _key(request)
        return RequestedSubject(
            organizations=_names(request, NameOID.ORGANIZATION_NAME),
            common_names=_names(request, NameOID.COMMON_NAME),
            key_kind=kind,
            key_bits=bits,
            is_signed=kind is not KeyKind.OTHER and request.is_signature_valid,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def answered(station_id: str, chain: str, status: str | None) -> tuple[CertificateAnswered, ...]:
    """What a station's answer to CertificateSigned means; `status` None: it refused to listen."""
    try:
        leaf = x509.load_pem_x509_certificate(chain.encode())
    except (ValueError, UnsupportedAlgorithm):  # by hand, and its own affair
        return ()
    taken = status == "Accepted"
    return (CertificateAnswered(station_id, leaf.fingerprint(SHA256()).hex(), taken),)


def _key(request: x509.CertificateSigningRequest) -> tuple[KeyKind, int]:
    match request.public_key():
        case rsa.RSAPublicKey() as key:
            return KeyKind.RSA, key.key_size
        case ec.EllipticCurvePublicKey() as key:
            return KeyKind.EC, key.key_size
        case _:
            return KeyKind.OTHER, 0


def _names(request: x509.CertificateSigningRequest, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    names = tuple(str(each.value) for each in request.subject.get_attributes_for_oid(oid))
    if any("\0" in name for name in names):
        raise ValueError("NUL is in no name, and no database keeps it")
    return names
