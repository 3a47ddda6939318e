"""LogStatusNotification (N01)."""

from voltaro.domain.diagnostics import UPLOAD_STATUS, UploadStatus, UploadStatusReported
from voltaro.domain.progress import Job
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
