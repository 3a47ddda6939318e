"""DiagnosticsStatusNotification (1.6 §4.4) and LogStatusNotification (security whitepaper §5)."""

from voltaro.domain.command import CommandState
from voltaro.domain.diagnostics import (
    UPLOAD_STATUS,
    GetLog,
    LogKind,
    UploadStatus,
    UploadStatusReported,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.progress import Job
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Unanswered,
    Unspeakable,
    ask,
)
from voltaro.protocol.moments import write_moment
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

_TO_UPLOAD_S = 6 * 3600
#: CALLERRORs of stations that have only the newer of the two messages.
_NOT_THERE = frozenset({"NotImplemented", "NotSupported"})
_LOG_TYPES: dict[LogKind, wire.LogEnumType] = {
    LogKind.DIAGNOSTICS: "DiagnosticsLog",
    LogKind.SECURITY: "SecurityLog",
}


def _converse(command: GetLog) -> Conversation:
    """Every station of 1.6 has GetDiagnostics, save those that replaced it by GetLog."""
    if command.kind not in _LOG_TYPES:
        raise Unspeakable(f"OCPP 1.6 has no log of this kind: {command.kind.value}", "kind")
    if command.kind is LogKind.DIAGNOSTICS:
        try:
            answer = yield ask(_diagnostics(command))
        except Unanswered as silence:
            if silence.code not in _NOT_THERE:
                raise
        else:
            return None if answer.file_name else _nothing_there()
    yield ask(_log(command))
    return None


def _nothing_there() -> Conclusion:
    # 1.6 §5.8: without a file name there is nothing to upload.
    return Conclusion(state=CommandState.DONE, detail="the station has nothing to upload")


def _diagnostics(command: GetLog) -> wire.GetDiagnosticsRequest:
    oldest, latest = command.oldest_at, command.latest_at
    return wire.GetDiagnosticsRequest(
        location=command.location,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        start_time=write_moment(oldest) if oldest is not None else None,
        stop_time=write_moment(latest) if latest is not None else None,
    )


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


def _uploads(job: Job, request_id: int | None) -> Expectation:
    return Expectation(
        follows=Followed.UPLOAD,
        within_s=_TO_UPLOAD_S,
        missed="the station agreed, and did not report the end of the upload within 6 hours",
        job=job,
        request_id=request_id,
    )


CALLS = (
    CallRoute(
        request=wire.GetDiagnosticsRequest,
        response=wire.GetDiagnosticsResponse,
        awaits=lambda _req: _uploads(Job.DIAGNOSTICS, None),
    ),
    CallRoute(
        request=wire.GetLogRequest,
        response=wire.GetLogResponse,
        awaits=lambda req: _uploads(Job.LOG, req.request_id),
    ),
)
COMMANDS = (CommandRoute(GetLog, _converse),)
