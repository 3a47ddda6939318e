"""The server's certificates and whom it trusts: checked, loaded, and followed as they are renewed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

log = structlog.get_logger()

#: A00.FR.318 asks for the first two and the last two; those in between keep past traffic secret
#: for stations with RSA as well. TLS 1.3 has its own.
_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    ":ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
    ":AES128-GCM-SHA256:AES256-GCM-SHA384"
)
#: Bits, A00.FR.502 and A00.FR.503.
_SHORTEST_RSA: Final = 2048
_SHORTEST_EC: Final = 224
_LOOK_EVERY_S: Final = 5.0


class CertificateUnusable(Exception):
    """A plain line: which file, what is wrong with it, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where certificates and keys are, as PEM; `keys` in the order of `certificates`."""

    certificates: tuple[Path, ...]
    keys: tuple[Path, ...]
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCertificate:
    """What there is to tell of one certificate; `kind` is RSA or EC.

    `names` are those of the hosts that it is for, in lower case; the common name is one of them.
    """

    path: Path
    kind: str
    common_name: str
    names: frozenset[str]
    not_after: datetime


def examine_files(files: TlsFiles, now: datetime) -> list[ServerCertificate]:
    """The server's certificates, if all of them can be used.

    Raises:
        CertificateUnusable: one is missing, no match of its key, too weak or out of date.
    """
    if not files.certificates:
        raise CertificateUnusable("TLS needs a certificate: give --tls-cert and --tls-key")
    if len(files.certificates) != len(files.keys):
        raise CertificateUnusable(
            f"there are {len(files.certificates)} certificates and {len(files.keys)} keys; "
            "give --tls-key once for each --tls-cert, in the same order"
        )
    pairs = zip(files.certificates, files.keys, strict=True)
    found = [_examine(certificate, key, now) for certificate, key in pairs]
    kinds = [each.kind for each in found]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise CertificateUnusable(
                f"two certificates are {kind}; stations can be offered one RSA and one EC"
            )
    if files.client_ca is not None:
        _certificates(files.client_ca)
    return found


def _examine(path: Path, key_path: Path, now: datetime) -> ServerCertificate:
    certificate = _certificates(path)[0]
    key = _key(key_path)
    if certificate.public_key() != key.public_key():
        raise CertificateUnusable(
            f"{key_path} is not the key of {path}; the server's own certificate comes first in its file"
        )
    if now > certificate.not_valid_after_utc:
        raise CertificateUnusable(
            f"{path} ran out on {certificate.not_valid_after_utc:%Y-%m-%d}; renew it"
        )
    if now < certificate.not_valid_before_utc:
        raise CertificateUnusable(
            f"{path} is valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on; "
            "check this machine's clock"
        )
    (name, *_) = [
        *(str(n.value) for n in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)),
        "",
    ]
    return ServerCertificate(
        path=path,
        kind=_kind(path, key),
        common_name=name,
        names=frozenset(each.lower() for each in (name, *_alternative_names(certificate))),
        not_after=certificate.not_valid_after_utc,
    )


def _alternative_names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_content(path))
    except ValueError:
        raise CertificateUnusable(f"{path} holds no certificate in PEM format") from None


def _key(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(_content(path), None)
    except TypeError:
        raise CertificateUnusable(f"{path} has a passphrase; give a key without one") from None
    except ValueError:
        raise CertificateUnusable(f"{path} holds no private key in PEM format") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateUnusable(f"{path} cannot be read ({error.strerror})") from None


def _kind(path: Path, key: PrivateKeyTypes) -> str:
    match key:
        case rsa.RSAPrivateKey(key_size=bits):
            kind, least = "RSA", _SHORTEST_RSA
        case ec.EllipticCurvePrivateKey(key_size=bits):
            kind, least = "EC", _SHORTEST_EC
        case _:
            raise CertificateUnusable(f"{path} is neither RSA nor EC, which OCPP stations know")
    if bits < least:
        raise CertificateUnusable(
            f"{path} is too weak: its {kind} key has {bits} bits, OCPP asks for {least}"
        )
    return kind


def make_context(files: TlsFiles, roots: str) -> ssl.SSLContext:
    """What TLS connections are made with; `roots` are PEM, besides those of `files.client_ca`.

    Raises:
        CertificateUnusable: OpenSSL does not take what `examine_files` let pass.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # A00.FR.313
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    for certificate, key in zip(files.certificates, files.keys, strict=True):
        try:
            context.load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            raise CertificateUnusable(f"{certificate} cannot be used ({error.reason})") from None
    if roots:
        context.load_verify_locations(cadata=roots)
    if files.client_ca is not None:
        try:
            context.load_verify_locations(files.client_ca)
        except ssl.SSLError as error:
            raise CertificateUnusable(
                f"{files.client_ca} cannot be used ({error.reason})"
            ) from None
    if roots or files.client_ca is not None:
        # Demanded later, of stations with profile 3 alone.
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


class ServerCertificates:
    """The context of the moment. `roots` tells the PEM of the roots that we issue by."""

    def __init__(self, files: TlsFiles, roots: Callable[[], str]) -> None:
        """Load them.

        Raises:
            CertificateUnusable: they cannot be used.
        """
        self._files = files
        self._roots = roots
        self._seen = self._look()
        self.context = self._load()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Until the end of the block, what is renewed on disk is used for new connections."""
        task = asyncio.create_task(self._follow(), name="server certificates")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if (seen := self._look()) == self._seen:
                continue
            self._seen = seen
            try:
                self.context = self._load()
            except CertificateUnusable as error:
                # One of two files may be new already; the other one is a change again.
                log.warning("server certificates not renewed", reason=str(error))
            else:
                log.info("server certificates renewed")

    def _load(self) -> ssl.SSLContext:
        self.common_name = examine_files(self._files, datetime.now(UTC))[0].common_name
        return make_context(self._files, self._roots())

    def _look(self) -> tuple[object, ...]:
        """Differs from the last one when something was changed."""
        paths = (*self._files.certificates, *self._files.keys, self._files.client_ca)
        return (self._roots(), *(_stamp(path) for path in paths if path is not None))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ino)
