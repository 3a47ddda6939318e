"""DiagnosticsStatusNotification (1.6 §4.4) and LogStatusNotification (security whitepaper §5)."""

from voltaro.domain.diagnostics import UPLOAD_STATUS, UploadStatus, UploadStatusReported
from voltaro.domain.progress import Job
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire
from voltaro.protocol.words import reader

_status = reader(UploadStatus)


def _read_diagnostics(
    req: wire.DiagnosticsStatusNotificationRequest, origin: Origin
) -> UploadStatusReported:
    failed = req.status == "UploadFailed"
    return UploadStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        job=Job.DIAGNOSTICS,
        status=UploadStatus.UPLOAD_FAILURE if failed else _status(req.status),
        reported=req.status,
    )


def _write_diagnostics(_reply: None) -> wire.DiagnosticsStatusNotificationResponse:
    return wire.DiagnosticsStatusNotificationResponse()


def _read_log(req: wire.LogStatusNotificationRequest, origin: Origin) -> UploadStatusReported:
    return UploadStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        job=Job.LOG,
        status=_status(req.status),
        reported=req.status,
        request_id=req.request_id,
    )


def _write_log(_reply: None) -> wire.LogStatusNotificationResponse:
    return wire.LogStatusNotificationResponse()


ROUTES = (
    Route(
        "DiagnosticsStatusNotification",
        wire.DiagnosticsStatusNotificationRequest,
        _read_diagnostics,
        UPLOAD_STATUS,
        _write_diagnostics,
    ),
    Route(
        "LogStatusNotification",
        wire.LogStatusNotificationRequest,
        _read_log,
        UPLOAD_STATUS,
        _write_log,
    ),
)
