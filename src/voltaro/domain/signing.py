"""Certificates that stations ask for: which requests are passed on (A02, A03; 1.6 whitepaper §4)."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from voltaro.domain.decision import Change, Decision, Query, Rule, StationEvent

#: What a certificate of a station's own is for, where nothing else is said (2.x certificate type).
STATION_CERTIFICATE: Final = "ChargingStationCertificate"

#: Bits that are worth 112 of a symmetric key (A00.FR.502, A00.FR.503).
_RSA_BITS = 2048
_EC_BITS = 224

#: A name of a host on the network: a top-level domain has no digits, a serial number mostly does.
_HOST_NAME = re.compile(r"(?i)(\*\.)?([a-z0-9_-]+\.)+([a-z]{2,}|xn--[a-z0-9-]+)\.?")


class KeyKind(StrEnum):
    RSA = "rsa"
    EC = "ec"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedSubject:
    """What a certificate signing request says; names as often as they are there."""

    organizations: tuple[str, ...]
    common_names: tuple[str, ...]
    key_kind: KeyKind
    key_bits: int
    #: Whether whoever asks has the private key.
    is_signed: bool


class CertificateRequested(StationEvent, kw_only=True):
    """A station asks for its `csr` (PEM) to be signed. `purpose` is the 2.x certificate type.

    `subject` is None where the text is no request at all. `proven_name` is the serial number by which
    the certificate of the connection let the station in.
    """

    csr: str
    subject: RequestedSubject | None
    purpose: str = STATION_CERTIFICATE
    request_id: int | None = None
    proven_name: str | None = None


class Flaw(StrEnum):
    """Why a request is not passed on."""

    NO_AUTHORITY = "no_certificate_authority"
    UNREADABLE = "csr_unreadable"
    NOT_SIGNED = "csr_signature_wrong"
    WEAK_KEY = "key_too_weak"
    ORGANIZATION = "wrong_organization"
    COMMON_NAME = "wrong_common_name"
    ADDRESS = "common_name_is_an_address"
    ANOTHERS_NAME = "common_name_of_another_station"


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """Whose the station is and what it is called; None where that is not known.

    A station says itself what its serial number is: one that `is_anothers` would let it pose as
    that other station.
    """

    operator_name: str | None
    serial_number: str | None
    is_anothers: bool = False


@dataclass(frozen=True, slots=True)
class SigningQuery(Query[SigningFacts]):
    """`common_name` is what is asked for, where it can be read."""

    station_id: str
    common_name: str | None


@dataclass(frozen=True, slots=True)
class CertificateJudged(Change):
    """The latest request for each purpose is kept; without a `flaw` a certificate is to be made."""

    event: CertificateRequested
    flaw: Flaw | None


@dataclass(frozen=True, slots=True)
class CertificateAnswered(Change):
    """Whether a station took a certificate, which is known by the SHA-256 of its DER, in hex."""

    station_id: str
    sha256: str
    taken: bool


@dataclass(frozen=True, slots=True)
class SigningReply:
    """Whether the request is passed on to a certificate authority; if not, why."""

    flaw: Flaw | None

    @property
    def accepted(self) -> bool:
        return self.flaw is None


class CertificateState(StrEnum):
    """How far a certificate is."""

    #: Not made yet.
    REQUESTED = "requested"
    #: Made, and the station has not said whether it takes it.
    ISSUED = "issued"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCertificate:
    """A certificate that its station still waits for; without a `chain` it has to be made."""

    id: UUID
    station_id: str
    purpose: str
    csr: str
    request_id: int | None
    chain: str | None


def flaw_of(event: CertificateRequested, facts: SigningFacts) -> Flaw | None:
    """What is wrong with a request, the first thing first.

    The common name is the serial number (A00.FR.511). Real stations are also known by their
    identity, and until a station has booted we know no other name of it. Who has a certificate by a
    name renews it, whoever else says to be called so.
    """
    subject = event.subject
    if event.purpose != STATION_CERTIFICATE:
        return Flaw.NO_AUTHORITY
    if subject is None:
        return Flaw.UNREADABLE
    if not subject.is_signed:
        return Flaw.NOT_SIGNED
    if not _is_strong(subject):
        return Flaw.WEAK_KEY
    if facts.operator_name is not None and subject.organizations != (facts.operator_name,):
        return Flaw.ORGANIZATION
    names = {event.station_id, facts.serial_number} - {None}
    if len(subject.common_names) != 1 or subject.common_names[0] not in names:
        return Flaw.COMMON_NAME
    if _is_address(subject.common_names[0]):
        return Flaw.ADDRESS
    if facts.is_anothers and subject.common_names[0] != event.proven_name:
        return Flaw.ANOTHERS_NAME
    return None


def _is_address(name: str) -> bool:
    """Whether a certificate of this name could be taken for that of a CSMS (A00.FR.511)."""
    if "://" in name or _HOST_NAME.fullmatch(name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_strong(subject: RequestedSubject) -> bool:
    match subject.key_kind:
        case KeyKind.RSA:
            return subject.key_bits >= _RSA_BITS
        case KeyKind.EC:
            return subject.key_bits >= _EC_BITS
        case KeyKind.OTHER:
            return False


def _ask(event: CertificateRequested) -> SigningQuery:
    names = event.subject.common_names if event.subject else ()
    return SigningQuery(event.station_id, names[0] if names else None)


def _sign(event: CertificateRequested, facts: SigningFacts) -> Decision[SigningReply]:
    """Each request gets a certificate of its own, a repeated one as well (A02.FR.17)."""
    flaw = flaw_of(event, facts)
    return Decision(SigningReply(flaw), (CertificateJudged(event, flaw),))


SIGN_CERTIFICATE: Rule[CertificateRequested, SigningFacts, SigningReply] = Rule(_ask, _sign)
