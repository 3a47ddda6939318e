"""Messages of vendors that OCPP itself does not know (1.6 §4.3, 2.x functional block P)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from voltaro.domain.command import Command
from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent


class DataTransferStatus(StrEnum):
    """What a station is told about its vendor message (2.x DataTransferStatusEnumType)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN_MESSAGE_ID = "unknown_message_id"
    UNKNOWN_VENDOR_ID = "unknown_vendor_id"


#: Vendors that we know, with those of their messages that we take. The two extensions of the Open
#: Charge Alliance are known by name; none of their messages is served so far.
_TAKEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "org.openchargealliance.iso15118pnc": frozenset(),
        "org.openchargealliance.costmsg": frozenset(),
    }
)


class VendorMessageSent(StationEvent, kw_only=True):
    """A station says something in a vendor's own words; the journal keeps what it says."""

    vendor_id: str
    message_id: str | None


def _decide(event: VendorMessageSent, _facts: None) -> Decision[DataTransferStatus]:
    # P02.FR.06: "If the recipient of the request has no implementation for the specific vendorId it
    # SHALL return a status 'UnknownVendorId'". The same for messages; 1.6 §4.3 alike.
    taken = _TAKEN.get(event.vendor_id)
    if taken is None:
        return Decision(DataTransferStatus.UNKNOWN_VENDOR_ID)
    if event.message_id is None or event.message_id not in taken:
        return Decision(DataTransferStatus.UNKNOWN_MESSAGE_ID)
    return Decision(DataTransferStatus.ACCEPTED)


DATA_TRANSFER: Rule[VendorMessageSent, None, DataTransferStatus] = Rule(
    lambda _event: Nothing(), _decide
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendData(Command):
    """Something of a vendor's own. `data` is text; JSON in it is the vendor's business."""

    name: ClassVar[str] = "data_transfer"

    vendor_id: str
    message_id: str | None = None
    data: str | None = None
