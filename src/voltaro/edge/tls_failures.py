"""What a failed TLS handshake means, by the words of OpenSSL."""

import ssl

from voltaro.edge.refusals import Reason

#: OpenSSL's X509_V_ERR_… numbers.
_VERIFICATION = {
    9: Reason.CERTIFICATE_TOO_EARLY,
    10: Reason.CERTIFICATE_EXPIRED,
    2: Reason.UNKNOWN_CA,
    18: Reason.UNKNOWN_CA,
    19: Reason.UNKNOWN_CA,
    20: Reason.UNKNOWN_CA,
    21: Reason.UNKNOWN_CA,
}

_ERRORS = {
    "HTTP_REQUEST": Reason.NO_TLS,
    "HTTPS_PROXY_REQUEST": Reason.NO_TLS,
    "WRONG_VERSION_NUMBER": Reason.NO_TLS,
    "UNSUPPORTED_PROTOCOL": Reason.TLS_TOO_OLD,
    "VERSION_TOO_LOW": Reason.TLS_TOO_OLD,
    "NO_SHARED_CIPHER": Reason.NO_COMMON_CIPHER,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": Reason.NO_COMMON_CIPHER,
    "NO_SUITABLE_KEY_SHARE": Reason.NO_COMMON_CIPHER,
}

#: How a station says that it does not want our certificate (RFC 8446 §6.2).
_ALERTS = {
    "BAD_CERTIFICATE",
    "UNSUPPORTED_CERTIFICATE",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_UNKNOWN",
    "UNKNOWN_CA",
}


def reason_of(error: ssl.SSLError) -> Reason:
    """Why the handshake failed (A00.FR.314, FR.315, FR.407, FR.418)."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFICATION.get(error.verify_code, Reason.BAD_CERTIFICATE)
    word = error.reason or ""
    if word.partition("ALERT_")[2] in _ALERTS:
        return Reason.OUR_CERTIFICATE_REFUSED
    return _ERRORS.get(word, Reason.TLS_FAILED)
