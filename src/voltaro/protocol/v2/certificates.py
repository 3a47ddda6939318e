"""Certificates at stations (functional blocks A and M: A02, M03 to M06)."""

from typing import Any, Final, cast

from voltaro.domain.certificate_status import CERTIFICATE_STATUS, CertificateStatusAsked
from voltaro.domain.certificates import (
    CertificateHash,
    CertificateSigned,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificates,
    HashAlgorithm,
    InstallCertificate,
    RenewCertificate,
)
from voltaro.domain.command import CommandState
from voltaro.protocol.certificate_texts import answered
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Unspeakable,
    ask,
    single,
)
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_INSTALLED: Final[dict[CertificateUse, wire.InstallCertificateUseEnumType]] = {
    CertificateUse.CSMS_ROOT: "CSMSRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
    CertificateUse.V2G_ROOT: "V2GRootCertificate",
    CertificateUse.MO_ROOT: "MORootCertificate",
    CertificateUse.OEM_ROOT: "OEMRootCertificate",
}
_LISTED: Final[dict[CertificateUse, wire.GetCertificateIdUseEnumType]] = {
    **_INSTALLED,
    CertificateUse.V2G_CHAIN: "V2GCertificateChain",
}
_USE_OF: Final = {word: use for use, word in _LISTED.items()}
_ALGORITHMS: Final[dict[HashAlgorithm, wire.HashAlgorithmEnumType]] = {
    HashAlgorithm.SHA256: "SHA256",
    HashAlgorithm.SHA384: "SHA384",
    HashAlgorithm.SHA512: "SHA512",
}


def _install(command: InstallCertificate) -> wire.InstallCertificateRequest:
    if command.use not in _INSTALLED:
        raise Unspeakable(f"{command.use.value} is signed for a station, not installed", "use")
    return wire.InstallCertificateRequest(
        certificate_type=_INSTALLED[command.use], certificate=command.certificate
    )


def _list(command: GetInstalledCertificates) -> Conversation:
    wanted = [_LISTED[use] for use in command.uses]
    answer = yield ask(wire.GetInstalledCertificateIdsRequest(certificate_type=wanted or None))
    # NotFound is an answer, too: there are none (M03.FR.02).
    found = [_shown(each) for each in answer.certificate_hash_data_chain or ()]
    return Conclusion(state=CommandState.ACCEPTED, result={"certificates": found})


def _shown(found: wire.CertificateHashDataChainType) -> dict[str, Any]:
    use = _USE_OF.get(found.certificate_type)
    shown: dict[str, Any] = {"use": use.value if use else found.certificate_type}
    shown |= _hash(found.certificate_hash_data)
    if children := found.child_certificate_hash_data:
        shown["children"] = [_hash(each) for each in children]
    return shown


def _hash(data: wire.CertificateHashDataType) -> dict[str, Any]:
    """As the station said it: it finds the certificate again by nothing else (M04.FR.07)."""
    return {
        "hash_algorithm": data.hash_algorithm.lower(),
        "issuer_name_hash": data.issuer_name_hash,
        "issuer_key_hash": data.issuer_key_hash,
        "serial_number": data.serial_number,
    }


def _delete(command: DeleteCertificate) -> wire.DeleteCertificateRequest:
    return wire.DeleteCertificateRequest(certificate_hash_data=write_hash(command.certificate))


def write_hash(named: CertificateHash) -> wire.CertificateHashDataType:
    """The name of a certificate, as the station told it."""
    return wire.CertificateHashDataType(
        hash_algorithm=_ALGORITHMS[named.hash_algorithm],
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
    )


def _signed(command: CertificateSigned) -> wire.CertificateSignedRequest:
    return wire.CertificateSignedRequest(
        certificate_chain=command.chain,
        certificate_type=cast("wire.CertificateSigningUseEnumType | None", command.purpose),
        request_id=command.request_id,
    )


def _renew(_command: RenewCertificate) -> wire.TriggerMessageRequest:
    return wire.TriggerMessageRequest(requested_message="SignChargingStationCertificate")


def _read_status(req: wire.GetCertificateStatusRequest, origin: Origin) -> CertificateStatusAsked:
    return CertificateStatusAsked(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        responder_url=req.ocsp_request_data.responder_url,
    )


def _write_status(_reply: None) -> wire.GetCertificateStatusResponse:
    return wire.GetCertificateStatusResponse(
        status="Failed",
        status_info=wire.StatusInfoType(
            reason_code="UnsupportedRequest", additional_info="no OCSP responder is asked"
        ),
    )


ROUTES = (
    Route(
        "GetCertificateStatus",
        wire.GetCertificateStatusRequest,
        _read_status,
        CERTIFICATE_STATUS,
        _write_status,
    ),
)
CALLS = (
    CallRoute(request=wire.InstallCertificateRequest, response=wire.InstallCertificateResponse),
    CallRoute(
        request=wire.GetInstalledCertificateIdsRequest,
        response=wire.GetInstalledCertificateIdsResponse,
    ),
    CallRoute(request=wire.DeleteCertificateRequest, response=wire.DeleteCertificateResponse),
    CallRoute(
        request=wire.CertificateSignedRequest,
        response=wire.CertificateSignedResponse,
        after=lambda req, res, target: answered(
            target.station_id, req.certificate_chain, res.status if res else None
        ),
    ),
)
COMMANDS = (
    CommandRoute(InstallCertificate, single(_install)),
    CommandRoute(GetInstalledCertificates, _list),
    CommandRoute(DeleteCertificate, single(_delete)),
    CommandRoute(CertificateSigned, single(_signed)),
    CommandRoute(RenewCertificate, single(_renew)),
)
