"""UpdateFirmware, PublishFirmware, and how they go (L01-L04)."""

from typing import Final

from voltaro.domain.firmware import (
    FIRMWARE_STATUS,
    PUBLISH_STATUS,
    FirmwareStatus,
    FirmwareStatusReported,
    PublishFirmware,
    PublishStatus,
    PublishStatusReported,
    UnpublishFirmware,
    UpdateFirmware,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_status = reader(FirmwareStatus)
_publish_status = reader(PublishStatus)


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


def _read_publishing(
    req: wire.PublishFirmwareStatusNotificationRequest, origin: Origin
) -> PublishStatusReported:
    return PublishStatusReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        status=_publish_status(req.status),
        reported=req.status,
        request_id=req.request_id,
        locations=tuple(req.location or ()),
    )


def _write_publishing(_reply: None) -> wire.PublishFirmwareStatusNotificationResponse:
    return wire.PublishFirmwareStatusNotificationResponse()


ROUTES = (
    Route(
        "FirmwareStatusNotification",
        wire.FirmwareStatusNotificationRequest,
        _read,
        FIRMWARE_STATUS,
        _write,
    ),
    Route(
        "PublishFirmwareStatusNotification",
        wire.PublishFirmwareStatusNotificationRequest,
        _read_publishing,
        PUBLISH_STATUS,
        _write_publishing,
    ),
)

#: From the answer to the installed image: it may be fetched at night, or at the weekend.
_TO_INSTALL_S: Final = 7 * 24 * 3600
_TO_PUBLISH_S: Final = 24 * 3600


def _update(command: UpdateFirmware) -> wire.UpdateFirmwareRequest:
    install_at = command.install_at
    return wire.UpdateFirmwareRequest(
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        request_id=command.request_id,
        firmware=wire.FirmwareType(
            location=command.location,
            retrieve_date_time=write_moment(command.retrieve_at),
            install_date_time=write_moment(install_at) if install_at is not None else None,
            signing_certificate=command.signing_certificate,
            signature=command.signature,
        ),
    )


def _installs(req: wire.UpdateFirmwareRequest) -> Expectation:
    return Expectation(
        follows=Followed.FIRMWARE,
        within_s=_TO_INSTALL_S,
        missed="the station agreed, and did not report the end of the update within a week",
        request_id=req.request_id,
    )


def _publish(command: PublishFirmware) -> wire.PublishFirmwareRequest:
    return wire.PublishFirmwareRequest(
        location=command.location,
        retries=command.retries,
        checksum=command.checksum,
        request_id=command.request_id,
        retry_interval=command.retry_interval_s,
    )


def _publishes(req: wire.PublishFirmwareRequest) -> Expectation:
    return Expectation(
        follows=Followed.PUBLICATION,
        within_s=_TO_PUBLISH_S,
        missed="the station agreed, and did not report that it published within a day",
        request_id=req.request_id,
    )


def _unpublish(command: UnpublishFirmware) -> wire.UnpublishFirmwareRequest:
    return wire.UnpublishFirmwareRequest(checksum=command.checksum)


CALLS = (
    CallRoute(
        request=wire.UpdateFirmwareRequest, response=wire.UpdateFirmwareResponse, awaits=_installs
    ),
    CallRoute(
        request=wire.PublishFirmwareRequest,
        response=wire.PublishFirmwareResponse,
        awaits=_publishes,
    ),
    CallRoute(request=wire.UnpublishFirmwareRequest, response=wire.UnpublishFirmwareResponse),
)
COMMANDS = (
    CommandRoute(UpdateFirmware, single(_update)),
    CommandRoute(PublishFirmware, single(_publish)),
    CommandRoute(UnpublishFirmware, single(_unpublish)),
)
