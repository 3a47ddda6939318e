"""Certificates at stations."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
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

_BEGIN = "-----BEGIN CERTIFICATE-----"


def _pem(text: str) -> str:
    if not text.lstrip().startswith(_BEGIN) or "\0" in text:
        raise ValueError(f"a certificate is PEM: it begins with {_BEGIN}")
    return text


#: 2.1 takes so much, the versions before 5500 characters.
Certificate = Annotated[str, StringConstraints(max_length=10000), AfterValidator(_pem)]
_Chain = Annotated[str, StringConstraints(max_length=10000), AfterValidator(_pem)]
HashText = Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{1,128}$")]
SerialText = Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{1,40}$")]


class InstallCertificateBody(models.Body):
    """Let the station trust a root certificate."""

    command: Literal["install_certificate"]
    use: CertificateUse
    certificate: Certificate = Field(description="PEM.", examples=[_BEGIN])


async def _install(_deps: ApiDeps, _station_id: str, body: InstallCertificateBody) -> Order:
    return Order(InstallCertificate(use=body.use, certificate=body.certificate))


class GetInstalledCertificateIdsBody(models.Body):
    """List the certificates that the station has for trusting others, and its own for ISO 15118."""

    command: Literal["get_installed_certificate_ids"]
    use: CertificateUse | None = Field(None, description="Absent: all of them.")


async def _list(_deps: ApiDeps, _station_id: str, body: GetInstalledCertificateIdsBody) -> Order:
    uses = () if body.use is None else (body.use,)
    return Order(GetInstalledCertificates(uses=uses))


class DeleteCertificateBody(models.Body):
    """Let the station trust a certificate no longer; name it as the station did."""

    command: Literal["delete_certificate"]
    hash_algorithm: HashAlgorithm
    issuer_name_hash: HashText
    issuer_key_hash: HashText
    serial_number: SerialText


async def _delete(_deps: ApiDeps, _station_id: str, body: DeleteCertificateBody) -> Order:
    named = CertificateHash(
        hash_algorithm=body.hash_algorithm,
        issuer_name_hash=body.issuer_name_hash,
        issuer_key_hash=body.issuer_key_hash,
        serial_number=body.serial_number,
    )
    return Order(DeleteCertificate(certificate=named))


class CertificateSignedBody(models.Body):
    """Hand the station its own certificate, signed: PEM, the leaf first."""

    command: Literal["certificate_signed"]
    chain: _Chain = Field(examples=[_BEGIN])
    purpose: Literal["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"] | None = (
        Field(None, description="What it is for, from 2.0.1 on.")
    )
    request_id: Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)] | None = Field(
        None, description="Of the request that it answers (2.1).", examples=[None]
    )


async def _signed(_deps: ApiDeps, _station_id: str, body: CertificateSignedBody) -> Order:
    return Order(
        CertificateSigned(chain=body.chain, purpose=body.purpose, request_id=body.request_id)
    )


class RenewCertificateBody(models.Body):
    """Let the station ask for a new certificate of its own; it is signed and brought by itself."""

    command: Literal["renew_certificate"]


async def _renew(_deps: ApiDeps, _station_id: str, _body: RenewCertificateBody) -> Order:
    return Order(RenewCertificate())


BODIES = (
    CommandBody(InstallCertificateBody, _install),
    CommandBody(GetInstalledCertificateIdsBody, _list),
    CommandBody(DeleteCertificateBody, _delete),
    CommandBody(CertificateSignedBody, _signed),
    CommandBody(RenewCertificateBody, _renew),
)
