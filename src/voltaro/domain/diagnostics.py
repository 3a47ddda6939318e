"""How the upload of a log goes (OCPP 1.6 §4.4, security whitepaper §4.3, 2.x functional block N)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command
from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent
from voltaro.domain.progress import Job, ProgressRecorded


class UploadStatus(StrEnum):
    """2.x UploadLogStatusEnumType; 1.6 UploadFailed is UPLOAD_FAILURE."""

    BAD_MESSAGE = "bad_message"
    IDLE = "idle"
    NOT_SUPPORTED_OPERATION = "not_supported_operation"
    PERMISSION_DENIED = "permission_denied"
    UPLOADED = "uploaded"
    UPLOAD_FAILURE = "upload_failure"
    UPLOADING = "uploading"
    ACCEPTED_CANCELED = "accepted_canceled"


class UploadStatusReported(StationEvent, kw_only=True):
    """`job` tells whether it was asked for with GetDiagnostics (1.6) or GetLog."""

    job: Job
    status: UploadStatus | None
    reported: str
    request_id: int | None = None


def _decide(event: UploadStatusReported, _facts: None) -> Decision[None]:
    recorded = ProgressRecorded(
        station_id=event.station_id,
        job=event.job,
        status=event.status,
        reported=event.reported,
        request_id=event.request_id,
        at=event.received_at,
    )
    return Decision(None, (recorded,))


UPLOAD_STATUS: Rule[UploadStatusReported, None, None] = Rule(lambda _event: Nothing(), _decide)


class LogKind(StrEnum):
    """Which of its logs a station uploads (2.x LogEnumType)."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"
    #: What it samples of sensors (2.1).
    DATA_COLLECTOR = "data_collector"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLog(Command):
    """Upload a log to `location`, a URL to which some stations append a file name."""

    name: ClassVar[str] = "get_log"

    kind: LogKind
    request_id: int
    location: str
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
