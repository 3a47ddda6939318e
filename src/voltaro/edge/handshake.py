"""Whom to let in: identity, credentials, security profile and version of an upgrade request."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_to_bytes

from voltaro.domain.values import changed
from voltaro.edge.refusals import Reason, Refusal
from voltaro.edge.station_certificate import StationCertificate
from voltaro.protocol.rpc import clean
from voltaro.protocol.versions import OcppVersion, negotiate
from voltaro.services.directory import StationRecord
from voltaro.services.secrets import Keyring

_LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeRequest:
    """What a station says before it is let in. `subprotocols` in the station's order.

    `secured` tells whether it came by TLS, `certificate` what it showed there.
    """

    path: str
    authorization: str | None
    subprotocols: tuple[str, ...]
    secured: bool = False
    certificate: StationCertificate | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """`echo` tells whether the version was offered and is to be confirmed in the answer.

    `proven` is the hash of an offered password, where the station logged in with one.
    `serial_number` is what its certificate says, where it let the station in. `reached` is the
    higher security profile that it was told to change over to and came by for the first time.
    """

    station: StationRecord
    version: OcppVersion
    echo: bool
    proven: bytes | None = None
    serial_number: str | None = None
    reached: int | None = None


def identity(path: str) -> str | Refusal:
    """The last segment of the path that is not empty, percent-decoded once.

    Quirks Q4, Q5: doubled slashes and whole URLs within the path.
    """
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    if not segments:
        return Refusal(Reason.NO_IDENTITY, "")
    try:
        decoded, _ = clean(unquote_to_bytes(segments[-1]).decode())
    except UnicodeDecodeError:
        return Refusal(Reason.BAD_ENCODING, segments[-1][:_LONGEST])
    return decoded[:_LONGEST]


def examine(
    request: UpgradeRequest, station: StationRecord, keyring: Keyring
) -> Admission | Refusal:
    """Decide on the upgrade of a registered station."""
    choice = _choose_version(request.subprotocols, station)
    in_hex = isinstance(choice, Admission) and choice.version.has_hex_passwords
    strictly = station.strict and in_hex
    prove = partial(_prove, request, station, keyring, strictly=strictly)
    offered = {
        each for each in station.offered_security_profiles if each > station.security_profile
    }
    for profile in sorted(offered, reverse=True):
        if isinstance(proof := prove(profile), _Proof):
            return _admitted(choice, proof, reached=profile)
    if isinstance(proof := prove(station.security_profile), Reason):
        return Refusal(proof, station.station_id)
    return _admitted(choice, proof, reached=None)


@dataclass(frozen=True, slots=True)
class _Proof:
    """What good credentials tell; see `Admission`."""

    new_password: bytes | None = None
    serial_number: str | None = None


def _admitted(
    choice: Admission | Refusal, proof: _Proof, *, reached: int | None
) -> Admission | Refusal:
    if isinstance(choice, Refusal):
        return choice
    return changed(
        choice, proven=proof.new_password, serial_number=proof.serial_number, reached=reached
    )


def _prove(
    request: UpgradeRequest,
    station: StationRecord,
    keyring: Keyring,
    profile: int,
    *,
    strictly: bool,
) -> _Proof | Reason:
    """What the credentials of a security profile tell, or why they do not do (2.x A00)."""
    if profile >= 2 and not request.secured:
        return Reason.TLS_REQUIRED
    if profile == 0:
        return _Proof()
    if profile == 3:
        return _check_certificate(request.certificate, station)
    found = _check_password(request.authorization, station, keyring, strictly=strictly)
    if isinstance(found, Reason):
        return found
    return _Proof(new_password=None if found == station.password_hash else found)


def _check_certificate(
    certificate: StationCertificate | None, station: StationRecord
) -> _Proof | Reason:
    """Whether a certificate is the station's own (A00.FR.404, A00.FR.405)."""
    if certificate is None:
        return Reason.NO_CERTIFICATE
    if certificate.flaw is not None:
        return certificate.flaw
    if certificate.made_for not in {None, station.station_id}:
        return Reason.WRONG_CERTIFICATE
    if certificate.common_name == station.station_id:
        return _Proof()
    # Some stations tell an empty serial number.
    if certificate.common_name and certificate.common_name == station.serial_number:
        return _Proof(serial_number=station.serial_number)
    return Reason.WRONG_CERTIFICATE


def _check_password(
    authorization: str | None, station: StationRecord, keyring: Keyring, *, strictly: bool
) -> Reason | bytes:
    """The stored hash that the password fits, or why there is none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return Reason.NO_CREDENTIALS
    try:
        # The password may be any bytes, so the first colon is the border (1.6 §6.2.2 whitepaper).
        username, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except ValueError:  # no base64, or not even ASCII
        return Reason.NO_CREDENTIALS
    if station.check_username and username != station.station_id.encode():
        return Reason.WRONG_USERNAME
    current = () if station.password_hash is None else (station.password_hash,)
    among = (*current, *station.offered_password_hashes)
    return keyring.find(password, among, decoded_only=strictly) or Reason.WRONG_PASSWORD


def _choose_version(offered: Sequence[str], station: StationRecord) -> Admission | Refusal:
    version = negotiate(offered)
    if version is not None:
        return Admission(station, version, echo=True)
    if not offered and station.fallback_protocol is not None:
        # Quirk Q1: no subprotocol at all; the station's settings say what it speaks.
        return Admission(station, OcppVersion(station.fallback_protocol), echo=False)
    return Refusal(Reason.NO_COMMON_SUBPROTOCOL, station.station_id)
