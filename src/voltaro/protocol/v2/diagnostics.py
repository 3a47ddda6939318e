"""GetLog and LogStatusNotification (N01)."""

from typing import Final

from voltaro.domain.diagnostics import (
    UPLOAD_STATUS,
    GetLog,
    LogKind,
    UploadStatus,
    UploadStatusReported,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.progress import Job
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_status = reader(UploadStatus)


def _read(req: wire.LogStatusNotificationRequest, origin: Origin) -> UploadStatusReported:
    return UploadStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        job=Job.LOG,
        status=_status(req.status),
        reported=req.status,
        request_id=req.request_id,
    )


def _write(_reply: None) -> wire.LogStatusNotificationResponse:
    return wire.LogStatusNotificationResponse()


ROUTES = (
    Route("LogStatusNotification", wire.LogStatusNotificationRequest, _read, UPLOAD_STATUS, _write),
)

_TO_UPLOAD_S: Final = 6 * 3600
_LOG_TYPES: dict[LogKind, wire.LogEnumType] = {
    LogKind.DIAGNOSTICS: "DiagnosticsLog",
    LogKind.SECURITY: "SecurityLog",
    LogKind.DATA_COLLECTOR: "DataCollectorLog",
}


def _log(command: GetLog) -> wire.GetLogRequest:
    oldest, latest = command.oldest_at, command.latest_at
    return wire.GetLogRequest(
        log=wire.LogParametersType(
            remote_location=command.location,
            oldest_timestamp=write_moment(oldest) if oldest is not None else None,
            latest_timestamp=write_moment(latest) if latest is not None else None,
        ),
        log_type=_LOG_TYPES[command.kind],
        request_id=command.request_id,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _uploads(req: wire.GetLogRequest) -> Expectation:
    return Expectation(
        follows=Followed.UPLOAD,
        within_s=_TO_UPLOAD_S,
        missed="the station agreed, and did not report the end of the upload within 6 hours",
        job=Job.LOG,
        request_id=req.request_id,
    )


CALLS = (CallRoute(request=wire.GetLogRequest, response=wire.GetLogResponse, awaits=_uploads),)
COMMANDS = (CommandRoute(GetLog, single(_log)),)
