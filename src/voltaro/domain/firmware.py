"""How a firmware update goes (OCPP 1.6 §4.5, security whitepaper §4.2, 2.x functional block L)."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareStatusReported(StationEvent):
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
