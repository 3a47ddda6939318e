"""SecurityEventNotification and SignCertificate (1.6 security whitepaper §5)."""

from voltaro.domain.security import SECURITY_EVENT, SecurityEventReported
from voltaro.domain.signing import SIGN_CERTIFICATE, CertificateRequested, SigningReply
from voltaro.protocol.certificate_texts import read_signing_request
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire


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
    at = origin.received_at
    return CertificateRequested(
        station_id=origin.station_id,
        at=at,
        received_at=at,
        csr=req.csr,
        subject=read_signing_request(req.csr),
        proven_name=origin.proven_name,
    )


def _write_sign(reply: SigningReply) -> wire.SignCertificateResponse:
    return wire.SignCertificateResponse(status="Accepted" if reply.accepted else "Rejected")


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
