"""The certificate authority of stations: ours, where no other is plugged in (ADR 0031)."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from voltaro.services.secrets import Keyring
from voltaro.store.certificates import find_authority, keep_authority
from voltaro.store.reach import Engine

_ROOT_LASTS: Final = timedelta(days=20 * 365)
_LEAF_LASTS: Final = timedelta(days=365)
#: A station whose clock is behind must not find its certificate to be of the future (A02.FR.08).
_BACKDATED: Final = timedelta(days=1)
_KEY_PURPOSE: Final = "station certificate authority"


class Authority(Protocol):
    """Whoever signs the certificates of stations: this server, or one that is asked for it."""

    async def sign(self, csr: str, at: datetime) -> str:
        """A certificate for a request (PEM) that was found good, with its chain: the leaf first.

        Raises:
            SigningFailed: there is none now; it is asked again.
        """
        ...

    def trusted_roots(self) -> str:
        """What certificates of stations hang from: PEM, one or several."""
        ...


class SigningFailed(Exception):
    """An authority made no certificate; the text says why."""


class OwnAuthority:
    """A root of our own, which signs directly."""

    def __init__(self, root: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._root = root
        self._key = key

    @property
    def root(self) -> x509.Certificate:
        return self._root

    async def sign(self, csr: str, at: datetime) -> str:
        """See `Authority.sign`; the root is not part of the chain, since stations have it."""
        try:
            request = x509.load_pem_x509_csr(csr.strip().encode())
            certificate = self._leaf(request, at).sign(self._key, SHA256())
        except ValueError as error:
            raise SigningFailed(str(error)) from error
        return certificate.public_bytes(Encoding.PEM).decode()

    def trusted_roots(self) -> str:
        """See `Authority.trusted_roots`."""
        return self._root.public_bytes(Encoding.PEM).decode()

    def _leaf(
        self, request: x509.CertificateSigningRequest, at: datetime
    ) -> x509.CertificateBuilder:
        """The subject as it was asked for; no extended key usage (A00.FR.514), no other names."""
        begin = at - _BACKDATED
        return (
            x509.CertificateBuilder()
            .subject_name(request.subject)
            .issuer_name(self._root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(min(at + _LEAF_LASTS, self._root.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )


async def open_authority(
    engine: Engine, keyring: Keyring, operator_name: str | None
) -> OwnAuthority:
    """The authority of this installation, the same at every start; made at the first one.

    Raises:
        DatabaseAway: try again.
    """
    sealed_with = keyring.derived(_KEY_PURPOSE)
    found = await find_authority(engine)
    if found is None:
        await keep_authority(engine, *_new_root(operator_name, sealed_with), datetime.now(UTC))
        found = await find_authority(engine)
        assert found is not None
    certificate, sealed_key = found
    key = load_pem_private_key(sealed_key.encode(), sealed_with)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return OwnAuthority(x509.load_pem_x509_certificate(certificate.encode()), key)


def _new_root(operator_name: str | None, sealed_with: bytes) -> tuple[str, str]:
    """A self-signed root and its private key, sealed; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator_name or "Voltaro"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Voltaro station CA"),
        ]
    )
    public = key.public_key()
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, SHA256())
    )
    sealed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(sealed_with)
    )
    return root.public_bytes(Encoding.PEM).decode(), sealed.decode()


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """A00.FR.512: a root signs certificates, and a station signs what it says."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
