"""The certificates a station holds, and the one it asks for (1.6 security whitepaper, A02, M03-M05)."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voltaro.testing.controller16.configuration import Configuration
from voltaro.testing.controller16.der import Certificate, key_of_request, read_certificates
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import CallFailedError, Payload, Reply

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_ALGORITHMS = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A root certificate; `use` is the word on the wire."""

    use: str
    pem: str
    certificate: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What the versions have each in its own way: where settings are, and words on the wire."""

    organization: Callable[[], str]
    #: How many roots there is room for, and how many characters a chain may have.
    most_roots: Callable[[], int]
    longest_chain: Callable[[], int]
    server_root: str
    #: The security event of a certificate that is not taken.
    not_taken: str
    #: What a request says besides the CSR.
    asks_with: Payload = field(default_factory=dict)


def customs16(configuration: Configuration) -> Customs:
    """Those of 1.6."""
    return Customs(
        organization=lambda: configuration["CpoName"],
        most_roots=lambda: configuration.number("CertificateStoreMaxLength"),
        longest_chain=lambda: configuration.number("CertificateSignedMaxChainSize"),
        server_root="CentralSystemRootCertificate",
        not_taken="InvalidChargePointCertificate",
    )


class Certificates:
    """The store of one station; it outlives resets."""

    def __init__(
        self,
        station: "SimulatedStation",
        customs: Customs,
        security: SecurityLog,
        jobs: Jobs,
    ) -> None:
        self._station = station
        self._customs = customs
        self._security = security
        self._jobs = jobs
        self.installed: list[Installed] = []
        #: The algorithm of the hash data that is told.
        self.algorithm = "SHA256"
        #: The chain that was accepted for the station itself.
        self.own_chain: str | None = None
        #: The latest request, and the private key it was made with.
        self.request: str | None = None
        self.private_key: str | None = None

    def roots(self) -> list[str]:
        """What the station trusts when it connects to a server."""
        return [each.pem for each in self.installed if each.use == self._customs.server_root]

    def install(self, request: Payload) -> Payload:
        """InstallCertificate."""
        try:
            certificate = read_certificates(request["certificate"])[0]
        except ValueError:
            return {"status": "Rejected"}
        new = Installed(
            use=request["certificateType"], pem=request["certificate"], certificate=certificate
        )
        others = [each for each in self.installed if (each.use, each.pem) != (new.use, new.pem)]
        if len(others) >= self._customs.most_roots():
            return {"status": "Rejected"}
        self.installed = [*others, new]
        return {"status": "Accepted"}

    def list_ids(self, request: Payload) -> Payload:
        """GetInstalledCertificateIds."""
        use = request["certificateType"]
        found = [self.hash_data(each, self.algorithm) for each in self.installed if each.use == use]
        if not found:
            return {"status": "NotFound"}
        return {"status": "Accepted", "certificateHashData": found}

    def delete(self, request: Payload) -> Payload:
        """DeleteCertificate: found by its hash data, in any case of its digits."""
        asked = request["certificateHashData"]
        algorithm = asked["hashAlgorithm"]
        for each in self.installed:
            if _folded(self.hash_data(each, algorithm)) == _folded(asked):
                self.installed.remove(each)
                return {"status": "Accepted"}
        return {"status": "NotFound"}

    def take_signed(self, request: Payload) -> Payload | Reply:
        """CertificateSigned: only for the key that was asked about last."""
        chain = request["certificateChain"]
        try:
            leaf = read_certificates(chain)[0]
            fits = (
                self.request is not None
                and leaf.public_key == key_of_request(self.request)
                and len(chain) <= self._customs.longest_chain()
            )
        except ValueError:
            fits = False
        if not fits:
            tells = self._security.tells
            return Reply(
                {"status": "Rejected"},
                lambda: self._jobs.begin(tells(self._customs.not_taken)),
            )
        self.own_chain = chain
        return {"status": "Accepted"}

    async def asks_for_one(self) -> None:
        """Make a key and send a SignCertificate; needs the program `openssl`."""
        station = self._station
        name = station.identity.serial or station.id
        self.private_key, self.request = await _make_request(
            self._customs.organization(), name.replace("/", "_")
        )
        await station.link.call("SignCertificate", {"csr": self.request, **self._customs.asks_with})

    def hash_data(self, installed: Installed, algorithm: str) -> dict[str, str]:
        """What names a certificate: the serial number in hexadecimal without leading zeros."""
        digest = _ALGORITHMS[algorithm]
        certificate = installed.certificate
        return {
            "hashAlgorithm": algorithm,
            "issuerNameHash": digest(certificate.issuer).hexdigest(),
            "issuerKeyHash": digest(self._issuer_key(certificate)).hexdigest(),
            "serialNumber": f"{certificate.serial:x}",
        }

    def _issuer_key(self, certificate: Certificate) -> bytes:
        # A root is its own issuer; for others the issuer has to be in the store, too.
        holders = (each.certificate for each in self.installed)
        issuer = next((each for each in holders if each.subject == certificate.issuer), certificate)
        return issuer.public_key


def can_make_requests() -> bool:
    return shutil.which("openssl") is not None


def is_certificate(text: str) -> bool:
    try:
        return bool(read_certificates(text))
    except ValueError:
        return False


async def _make_request(organisation: str, name: str) -> tuple[str, str]:
    """A private key and a certificate request, both PEM."""
    arguments = "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -subj"
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *arguments.split(),
        f"/O={organisation.replace('/', '_')}/CN={name}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    key, found, request = output.decode().partition("-----BEGIN CERTIFICATE REQUEST-----")
    if process.returncode != 0 or not found:
        raise CallFailedError("InternalError", "openssl made no certificate request")
    return key.strip(), (found + request).strip()


def _folded(hash_data: dict[str, str]) -> dict[str, str]:
    return {key: value.lower() for key, value in hash_data.items()}
