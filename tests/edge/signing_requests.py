"""What a station makes when it wants a certificate, with the package `cryptography`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.edge.certificates import OPERATOR

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Wanted:
    """A request (PEM) and the key it is about."""

    csr: str
    key: Any

    def fits(self, chain: str) -> bool:
        """Whether a chain is for this key."""
        leaf = x509.load_pem_x509_certificate(chain.encode())
        return leaf.public_key() == self.key.public_key()

    def keep(self, folder: Path, chain: str) -> tuple[Path, Path]:
        """Files for TLS: the chain and the private key."""
        key = self.key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "chain.pem").write_text(chain)
        (folder / "station.key").write_bytes(key)
        return folder / "chain.pem", folder / "station.key"


def wants(*names: str, operator: str | None = OPERATOR, key: Any = None) -> Wanted:
    """A request for a certificate with these common names."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, each) for each in names]
    if operator is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator))
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name(parts))
        .sign(key, hashes.SHA256())
    )
    return Wanted(request.public_bytes(PEM).decode(), key)
