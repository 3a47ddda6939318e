"""Whom to let in: identity, credentials, security profile and version of an upgrade request."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote_to_bytes

from voltaro.protocol.rpc import clean
from voltaro.protocol.versions import OcppVersion, negotiate
from voltaro.services.directory import StationRecord
from voltaro.services.secrets import Keyring

_LONGEST = 255


class Reason(StrEnum):
    """Why an upgrade was refused: the word that operators see."""

    NO_IDENTITY = "no_identity"
    BAD_ENCODING = "bad_encoding"
    UNKNOWN_STATION = "unknown_station"
    NO_CREDENTIALS = "no_credentials"
    WRONG_USERNAME = "wrong_username"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a reason, not a password
    TLS_REQUIRED = "tls_required"
    NO_COMMON_SUBPROTOCOL = "no_common_subprotocol"
    DATABASE_AWAY = "database_away"
    TOO_MANY_FAILURES = "too_many_failures"


_STATUS = {
    Reason.NO_IDENTITY: 404,
    Reason.BAD_ENCODING: 400,
    Reason.UNKNOWN_STATION: 404,
    Reason.NO_CREDENTIALS: 401,
    Reason.WRONG_USERNAME: 401,
    Reason.WRONG_PASSWORD: 401,
    Reason.TLS_REQUIRED: 403,
    Reason.NO_COMMON_SUBPROTOCOL: 400,
    Reason.DATABASE_AWAY: 503,
    Reason.TOO_MANY_FAILURES: 429,
}

_TEXT = {
    Reason.NO_IDENTITY: "The path must end in the station's identity: /<station id>",
    Reason.BAD_ENCODING: "The station's identity in the path is not valid percent-encoded UTF-8",
    Reason.UNKNOWN_STATION: "No station of this identity is registered",
    Reason.NO_CREDENTIALS: "This station must authenticate with its password",
    Reason.WRONG_USERNAME: "The user name must be the station's identity",
    Reason.WRONG_PASSWORD: "Wrong password",
    Reason.TLS_REQUIRED: "This station must connect with TLS",
    Reason.NO_COMMON_SUBPROTOCOL: "Offer one of the subprotocols ocpp2.1, ocpp2.0.1, ocpp1.6",
    Reason.DATABASE_AWAY: "Try again later",
    Reason.TOO_MANY_FAILURES: "Too many failed attempts from this address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeRequest:
    """What a station says before it is let in. `subprotocols` in the station's order."""

    path: str
    authorization: str | None
    subprotocols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An upgrade that is answered with an HTTP error."""

    reason: Reason
    station_id: str

    @property
    def status(self) -> int:
        return _STATUS[self.reason]

    @property
    def text(self) -> str:
        return _TEXT[self.reason]


@dataclass(frozen=True, slots=True)
class Admission:
    """`echo` tells whether the version was offered and is to be confirmed in the answer.

    `proven` is the hash of an offered password, where the station logged in with one.
    """

    station: StationRecord
    version: OcppVersion
    echo: bool
    proven: bytes | None = None


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
    """Decide on the upgrade of a registered station, on the plain port."""
    if station.security_profile >= 2:
        return Refusal(Reason.TLS_REQUIRED, station.station_id)
    choice = _choose_version(request.subprotocols, station)
    if station.security_profile == 1:
        is_v16 = isinstance(choice, Admission) and choice.version is OcppVersion.V16
        strictly = station.strict and is_v16
        found = _check_credentials(request.authorization, station, keyring, strictly=strictly)
        if isinstance(found, Reason):
            return Refusal(found, station.station_id)
        if isinstance(choice, Admission) and found != station.password_hash:
            return replace(choice, proven=found)
    return choice


def _check_credentials(
    authorization: str | None, station: StationRecord, keyring: Keyring, *, strictly: bool
) -> Reason | bytes:
    """The stored hash that the password fits, or why there is none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return Reason.NO_CREDENTIALS
    try:
        # The password may be any bytes, so the first colon is the border (1.6 §6.2.2 whitepaper).
        username, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
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
