"""FirmwareStatusNotification (1.6 §4.5) and its signed kin (security whitepaper §5)."""

from voltaro.domain.firmware import (
    FIRMWARE_STATUS,
    FirmwareStatus,
    FirmwareStatusReported,
    UpdateFirmware,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.protocol.commands import CallRoute, CommandRoute, Unspeakable, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import Wire
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

#: From the answer to the installed image: it may be fetched at night, or at the weekend.
_TO_INSTALL_S = 7 * 24 * 3600


def _write_update(command: UpdateFirmware) -> Wire:
    retrieve_at = write_moment(command.retrieve_at)
    if command.signature is None or command.signing_certificate is None:
        if command.install_at is not None:
            raise Unspeakable("an update without signature installs at once", "install_at")
        return wire.UpdateFirmwareRequest(
            location=command.location,
            retries=command.retries,
            retrieve_date=retrieve_at,
            retry_interval=command.retry_interval_s,
        )
    install_at = command.install_at
    return wire.SignedUpdateFirmwareRequest(
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        request_id=command.request_id,
        firmware=wire.FirmwareType(
            location=command.location,
            retrieve_date_time=retrieve_at,
            install_date_time=write_moment(install_at) if install_at is not None else None,
            signing_certificate=command.signing_certificate,
            signature=command.signature,
        ),
    )


def _installs(request_id: int | None) -> Expectation:
    return Expectation(
        follows=Followed.FIRMWARE,
        within_s=_TO_INSTALL_S,
        missed="the station agreed, and did not report the end of the update within a week",
        request_id=request_id,
    )


CALLS = (
    CallRoute(
        request=wire.UpdateFirmwareRequest,
        response=wire.UpdateFirmwareResponse,
        awaits=lambda _req: _installs(None),
    ),
    CallRoute(
        request=wire.SignedUpdateFirmwareRequest,
        response=wire.SignedUpdateFirmwareResponse,
        awaits=lambda req: _installs(req.request_id),
    ),
)
COMMANDS = (CommandRoute(UpdateFirmware, single(_write_update)),)
