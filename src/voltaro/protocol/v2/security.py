"""SecurityEventNotification (A04) and SignCertificate (A02, A03)."""

from typing import Final

from voltaro.domain.security import SECURITY_EVENT, SecurityEventReported
from voltaro.domain.signing import (
    SIGN_CERTIFICATE,
    STATION_CERTIFICATE,
    CertificateRequested,
    Flaw,
    SigningReply,
)
from voltaro.protocol.certificate_texts import read_signing_request
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

#: Why a request is not passed on (2.x StatusInfoType, and the list of reason codes).
_WHY: Final[dict[Flaw, tuple[str, str]]] = {
    Flaw.NO_AUTHORITY: ("UnsupportedRequest", "there is no authority for this kind of certificate"),
    Flaw.UNREADABLE: ("InvalidCSR", "it is no certificate signing request in PEM"),
    Flaw.NOT_SIGNED: ("InvalidCSR", "its signature does not fit its key"),
    Flaw.WEAK_KEY: ("InvalidCSR", "the key is weaker than RSA 2048 or EC 224"),
    Flaw.ORGANIZATION: ("InvalidCSR", "O is not the name of the operator"),
    Flaw.ANOTHERS_NAME: ("InvalidCSR", "CN is the name of another station"),
    Flaw.ADDRESS: ("InvalidCSR", "CN is a URL, the name of a host or an IP address"),
    Flaw.COMMON_NAME: ("InvalidCSR", "CN is not the serial number or the identity"),
}


def _read_event(
    req: wire.SecurityEventNotificationRequest, origin: Origin
) -> SecurityEventReported:
    at, trusted = read_moment(req.timestamp, origin)
    return SecurityEventReported(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        type=req.type,
        tech_info=req.tech_info,
    )


def _write_event(_reply: None) -> wire.SecurityEventNotificationResponse:
    return wire.SecurityEventNotificationResponse()


def _read_sign(req: wire.SignCertificateRequest, origin: Origin) -> CertificateRequested:
    return CertificateRequested(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        csr=req.csr,
        subject=read_signing_request(req.csr),
        purpose=req.certificate_type or STATION_CERTIFICATE,
        request_id=req.request_id,
        proven_name=origin.proven_name,
    )


def _write_sign(reply: SigningReply) -> wire.SignCertificateResponse:
    if reply.flaw is None:
        return wire.SignCertificateResponse(status="Accepted")
    code, why = _WHY[reply.flaw]
    return wire.SignCertificateResponse(
        status="Rejected",
        status_info=wire.StatusInfoType(reason_code=code, additional_info=why),
    )


ROUTES = (
    Route(
        "SecurityEventNotification",
        wire.SecurityEventNotificationRequest,
        _read_event,
        SECURITY_EVENT,
        _write_event,
    ),
    Route(
        "SignCertificate",
        wire.SignCertificateRequest,
        _read_sign,
        SIGN_CERTIFICATE,
        _write_sign,
    ),
)
