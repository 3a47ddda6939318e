"""Starting, stopping, unlocking and asking from afar (1.6 §5.10-5.13, 5.17-5.18; 2.x block F)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import URGENT, Command
from voltaro.domain.ids import IdToken
from voltaro.domain.smart_charging import ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStart(Command):
    """Begin a transaction for a token. `remote_start_id` is told in 2.x, and not in 1.6.

    `evse_id` None leaves the choice to the station, which may refuse to choose. `group_token` opens
    what is reserved for a group (F01.FR.22). `profile` is for the transaction, whose id on the wire
    nobody knows yet (1.6 §5.11).
    """

    name: ClassVar[str] = "request_start"
    priority: ClassVar[int] = URGENT

    token: IdToken
    remote_start_id: int
    evse_id: int | None = None
    group_token: str | None = None
    profile: ChargingProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStop(Command):
    """End a transaction, by its id on the wire."""

    name: ClassVar[str] = "request_stop"
    priority: ClassVar[int] = URGENT

    station_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockConnector(Command):
    """Let go of a plug."""

    name: ClassVar[str] = "unlock_connector"
    priority: ClassVar[int] = URGENT

    evse_id: int
    connector_id: int = 1


class MessageTrigger(StrEnum):
    """What a station can be asked to send (2.x MessageTriggerEnumType, and 1.6's own)."""

    BOOT_NOTIFICATION = "boot_notification"
    HEARTBEAT = "heartbeat"
    METER_VALUES = "meter_values"
    STATUS_NOTIFICATION = "status_notification"
    FIRMWARE_STATUS = "firmware_status_notification"
    #: 1.6: the progress of a signed update, which has a message of its own; 2.x has one for both.
    SIGNED_FIRMWARE_STATUS = "signed_firmware_status_notification"
    LOG_STATUS = "log_status_notification"
    #: 1.6: the progress of GetDiagnostics; 2.x has the log status for it.
    DIAGNOSTICS_STATUS = "diagnostics_status_notification"
    SIGN_CERTIFICATE = "sign_charging_station_certificate"
    TRANSACTION_EVENT = "transaction_event"
    SIGN_V2G_CERTIFICATE = "sign_v2g_certificate"
    SIGN_V2G_20_CERTIFICATE = "sign_v2g_20_certificate"
    SIGN_COMBINED_CERTIFICATE = "sign_combined_certificate"
    PUBLISH_FIRMWARE_STATUS = "publish_firmware_status_notification"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMessage(Command):
    """Ask for a message; it comes by itself, after the answer.

    `evse_id` None: all of them. `connector_id` None: the first, where the message is of one.
    """

    name: ClassVar[str] = "trigger_message"

    message: MessageTrigger
    evse_id: int | None = None
    connector_id: int | None = None
