"""The latest that a station reported about a long-running job of one kind."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voltaro.domain.decision import Change


class Job(StrEnum):
    """What a station can be busy with for a while."""

    FIRMWARE = "firmware"
    #: 1.6 GetDiagnostics.
    DIAGNOSTICS = "diagnostics"
    #: GetLog: the diagnostics or the security log.
    LOG = "log"
    #: 2.x PublishFirmware.
    PUBLISHING = "publishing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRecorded(Change):
    """`status` is the 2.x word in lower case, or None for one we do not know; `reported` is raw."""

    station_id: str
    job: Job
    status: str | None
    reported: str
    request_id: int | None
    at: datetime
