"""FirmwareStatusNotification (1.6 §4.5) and its signed kin (security whitepaper §5)."""

from voltaro.domain.firmware import FIRMWARE_STATUS, FirmwareStatus, FirmwareStatusReported
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire
from voltaro.protocol.words import reader

_status = reader(FirmwareStatus)


def _read(req: wire.FirmwareStatusNotificationRequest, origin: Origin) -> FirmwareStatusReported:
    return _reported(req.status, None, origin)


def _read_signed(
    req: wire.SignedFirmwareStatusNotificationRequest, origin: Origin
) -> FirmwareStatusReported:
    return _reported(req.status, req.request_id, origin)


def _reported(status: str, request_id: int | None, origin: Origin) -> FirmwareStatusReported:
    return FirmwareStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        status=_status(status),
        reported=status,
        request_id=request_id,
    )


def _write(_reply: None) -> wire.FirmwareStatusNotificationResponse:
    return wire.FirmwareStatusNotificationResponse()


def _write_signed(_reply: None) -> wire.SignedFirmwareStatusNotificationResponse:
    return wire.SignedFirmwareStatusNotificationResponse()


ROUTES = (
    Route(
        "FirmwareStatusNotification",
        wire.FirmwareStatusNotificationRequest,
        _read,
        FIRMWARE_STATUS,
        _write,
    ),
    Route(
        "SignedFirmwareStatusNotification",
        wire.SignedFirmwareStatusNotificationRequest,
        _read_signed,
        FIRMWARE_STATUS,
        _write_signed,
    ),
)
