"""Certificates of servers and stations, made for a test with the package `cryptography`."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

OPERATOR = "Example Charging Ltd"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, and the files that both were written to."""

    certificate: x509.Certificate
    key: Any
    cert_file: Path
    key_file: Path

    @property
    def pem(self) -> str:
        return self.cert_file.read_text()


def key_of(kind: str) -> Any:
    match kind:
        case "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "short rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=1024)
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def make(
    folder: Path,
    name: str,
    *,
    by: Pair | None = None,
    kind: str = "ec",
    operator: str = OPERATOR,
    days: tuple[float, float] = (-1, 365),
    hosts: Sequence[str] = (),
) -> Pair:
    """A certificate for `name`, valid in `days` from now, issued `by` a CA or being one itself."""
    key = key_of(kind)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if hosts:
        names = [x509.DNSName(each) for each in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    stem = f"{name}-{kind}-{certificate.serial_number}".replace(" ", "-")
    cert_file, key_file = folder / f"{stem}.pem", folder / f"{stem}.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_file.chmod(0o600)
    return Pair(certificate, key, cert_file, key_file)


def rewritten(pair: Pair, by: Pair, old: bytes, new: bytes) -> Pair:
    """The certificate with other bytes in it, as many as before, signed again (RFC 5280 §4.1)."""
    body = pair.certificate.tbs_certificate_bytes
    assert old in body
    assert len(old) == len(new)
    body = body.replace(old, new)
    signature = by.key.sign(body, ec.ECDSA(hashes.SHA256()))
    ecdsa_with_sha256 = bytes.fromhex("300a06082a8648ce3d040302")
    content = body + ecdsa_with_sha256 + bytes([3, len(signature) + 1, 0]) + signature
    der = b"\x30\x82" + len(content).to_bytes(2) + content
    pair.cert_file.write_text(ssl.DER_cert_to_PEM_cert(der))
    return pair


@dataclass(frozen=True)
class Authority:
    """The operator's root, what it issued to the server, and a folder for more."""

    folder: Path
    root: Pair
    server_rsa: Pair
    server_ec: Pair

    @property
    def settings(self) -> dict[str, Any]:
        """What a server with TLS is told."""
        return {
            "ocpp_tls_port": 0,
            "tls_cert": (self.server_rsa.cert_file, self.server_ec.cert_file),
            "tls_key": (self.server_rsa.key_file, self.server_ec.key_file),
            "tls_client_ca": self.root.cert_file,
        }

    def station(self, name: str, **options: Any) -> Pair:
        """A station's certificate."""
        return make(self.folder, name, by=options.pop("by", self.root), **options)

    def client(self, certificate: Pair | None = None, **options: Any) -> ssl.SSLContext:
        """What a station connects with: it trusts the root, and shows its certificate if any.

        Options are `ciphers`, and `minimum` and `maximum` of the TLS version.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.root.cert_file)
        if ciphers := options.get("ciphers"):
            context.set_ciphers(ciphers)
        if minimum := options.get("minimum"):
            context.minimum_version = minimum
        if maximum := options.get("maximum"):
            context.maximum_version = maximum
        if certificate is not None:
            context.load_cert_chain(certificate.cert_file, certificate.key_file)
        return context


def alert_for(url: str, context: ssl.SSLContext, *, within_s: float = 10) -> str | None:
    """The name of the alert that a client gets, or None; in TLS 1.3 it comes after the handshake."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=within_s) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                tls.recv(1)
        except ssl.SSLError as error:
            return str(error.reason).partition("ALERT_")[2] or None
    return None


def new_authority(folder: Path) -> Authority:
    root = make(folder, "root")
    return Authority(
        folder=folder,
        root=root,
        server_rsa=make(folder, "localhost", by=root, kind="rsa", hosts=["localhost"]),
        server_ec=make(folder, "localhost", by=root, kind="ec", hosts=["localhost"]),
    )
