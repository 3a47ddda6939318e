"""Firmware and logs."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.certificates import Certificate
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import Moment, storable
from voltaro.domain.diagnostics import GetLog, LogKind
from voltaro.domain.files import FileKind
from voltaro.domain.firmware import PublishFirmware, UnpublishFirmware, UpdateFirmware
from voltaro.services.request_ids import new_request_id
from voltaro.store.fresh_ids import uuid7

#: Where a station that is not connected is sent: nowhere, since it is not asked either.
_NOWHERE = "about:blank"
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")

#: OCPP 1.6 security whitepaper and 2.x: at most 512 characters.
_Location = Annotated[
    str,
    StringConstraints(max_length=512, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$"),
    AfterValidator(storable),
]
_Signature = Annotated[str, StringConstraints(max_length=800, pattern="^[A-Za-z0-9+/=\\s]+$")]
_Checksum = Annotated[
    str,
    StringConstraints(pattern="^[0-9A-Fa-f]{32}$"),
    Field(description="MD5 of the image, in hex.", examples=["9e107d9d372bb6826bd81d3542a419d6"]),
]
_Retries = Annotated[int, Field(strict=True, ge=0, le=1000)]
_IntervalS = Annotated[int, Field(strict=True, ge=0, le=7 * 24 * 3600)]


class UpdateFirmwareBody(models.Body):
    """Let the station fetch and install an image; done when it says that it is installed."""

    command: Literal["update_firmware"]
    file_id: UUID | None = Field(
        None, description="A file of ours; the station gets a single-use address for it."
    )
    scheme: Literal["http", "ftp"] | None = Field(
        None, description="Of that address; http is the default, ftp has to be on."
    )
    location: _Location | None = Field(
        None,
        description="Instead of `file_id`: a file that is elsewhere.",
        examples=["https://files.example.org/firmware-1.5.bin"],
    )
    retrieve_at: Moment | None = Field(None, description="Absent: now.")
    install_at: Moment | None = Field(None, description="OCPP 1.6: signed updates only.")
    retries: _Retries | None = None
    retry_interval_s: _IntervalS | None = None
    signing_certificate: Certificate | None = Field(
        None, description="PEM; together with `signature` for a signed update."
    )
    signature: _Signature | None = Field(None, description="Base64.")

    @model_validator(mode="after")
    def _signed_or_not(self) -> Self:
        if (self.signature is None) is not (self.signing_certificate is None):
            raise ValueError("a signed update has signing_certificate and signature")
        _check_image(self)
        return self


async def _update(deps: ApiDeps, station_id: str, body: UpdateFirmwareBody) -> Order:
    command_id = uuid7()
    command = UpdateFirmware(
        request_id=new_request_id(),
        location=await _image(deps, station_id, body, command_id),
        retrieve_at=body.retrieve_at or datetime.now(UTC),
        install_at=body.install_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
        signing_certificate=body.signing_certificate,
        signature=body.signature,
    )
    return Order(command, _shown(body), command_id, body.file_id)


class PublishFirmwareBody(models.Body):
    """Let a local controller offer an image to the stations of its site (OCPP 2.x).

    Done when it says that it is published, and where.
    """

    command: Literal["publish_firmware"]
    file_id: UUID | None = Field(
        None, description="A file of ours; it gets a single-use address for it."
    )
    scheme: Literal["http", "ftp"] | None = Field(
        None, description="Of that address; http is the default, ftp has to be on."
    )
    location: _Location | None = Field(
        None,
        description="Instead of `file_id`: a file that is elsewhere.",
        examples=["https://files.example.org/firmware-1.5.bin"],
    )
    checksum: _Checksum
    retries: _Retries | None = None
    retry_interval_s: _IntervalS | None = None

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        _check_image(self)
        return self


async def _publish(deps: ApiDeps, station_id: str, body: PublishFirmwareBody) -> Order:
    command_id = uuid7()
    command = PublishFirmware(
        request_id=new_request_id(),
        location=await _image(deps, station_id, body, command_id),
        checksum=body.checksum,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    return Order(command, _shown(body), command_id, body.file_id)


class UnpublishFirmwareBody(models.Body):
    """Let a local controller offer an image no longer (OCPP 2.x)."""

    command: Literal["unpublish_firmware"]
    checksum: _Checksum


async def _unpublish(_deps: ApiDeps, _station_id: str, body: UnpublishFirmwareBody) -> Order:
    return Order(UnpublishFirmware(checksum=body.checksum))


def _check_image(body: UpdateFirmwareBody | PublishFirmwareBody) -> None:
    if (body.file_id is None) is (body.location is None):
        raise ValueError("give either file_id or location")
    if body.location is not None and body.scheme is not None:
        raise ValueError("scheme goes with file_id")


async def _image(
    deps: ApiDeps,
    station_id: str,
    body: UpdateFirmwareBody | PublishFirmwareBody,
    command_id: UUID,
) -> str:
    """Where the station finds what it is to fetch."""
    if body.file_id is None:
        return body.location or _NOWHERE
    address = await deps.file_jobs.offer(
        station_id, body.file_id, body.scheme or "http", command_id
    )
    return address.url if address is not None else _NOWHERE


class GetLogBody(models.Body):
    """Let the station upload a log; done when it says that it has."""

    command: Literal["get_log"]
    kind: LogKind = Field(
        LogKind.DIAGNOSTICS, description="OCPP 2.1 only: data_collector.", examples=["security"]
    )
    scheme: Literal["http", "ftp"] | None = Field(
        None, description="Of the address it is given; http is the default, ftp has to be on."
    )
    location: _Location | None = Field(
        None,
        description="Absent: we take it; `file_id` of the command is the file then.",
        examples=[None],
    )
    oldest_at: Moment | None = None
    latest_at: Moment | None = None
    retries: _Retries | None = None
    retry_interval_s: _IntervalS | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.location is not None and self.scheme is not None:
            raise ValueError("scheme goes without location")
        return self


async def _log(deps: ApiDeps, station_id: str, body: GetLogBody) -> Order:
    command_id, location = uuid7(), body.location
    if location is None:
        kind = FileKind.LOG if body.kind is LogKind.SECURITY else FileKind.DIAGNOSTICS
        address = await deps.file_jobs.expect(station_id, kind, body.scheme or "http", command_id)
        location = address.url if address is not None else None
    command = GetLog(
        kind=body.kind,
        request_id=new_request_id(),
        location=location or _NOWHERE,
        oldest_at=body.oldest_at,
        latest_at=body.latest_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    return Order(command, _shown(body), command_id)


def _shown(body: models.Body) -> dict[str, Any]:
    """The body without what a URL may hold of user name and password."""
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command"})
    if "location" in shown:
        shown["location"] = _USERINFO.sub("***@", shown["location"])
    return shown


BODIES = (
    CommandBody(UpdateFirmwareBody, _update),
    CommandBody(PublishFirmwareBody, _publish),
    CommandBody(UnpublishFirmwareBody, _unpublish),
    CommandBody(GetLogBody, _log),
)
