"""SecurityEventNotification (A04) and SignCertificate (A02, A03)."""

from voltaro.domain.security import (
    NO_AUTHORITY,
    SECURITY_EVENT,
    SIGN_CERTIFICATE,
    CertificateRequested,
    SecurityEventReported,
    SigningReply,
)
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

#: Why, in at most 20 characters (2.x StatusInfoType.reasonCode).
_REASON = {NO_AUTHORITY: "NoCA"}


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
        purpose=req.certificate_type or "ChargingStationCertificate",
        request_id=req.request_id,
    )


def _write_sign(reply: SigningReply) -> wire.SignCertificateResponse:
    reason = _REASON.get(reply.reason or "")
    return wire.SignCertificateResponse(
        status="Accepted" if reply.accepted else "Rejected",
        status_info=wire.StatusInfoType(reason_code=reason) if reason else None,
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
