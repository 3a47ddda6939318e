"""`/api/v1/stations/{id}/certificates`, and the authority that they hang from."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.store.views.certificates import CertificateRow, find_certificate, list_certificates

router = APIRouter(tags=["certificates"], route_class=IdempotentRoute)

_PEM = "-----BEGIN CERTIFICATE-----…"


class StationCertificate(BaseModel):
    """A certificate that was made for a station, or is about to be."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    purpose: str = Field(examples=["ChargingStationCertificate"])
    state: Literal["requested", "issued", "delivered", "rejected", "revoked"] = Field(
        description="requested: not made yet; issued: the station has not said whether it takes "
        "it; rejected: it did not take it, and what it had before stays valid.",
        examples=["delivered"],
    )
    serial_number: str | None = Field(
        description="In hex; null, like what follows, until it is made.", examples=["5f0c71a2"]
    )
    subject: str | None = Field(examples=["CN=CP-001,O=Example"])
    not_before: datetime | None = Field(examples=["2026-11-02T07:15:00.000Z"])
    not_after: datetime | None = Field(examples=["2027-11-03T07:15:00.000Z"])
    sha256: str | None = Field(
        description="Of its DER, in hex.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    chain: str | None = Field(description="PEM, the leaf first.", examples=[_PEM])
    requested_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    issued_at: datetime | None = Field(examples=["2026-11-03T07:15:00.402Z"])
    answered_at: datetime | None = Field(examples=["2026-11-03T07:15:00.520Z"])
    revoked_at: datetime | None = Field(examples=[None])


class RootCertificate(BaseModel):
    """What certificates of stations hang from."""

    subject: str = Field(examples=["CN=Voltaro station CA,O=Example"])
    serial_number: str = Field(description="In hex.", examples=["5f0c71a2"])
    not_before: datetime = Field(examples=["2026-11-02T07:15:00.000Z"])
    not_after: datetime = Field(examples=["2046-10-29T07:15:00.000Z"])
    sha256: str = Field(
        description="Of its DER, in hex.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    certificate: str = Field(description="PEM.", examples=[_PEM])


class CertificateAuthority(BaseModel):
    items: list[RootCertificate]


@router.get(
    "/stations/{station_id}/certificates",
    operation_id="list_station_certificates",
    summary="List the certificates that were made for a station, the latest first",
    response_model=models.Page[StationCertificate],
)
async def list_all(
    deps: Deps, station_id: StationId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """They stay when the station is deleted, revoked."""
    key = decode_cursor("station_certificates", cursor, tuple[UUID])
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_certificates(
        deps.engine, station_id, before=key[0] if key else None, limit=limit + 1
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("station_certificates", row["id"]))
    )


@router.post(
    "/stations/{station_id}/certificates/{certificate_id}/revoke",
    operation_id="revoke_station_certificate",
    summary="Revoke a certificate: it lets nobody in any more",
    response_model=StationCertificate,
    dependencies=[IDEMPOTENT],
    responses={409: {"model": models.Problem, "description": "The Idempotency-Key is in use"}},
)
async def revoke(
    deps: Deps,
    by: By,
    station_id: StationId,
    certificate_id: Annotated[str, Path(description="The certificate's `id`, a UUID.")],
) -> Response:
    """It acts at the next connection; a connection that is open stays."""
    if "\0" in station_id:
        raise NotFound("there is no such station")
    number = _uuid(certificate_id)
    await deps.certificates.revoke(station_id, number, by=by)
    row = await find_certificate(deps.engine, station_id, number)
    if row is None or row["state"] != "revoked":
        raise NotFound(f"there is no certificate {certificate_id!r} that was made")
    return json_response(_item(row))


@router.get(
    "/certificate-authority",
    operation_id="get_certificate_authority",
    summary="List the roots that certificates of stations hang from",
    response_model=CertificateAuthority,
)
async def authority(deps: Deps) -> Response:
    roots = x509.load_pem_x509_certificates(deps.trusted_roots().encode())
    return json_response({"items": [_root(each) for each in roots]})


def _root(root: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": root.subject.rfc4514_string(),
        "serial_number": f"{root.serial_number:x}",
        "not_before": moment(root.not_valid_before_utc),
        "not_after": moment(root.not_valid_after_utc),
        "sha256": root.fingerprint(SHA256()).hex(),
        "certificate": root.public_bytes(Encoding.PEM).decode(),
    }


def _item(row: CertificateRow) -> dict[str, Any]:
    return {
        name: moment(value) if isinstance(value, datetime) else value for name, value in row.items()
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no certificate {text!r}") from None
