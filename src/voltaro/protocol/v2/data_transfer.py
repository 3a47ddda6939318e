"""DataTransfer, both ways (P01, P02)."""

from typing import Literal

from voltaro.domain.data_transfer import (
    DATA_TRANSFER,
    DataTransferStatus,
    SendData,
    VendorMessageSent,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_STATUS: dict[
    DataTransferStatus, Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
] = {
    DataTransferStatus.ACCEPTED: "Accepted",
    DataTransferStatus.REJECTED: "Rejected",
    DataTransferStatus.UNKNOWN_MESSAGE_ID: "UnknownMessageId",
    DataTransferStatus.UNKNOWN_VENDOR_ID: "UnknownVendorId",
}


def _read(req: wire.DataTransferRequest, origin: Origin) -> VendorMessageSent:
    return VendorMessageSent(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        vendor_id=req.vendor_id,
        message_id=req.message_id,
    )


def _write(status: DataTransferStatus) -> wire.DataTransferResponse:
    return wire.DataTransferResponse(status=_STATUS[status])


ROUTES = (Route("DataTransfer", wire.DataTransferRequest, _read, DATA_TRANSFER, _write),)


def _write_data(command: SendData) -> wire.DataTransferRequest:
    return wire.DataTransferRequest(
        vendor_id=command.vendor_id, message_id=command.message_id, data=command.data
    )


CALLS = (CallRoute(request=wire.DataTransferRequest, response=wire.DataTransferResponse),)
COMMANDS = (CommandRoute(SendData, single(_write_data)),)
