"""How a firmware update goes (OCPP 1.6 §4.5, security whitepaper §4.2, 2.x functional block L)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command
from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent
from voltaro.domain.progress import Job, ProgressRecorded


class FirmwareStatus(StrEnum):
    """2.x FirmwareStatusEnumType; 1.6 knows the plain half of it."""

    DOWNLOADED = "downloaded"
    DOWNLOAD_FAILED = "download_failed"
    DOWNLOADING = "downloading"
    DOWNLOAD_SCHEDULED = "download_scheduled"
    DOWNLOAD_PAUSED = "download_paused"
    IDLE = "idle"
    INSTALLATION_FAILED = "installation_failed"
    INSTALLING = "installing"
    INSTALLED = "installed"
    INSTALL_REBOOTING = "install_rebooting"
    INSTALL_SCHEDULED = "install_scheduled"
    INSTALL_VERIFICATION_FAILED = "install_verification_failed"
    INVALID_SIGNATURE = "invalid_signature"
    SIGNATURE_VERIFIED = "signature_verified"


class FirmwareStatusReported(StationEvent, kw_only=True):
    """`request_id` is None in 1.6's unsigned update, which means the last one asked for."""

    status: FirmwareStatus | None
    reported: str
    request_id: int | None = None


def _decide(event: FirmwareStatusReported, _facts: None) -> Decision[None]:
    recorded = ProgressRecorded(
        station_id=event.station_id,
        job=Job.FIRMWARE,
        status=event.status,
        reported=event.reported,
        request_id=event.request_id,
        at=event.received_at,
    )
    return Decision(None, (recorded,))


FIRMWARE_STATUS: Rule[FirmwareStatusReported, None, None] = Rule(lambda _event: Nothing(), _decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFirmware(Command):
    """Fetch and install an image. With `signature` (base64) the station checks where it is from.

    `location` is a URL; `signing_certificate` is PEM. A station of 1.6 that can do signed updates
    only refuses the other kind, and vice versa.
    """

    name: ClassVar[str] = "update_firmware"

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signing_certificate: str | None = None
    signature: str | None = None


class PublishStatus(StrEnum):
    """2.x PublishFirmwareStatusEnumType."""

    IDLE = "idle"
    DOWNLOAD_SCHEDULED = "download_scheduled"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    PUBLISHED = "published"
    DOWNLOAD_FAILED = "download_failed"
    DOWNLOAD_PAUSED = "download_paused"
    INVALID_CHECKSUM = "invalid_checksum"
    CHECKSUM_VERIFIED = "checksum_verified"
    PUBLISH_FAILED = "publish_failed"


class PublishStatusReported(StationEvent, kw_only=True):
    """`locations` are URLs at which other stations find the published image (L03.FR.04)."""

    status: PublishStatus | None
    reported: str
    request_id: int | None = None
    locations: tuple[str, ...] = ()


def _decide_publishing(event: PublishStatusReported, _facts: None) -> Decision[None]:
    recorded = ProgressRecorded(
        station_id=event.station_id,
        job=Job.PUBLISHING,
        status=event.status,
        reported=event.reported,
        request_id=event.request_id,
        at=event.received_at,
    )
    return Decision(None, (recorded,))


PUBLISH_STATUS: Rule[PublishStatusReported, None, None] = Rule(
    lambda _event: Nothing(), _decide_publishing
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishFirmware(Command):
    """Fetch an image and offer it to the stations of the same site (2.x L03).

    `location` is a URL, `checksum` the MD5 of the image in hex.
    """

    name: ClassVar[str] = "publish_firmware"

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpublishFirmware(Command):
    """Offer the image with this MD5 no longer (2.x L04)."""

    name: ClassVar[str] = "unpublish_firmware"

    checksum: str
