"""FirmwareStatusNotification (L01)."""

from voltaro.domain.firmware import FIRMWARE_STATUS, FirmwareStatus, FirmwareStatusReported
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_status = reader(FirmwareStatus)


def _read(req: wire.FirmwareStatusNotificationRequest, origin: Origin) -> FirmwareStatusReported:
    return FirmwareStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        status=_status(req.status),
        reported=req.status,
        request_id=req.request_id,
    )


def _write(_reply: None) -> wire.FirmwareStatusNotificationResponse:
    return wire.FirmwareStatusNotificationResponse()


ROUTES = (
    Route(
        "FirmwareStatusNotification",
        wire.FirmwareStatusNotificationRequest,
        _read,
        FIRMWARE_STATUS,
        _write,
    ),
)
