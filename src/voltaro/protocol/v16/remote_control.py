"""Starting, stopping, unlocking and triggering (1.6 §5.10-5.13, §5.17-5.18; whitepaper §5.3)."""

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
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conversation,
    Unspeakable,
    ask,
    single,
)
from voltaro.protocol.v16.smart_charging import read_profile, transaction_number, write_profile
from voltaro.protocol.wire import v16 as wire

#: Longer than any ConnectionTimeOut that makes sense: time to plug in.
_TO_BEGIN_S: Final = 180
_TO_END_S: Final = 120
_TO_SEND_S: Final = 60

_TRIGGERS: Final[dict[MessageTrigger, wire.TriggerMessageRequestRequestedMessage]] = {
    MessageTrigger.BOOT_NOTIFICATION: "BootNotification",
    MessageTrigger.HEARTBEAT: "Heartbeat",
    MessageTrigger.METER_VALUES: "MeterValues",
    MessageTrigger.STATUS_NOTIFICATION: "StatusNotification",
    MessageTrigger.FIRMWARE_STATUS: "FirmwareStatusNotification",
    MessageTrigger.DIAGNOSTICS_STATUS: "DiagnosticsStatusNotification",
}
#: What only the message of the security whitepaper can ask for.
_EXTENDED: Final[dict[MessageTrigger, wire.MessageTriggerEnumType]] = {
    MessageTrigger.LOG_STATUS: "LogStatusNotification",
    MessageTrigger.SIGNED_FIRMWARE_STATUS: "FirmwareStatusNotification",
    MessageTrigger.SIGN_CERTIFICATE: "SignChargePointCertificate",
}
_OF_CONNECTORS: Final = frozenset({"MeterValues", "StatusNotification"})
#: Messages whose names differ from what is asked for.
_ELICITED: Final = {
    "SignChargePointCertificate": "SignCertificate",
    # Whitepaper §5.3: in the extended message it is the signed one.
    "FirmwareStatusNotification": "SignedFirmwareStatusNotification",
}


def _write_start(command: RequestStart) -> wire.RemoteStartTransactionRequest:
    if command.group_token is not None:
        raise Unspeakable("a remote start of OCPP 1.6 names no group", "group_token")
    profile = command.profile
    return wire.RemoteStartTransactionRequest(
        connector_id=command.evse_id,
        id_tag=command.token.value,
        charging_profile=write_profile(profile) if profile is not None else None,
    )


def _begins(req: wire.RemoteStartTransactionRequest) -> Expectation:
    return Expectation(
        follows=Followed.TRANSACTION_BEGINS,
        within_s=_TO_BEGIN_S,
        missed=f"the station agreed, and no transaction began within {_TO_BEGIN_S} s: "
        "the car may not have been plugged in",
        token_key=token_key(req.id_tag),
        evse_id=req.connector_id,
        profile=read_profile(req.charging_profile) if req.charging_profile is not None else None,
    )


def _write_stop(command: RequestStop) -> wire.RemoteStopTransactionRequest:
    number = transaction_number(command.station_ref)
    return wire.RemoteStopTransactionRequest(transaction_id=number)


def _ends(req: wire.RemoteStopTransactionRequest) -> Expectation:
    return Expectation(
        follows=Followed.TRANSACTION_ENDS,
        within_s=_TO_END_S,
        missed=f"the station agreed, and the transaction did not end within {_TO_END_S} s",
        station_ref=str(req.transaction_id),
    )


def _write_unlock(command: UnlockConnector) -> wire.UnlockConnectorRequest:
    if command.connector_id != 1:
        raise Unspeakable("an EVSE of OCPP 1.6 has one connector, 1", "connector_id")
    return wire.UnlockConnectorRequest(connector_id=command.evse_id)


def _trigger(command: TriggerMessage) -> Conversation:
    if command.connector_id not in {None, 1}:
        raise Unspeakable("an EVSE of OCPP 1.6 has one connector, 1", "connector_id")
    if (extended := _EXTENDED.get(command.message)) is not None:
        yield ask(
            wire.ExtendedTriggerMessageRequest(
                requested_message=extended, connector_id=command.evse_id
            )
        )
        return None
    message = _TRIGGERS.get(command.message)
    if message is None:
        raise Unspeakable("OCPP 1.6 has no such message", "message")
    answer = yield ask(
        wire.TriggerMessageRequest(requested_message=message, connector_id=command.evse_id)
    )
    if answer.status == "Rejected" and command.evse_id is None and message in _OF_CONNECTORS:
        # Quirk Q34: some stations want connector 0 where 1.6 §5.17 leaves it out for all.
        yield ask(wire.TriggerMessageRequest(requested_message=message, connector_id=0))
    return None


def _arrives(action: str, connector_id: int | None) -> Expectation:
    return Expectation(
        follows=Followed.MESSAGE,
        within_s=_TO_SEND_S,
        missed=f"the station agreed, and no {action} came within {_TO_SEND_S} s",
        action=action,
        evse_id=connector_id or None,
    )


def _extended_name(req: wire.ExtendedTriggerMessageRequest) -> str:
    return _ELICITED.get(req.requested_message, req.requested_message)


CALLS = (
    CallRoute(
        request=wire.RemoteStartTransactionRequest,
        response=wire.RemoteStartTransactionResponse,
        awaits=_begins,
    ),
    CallRoute(
        request=wire.RemoteStopTransactionRequest,
        response=wire.RemoteStopTransactionResponse,
        awaits=_ends,
    ),
    CallRoute(request=wire.UnlockConnectorRequest, response=wire.UnlockConnectorResponse),
    CallRoute(
        request=wire.TriggerMessageRequest,
        response=wire.TriggerMessageResponse,
        awaits=lambda req: _arrives(req.requested_message, req.connector_id),
        elicits=lambda req: req.requested_message,
    ),
    CallRoute(
        request=wire.ExtendedTriggerMessageRequest,
        response=wire.ExtendedTriggerMessageResponse,
        awaits=lambda req: _arrives(_extended_name(req), req.connector_id),
        elicits=_extended_name,
    ),
)
COMMANDS = (
    CommandRoute(RequestStart, single(_write_start)),
    CommandRoute(RequestStop, single(_write_stop)),
    CommandRoute(UnlockConnector, single(_write_unlock)),
    CommandRoute(TriggerMessage, _trigger),
)
