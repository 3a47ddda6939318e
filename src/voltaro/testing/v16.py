"""OCPP 1.6J as a simulated station speaks it."""

from datetime import datetime
from typing import Any

from voltaro.testing.books import Transaction
from voltaro.testing.clock import wire_time
from voltaro.testing.dialect import ConnectorState, Event, Identity, Message
from voltaro.testing.link import Payload
from voltaro.testing.power import Reading

_WORDS = {
    ConnectorState.AVAILABLE: "Available",
    ConnectorState.PREPARING: "Preparing",
    ConnectorState.CHARGING: "Charging",
    ConnectorState.SUSPENDED_EV: "SuspendedEV",
    ConnectorState.SUSPENDED_EVSE: "SuspendedEVSE",
    ConnectorState.FINISHING: "Finishing",
    ConnectorState.RESERVED: "Reserved",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}

# Reasons are given in 2.x words, or those only 1.6 has; what 1.6 lacks is Other.
_REASONS = {
    "DeAuthorized": "DeAuthorized",
    "EmergencyStop": "EmergencyStop",
    "EVDisconnected": "EVDisconnected",
    "ImmediateReset": "HardReset",
    "Local": "Local",
    "PowerLoss": "PowerLoss",
    "Reboot": "Reboot",
    "HardReset": "HardReset",
    "Remote": "Remote",
    "SoftReset": "SoftReset",
    "UnlockCommand": "UnlockCommand",
}


class V16:
    """Payloads of OCPP 1.6."""

    subprotocol = "ocpp1.6"

    def boot(self, identity: Identity, reason: str) -> Message:  # noqa: ARG002 - 1.6 has none
        payload = {
            "chargePointVendor": identity.vendor,
            "chargePointModel": identity.model,
            "firmwareVersion": identity.firmware,
        }
        if identity.serial is not None:
            payload["chargePointSerialNumber"] = identity.serial
        return "BootNotification", payload

    def status_word(self, state: ConnectorState) -> str:
        return _WORDS[state]

    def status(self, connector: int, word: str, at: datetime) -> Message:
        return "StatusNotification", {
            "connectorId": connector,
            "errorCode": "OtherError" if word == "Faulted" else "NoError",
            "status": word,
            "timestamp": wire_time(at),
        }

    def authorize(self, token: str) -> Message:
        return "Authorize", {"idTag": token}

    def authorization(self, reply: Payload) -> str | None:
        word: str | None = reply.get("idTagInfo", {}).get("status")
        return word

    def new_ref(self) -> str | None:
        return None

    def adopt(self, transaction: Transaction, reply: Payload) -> None:
        transaction.ref = str(reply["transactionId"])

    def start(
        self,
        transaction: Transaction,
        reading: Reading,
        event: Event,
        remote_id: int | None,  # noqa: ARG002 - 1.6 has none
    ) -> Message:
        payload = {
            "connectorId": transaction.start.connector,
            "idTag": transaction.start.token,
            "meterStart": reading.register_wh,
            "timestamp": wire_time(event.at),
        }
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id
        return "StartTransaction", payload

    def meter(self, transaction: Transaction, reading: Reading, event: Event) -> Message:
        return meter_values(transaction.start.connector, reading, event.at, transaction=transaction)

    def stop(
        self, transaction: Transaction, reading: Reading, event: Event, reason: str
    ) -> Message:
        return "StopTransaction", {
            "transactionId": _id(transaction),
            "meterStop": reading.register_wh,
            "timestamp": wire_time(event.at),
            "reason": _REASONS.get(reason, "Other"),
        }


def meter_values(
    connector: int,
    reading: Reading,
    at: datetime,
    *,
    transaction: Transaction | None,
    context: str = "Sample.Periodic",
) -> Message:
    payload: dict[str, Any] = {"connectorId": connector}
    if transaction is not None:
        payload["transactionId"] = _id(transaction)
    payload["meterValue"] = [
        {"timestamp": wire_time(at), "sampledValue": _sampled(reading, context)}
    ]
    return "MeterValues", payload


def _id(transaction: Transaction) -> int:
    # 1.6 erratum 3.18: a station that never learned the id says -1.
    return -1 if transaction.ref is None else int(transaction.ref)


def _sampled(reading: Reading, context: str) -> list[dict[str, Any]]:
    values = [
        _value(reading.register_wh, "Energy.Active.Import.Register", "Wh", context),
        _value(reading.power_w, "Power.Active.Import", "W", context),
    ]
    values += [
        _value(current, "Current.Import", "A", context) | {"phase": f"L{number}"}
        for number, current in enumerate(reading.currents_a, 1)
    ]
    if reading.soc_percent is not None:
        values.append(_value(reading.soc_percent, "SoC", "Percent", context) | {"location": "EV"})
    return values


def _value(number: object, measurand: str, unit: str, context: str) -> dict[str, Any]:
    return {
        "value": str(number),
        "context": context,
        "measurand": measurand,
        "unit": unit,
    }
