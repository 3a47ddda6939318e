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
    ConnectorState.FINISHING: "Finishing",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}

# Reasons are given in 2.x words; what 1.6 lacks is Other.
_REASONS = {
    "DeAuthorized": "DeAuthorized",
    "EmergencyStop": "EmergencyStop",
    "EVDisconnected": "EVDisconnected",
    "ImmediateReset": "HardReset",
    "Local": "Local",
    "PowerLoss": "PowerLoss",
    "Reboot": "Reboot",
    "Remote": "Remote",
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
        return "StartTransaction", {
            "connectorId": transaction.start.connector,
            "idTag": transaction.start.token,
            "meterStart": reading.register_wh,
            "timestamp": wire_time(event.at),
        }

    def meter(self, transaction: Transaction, reading: Reading, event: Event) -> Message:
        return "MeterValues", {
            "connectorId": transaction.start.connector,
            "transactionId": _id(transaction),
            "meterValue": [{"timestamp": wire_time(event.at), "sampledValue": _sampled(reading)}],
        }

    def stop(
        self, transaction: Transaction, reading: Reading, event: Event, reason: str
    ) -> Message:
        return "StopTransaction", {
            "transactionId": _id(transaction),
            "meterStop": reading.register_wh,
            "timestamp": wire_time(event.at),
            "reason": _REASONS.get(reason, "Other"),
        }


def _id(transaction: Transaction) -> int:
    # 1.6 erratum 3.18: a station that never learned the id says -1.
    return -1 if transaction.ref is None else int(transaction.ref)


def _sampled(reading: Reading) -> list[dict[str, Any]]:
    values = [
        _value(reading.register_wh, "Energy.Active.Import.Register", "Wh"),
        _value(reading.power_w, "Power.Active.Import", "W"),
    ]
    values += [
        _value(current, "Current.Import", "A") | {"phase": f"L{number}"}
        for number, current in enumerate(reading.currents_a, 1)
    ]
    if reading.soc_percent is not None:
        values.append(_value(reading.soc_percent, "SoC", "Percent") | {"location": "EV"})
    return values


def _value(number: object, measurand: str, unit: str) -> dict[str, Any]:
    return {
        "value": str(number),
        "context": "Sample.Periodic",
        "measurand": measurand,
        "unit": unit,
    }
