"""Questions that are answered with a no, and why: contract certificates, revocation, VAT."""

from typing import cast

from voltaro.domain.requests_beyond_us import UNANSWERABLE, Unanswerable
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import AnyRoute, Origin, Route
from voltaro.protocol.wire import Wire
from voltaro.protocol.wire import v21 as wire

_UNSUPPORTED = "UnsupportedRequest"


def _read(req: Wire, origin: Origin) -> Unanswerable:
    return Unanswerable(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        question=req,
    )


def _why(code: str, text: str) -> wire.StatusInfoType:
    return wire.StatusInfoType(reason_code=code, additional_info=text)


def _no_contract(_reply: Unanswerable) -> wire.Get15118EVCertificateResponse:
    """M01: certificates of contracts come from a pool, and none is connected."""
    return wire.Get15118EVCertificateResponse(
        status="Failed",
        status_info=_why(_UNSUPPORTED, "there is no provider of contract certificates"),
        exi_response="",
    )


def _no_chain(reply: Unanswerable) -> wire.GetCertificateChainStatusResponse:
    """M07.FR.02, FR.05: nobody is asked, so each has failed; it may be asked again at once."""
    req = cast("wire.GetCertificateChainStatusRequest", reply.question)
    return wire.GetCertificateChainStatusResponse(
        certificate_status=[
            wire.CertificateStatusType(
                certificate_hash_data=each.certificate_hash_data,
                source=each.source,
                status="Failed",
                next_update=write_moment(reply.received_at),
            )
            for each in req.certificate_status_requests
        ]
    )


def _no_vat(reply: Unanswerable) -> wire.VatNumberValidationResponse:
    """It names what was asked about, so that the answer finds its EVSE."""
    req = cast("wire.VatNumberValidationRequest", reply.question)
    return wire.VatNumberValidationResponse(
        status="Rejected",
        status_info=_why(_UNSUPPORTED, "VAT numbers are not looked up"),
        vat_number=req.vat_number,
        evse_id=req.evse_id,
    )


ROUTES = (
    Route(
        "Get15118EVCertificate",
        wire.Get15118EVCertificateRequest,
        _read,
        UNANSWERABLE,
        _no_contract,
    ),
)
ROUTES_21: tuple[AnyRoute, ...] = (
    Route(
        "GetCertificateChainStatus",
        wire.GetCertificateChainStatusRequest,
        _read,
        UNANSWERABLE,
        _no_chain,
    ),
    Route(
        "VatNumberValidation",
        wire.VatNumberValidationRequest,
        _read,
        UNANSWERABLE,
        _no_vat,
    ),
)
