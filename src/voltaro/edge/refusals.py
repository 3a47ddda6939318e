"""Why a station is not let in: the words that operators see, and what the station is told."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an upgrade was refused, or a TLS handshake failed: the word that operators see."""

    NO_IDENTITY = "no_identity"
    BAD_ENCODING = "bad_encoding"
    UNKNOWN_STATION = "unknown_station"
    NO_CREDENTIALS = "no_credentials"
    WRONG_USERNAME = "wrong_username"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a reason, not a password
    TLS_REQUIRED = "tls_required"
    NO_CERTIFICATE = "no_certificate"
    WRONG_CERTIFICATE = "wrong_certificate"
    WRONG_OPERATOR = "wrong_operator"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_TOO_EARLY = "certificate_too_early"
    UNKNOWN_CA = "unknown_ca"
    BAD_CERTIFICATE = "bad_certificate"
    OUR_CERTIFICATE_REFUSED = "our_certificate_refused"
    NO_TLS = "no_tls"
    TLS_TOO_OLD = "tls_too_old"
    NO_COMMON_CIPHER = "no_common_cipher"
    TLS_ABANDONED = "tls_abandoned"
    TLS_TIMED_OUT = "tls_timed_out"
    TLS_FAILED = "tls_failed"
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
    Reason.NO_CERTIFICATE: 403,
    Reason.WRONG_CERTIFICATE: 403,
    Reason.WRONG_OPERATOR: 403,
    Reason.CERTIFICATE_REVOKED: 403,
    Reason.CERTIFICATE_EXPIRED: 403,
    Reason.CERTIFICATE_TOO_EARLY: 403,
    Reason.BAD_CERTIFICATE: 403,
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
    Reason.NO_CERTIFICATE: "This station must show its certificate",
    Reason.WRONG_CERTIFICATE: "The certificate's common name is not this station's",
    Reason.WRONG_OPERATOR: "The certificate names another organisation",
    Reason.CERTIFICATE_REVOKED: "The certificate was revoked",
    Reason.CERTIFICATE_EXPIRED: "The certificate has run out",
    Reason.CERTIFICATE_TOO_EARLY: "The certificate is not valid yet",
    Reason.BAD_CERTIFICATE: "The certificate breaks the rules of X.509",
    Reason.NO_COMMON_SUBPROTOCOL: "Offer one of the subprotocols ocpp2.1, ocpp2.0.1, ocpp1.6",
    Reason.DATABASE_AWAY: "Try again later",
    Reason.TOO_MANY_FAILURES: "Too many failed attempts from this address",
}


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
