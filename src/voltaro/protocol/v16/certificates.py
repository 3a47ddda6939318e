"""Certificates at stations (1.6 security whitepaper §5)."""

from typing import Any, Final

from voltaro.domain.certificates import (
    CertificateSigned,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificates,
    HashAlgorithm,
    InstallCertificate,
    RenewCertificate,
)
from voltaro.domain.command import CommandState
from voltaro.domain.signing import STATION_CERTIFICATE
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
from voltaro.protocol.wire import v16 as wire

_USES: Final[dict[CertificateUse, wire.CertificateUseEnumType]] = {
    CertificateUse.CSMS_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
_ALGORITHMS: Final[dict[HashAlgorithm, wire.HashAlgorithmEnumType]] = {
    HashAlgorithm.SHA256: "SHA256",
    HashAlgorithm.SHA384: "SHA384",
    HashAlgorithm.SHA512: "SHA512",
}


def _use(use: CertificateUse) -> wire.CertificateUseEnumType:
    if use not in _USES:
        raise Unspeakable(f"OCPP 1.6 has no certificates for {use.value}", "use")
    return _USES[use]


def _install(command: InstallCertificate) -> wire.InstallCertificateRequest:
    return wire.InstallCertificateRequest(
        certificate_type=_use(command.use), certificate=command.certificate
    )


def _list(command: GetInstalledCertificates) -> Conversation:
    """One CALL for each use: in 1.6 it has to be named, and only one can be."""
    found: list[dict[str, Any]] = []
    for use in command.uses or _USES:
        answer = yield ask(wire.GetInstalledCertificateIdsRequest(certificate_type=_use(use)))
        found += [
            {
                "use": use.value,
                "hash_algorithm": each.hash_algorithm.lower(),
                "issuer_name_hash": each.issuer_name_hash,
                "issuer_key_hash": each.issuer_key_hash,
                "serial_number": each.serial_number,
            }
            for each in answer.certificate_hash_data or ()
        ]
    # NotFound is an answer, too: there are none.
    return Conclusion(state=CommandState.ACCEPTED, result={"certificates": found})


def _delete(command: DeleteCertificate) -> wire.DeleteCertificateRequest:
    named = command.certificate
    return wire.DeleteCertificateRequest(
        certificate_hash_data=wire.CertificateHashDataType(
            hash_algorithm=_ALGORITHMS[named.hash_algorithm],
            issuer_name_hash=named.issuer_name_hash,
            issuer_key_hash=named.issuer_key_hash,
            serial_number=named.serial_number,
        )
    )


def _signed(command: CertificateSigned) -> wire.CertificateSignedRequest:
    if command.purpose not in {None, STATION_CERTIFICATE}:
        raise Unspeakable(f"a station of OCPP 1.6 has no {command.purpose}", "purpose")
    return wire.CertificateSignedRequest(certificate_chain=command.chain)


def _renew(_command: RenewCertificate) -> wire.ExtendedTriggerMessageRequest:
    return wire.ExtendedTriggerMessageRequest(requested_message="SignChargePointCertificate")


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
