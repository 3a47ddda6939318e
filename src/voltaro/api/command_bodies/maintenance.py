"""Firmware and logs."""

import re
import secrets
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
from voltaro.domain.firmware import UpdateFirmware
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
    install_at: Moment | None = Field(None, description="Signed updates only.")
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
        if (self.file_id is None) is (self.location is None):
            raise ValueError("give either file_id or location")
        if self.location is not None and self.scheme is not None:
            raise ValueError("scheme goes with file_id")
        return self


async def _update(deps: ApiDeps, station_id: str, body: UpdateFirmwareBody) -> Order:
    command_id, location = uuid7(), body.location
    if body.file_id is not None:
        address = await deps.file_jobs.offer(
            station_id, body.file_id, body.scheme or "http", command_id
        )
        location = address.url if address is not None else None
    command = UpdateFirmware(
        request_id=_request_id(),
        location=location or _NOWHERE,
        retrieve_at=body.retrieve_at or datetime.now(UTC),
        install_at=body.install_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
        signing_certificate=body.signing_certificate,
        signature=body.signature,
    )
    return Order(command, _shown(body), command_id, body.file_id)


class GetLogBody(models.Body):
    """Let the station upload a log; done when it says that it has."""

    command: Literal["get_log"]
    kind: LogKind = LogKind.DIAGNOSTICS
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
        request_id=_request_id(),
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


def _request_id() -> int:
    return 1 + secrets.randbelow(2**31 - 1)


BODIES = (CommandBody(UpdateFirmwareBody, _update), CommandBody(GetLogBody, _log))
