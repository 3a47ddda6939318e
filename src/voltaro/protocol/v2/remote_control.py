"""Starting, stopping, unlocking and triggering (F01-F06)."""

from typing import Final

from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.ids import token_key
from voltaro.domain.remote_control import (
    MessageTrigger,
    RequestStart,
    RequestStop,
    TriggerMessage,
    UnlockConnector,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, Unspeakable, single
from voltaro.protocol.places import number
from voltaro.protocol.profile_words import refuse_words_of_21
from voltaro.protocol.v2.authorization import write_group, write_token
from voltaro.protocol.v2.evses import write_place
from voltaro.protocol.v2.smart_charging import read_profile, write_profile
from voltaro.protocol.wire import v21 as wire

#: Longer than any EVConnectionTimeOut that makes sense: time to plug in.
_TO_BEGIN_S: Final = 180
_TO_END_S: Final = 120
_TO_SEND_S: Final = 60

_TRIGGERS: Final[dict[MessageTrigger, wire.MessageTriggerEnumType]] = {
    MessageTrigger.BOOT_NOTIFICATION: "BootNotification",
    MessageTrigger.HEARTBEAT: "Heartbeat",
    MessageTrigger.METER_VALUES: "MeterValues",
    MessageTrigger.STATUS_NOTIFICATION: "StatusNotification",
    MessageTrigger.TRANSACTION_EVENT: "TransactionEvent",
    MessageTrigger.FIRMWARE_STATUS: "FirmwareStatusNotification",
    MessageTrigger.SIGNED_FIRMWARE_STATUS: "FirmwareStatusNotification",
    MessageTrigger.PUBLISH_FIRMWARE_STATUS: "PublishFirmwareStatusNotification",
    MessageTrigger.LOG_STATUS: "LogStatusNotification",
    MessageTrigger.DIAGNOSTICS_STATUS: "LogStatusNotification",
    MessageTrigger.SIGN_CERTIFICATE: "SignChargingStationCertificate",
    MessageTrigger.SIGN_V2G_CERTIFICATE: "SignV2GCertificate",
    MessageTrigger.SIGN_V2G_20_CERTIFICATE: "SignV2G20Certificate",
    MessageTrigger.SIGN_COMBINED_CERTIFICATE: "SignCombinedCertificate",
}
#: Messages whose names differ from what is asked for.
_ELICITED: Final = {
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignV2G20Certificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
}


def _write_start(command: RequestStart) -> wire.RequestStartTransactionRequest:
    group, profile = command.group_token, command.profile
    return wire.RequestStartTransactionRequest(
        evse_id=command.evse_id,
        group_id_token=write_group(group) if group is not None else None,
        id_token=write_token(command.token),
        remote_start_id=command.remote_start_id,
        charging_profile=write_profile(profile) if profile is not None else None,
    )


def _write_start_201(command: RequestStart) -> wire.RequestStartTransactionRequest:
    if command.profile is not None:
        refuse_words_of_21(command.profile, "OCPP 2.0.1")
    return _write_start(command)


def _begins(req: wire.RequestStartTransactionRequest) -> Expectation:
    profile = req.charging_profile
    return Expectation(
        follows=Followed.TRANSACTION_BEGINS,
        within_s=_TO_BEGIN_S,
        missed=f"the station agreed, and no transaction began within {_TO_BEGIN_S} s: "
        "the car may not have been plugged in",
        token_key=token_key(req.id_token.id_token),
        evse_id=number(req.evse_id),
        remote_start_id=req.remote_start_id,
        profile=read_profile(profile) if profile is not None else None,
    )


def _write_stop(command: RequestStop) -> wire.RequestStopTransactionRequest:
    return wire.RequestStopTransactionRequest(transaction_id=command.station_ref)


def _ends(req: wire.RequestStopTransactionRequest) -> Expectation:
    return Expectation(
        follows=Followed.TRANSACTION_ENDS,
        within_s=_TO_END_S,
        missed=f"the station agreed, and the transaction did not end within {_TO_END_S} s",
        station_ref=req.transaction_id,
    )


def _write_unlock(command: UnlockConnector) -> wire.UnlockConnectorRequest:
    return wire.UnlockConnectorRequest(evse_id=command.evse_id, connector_id=command.connector_id)


def _write_trigger(command: TriggerMessage) -> wire.TriggerMessageRequest:
    connector_id = command.connector_id
    if command.message is MessageTrigger.STATUS_NOTIFICATION:
        # F06.FR.13: "the CSMS SHALL set the connectorId field".
        if command.evse_id is None:
            raise Unspeakable("OCPP 2.x gives the state of one connector: name its EVSE", "evse_id")
        connector_id = connector_id or 1
    return wire.TriggerMessageRequest(
        requested_message=_TRIGGERS[command.message],
        evse=write_place(command.evse_id, connector_id),
    )


def _name(req: wire.TriggerMessageRequest) -> str:
    return _ELICITED.get(req.requested_message, req.requested_message)


def _arrives(req: wire.TriggerMessageRequest) -> Expectation | None:
    if req.requested_message == "CustomTrigger":
        return None  # what it asks for is the vendor's business
    action = _name(req)
    return Expectation(
        follows=Followed.MESSAGE,
        within_s=_TO_SEND_S,
        missed=f"the station agreed, and no {action} came within {_TO_SEND_S} s",
        action=action,
        evse_id=number(req.evse.id) if req.evse else None,
        connector_id=number(req.evse.connector_id) if req.evse else None,
    )


CALLS = (
    CallRoute(
        request=wire.RequestStartTransactionRequest,
        response=wire.RequestStartTransactionResponse,
        awaits=_begins,
    ),
    CallRoute(
        request=wire.RequestStopTransactionRequest,
        response=wire.RequestStopTransactionResponse,
        awaits=_ends,
    ),
    CallRoute(request=wire.UnlockConnectorRequest, response=wire.UnlockConnectorResponse),
    CallRoute(
        request=wire.TriggerMessageRequest,
        response=wire.TriggerMessageResponse,
        awaits=_arrives,
        elicits=_name,
    ),
)
COMMANDS = (
    CommandRoute(RequestStart, single(_write_start)),
    CommandRoute(RequestStop, single(_write_stop)),
    CommandRoute(UnlockConnector, single(_write_unlock)),
    CommandRoute(TriggerMessage, single(_write_trigger)),
)
#: What 2.0.1 has fewer words for.
COMMANDS_201 = (CommandRoute(RequestStart, single(_write_start_201)),)
