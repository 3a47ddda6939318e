"""OCPP 2.0.1 and 2.1 as a simulated station speaks them: the same words, under either name."""

import uuid
from datetime import datetime
from typing import Any

from voltaro.testing.books import Transaction
from voltaro.testing.clock import wire_time
from voltaro.testing.dialect import ConnectorState, Event, Identity, Message
from voltaro.testing.link import Payload
from voltaro.testing.power import Reading

_WORDS = {
    ConnectorState.AVAILABLE: "Available",
    ConnectorState.RESERVED: "Reserved",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}

_TRIGGERS = {
    "DeAuthorized": "Deauthorized",
    "EVDisconnected": "EVCommunicationLost",
    "ImmediateReset": "ResetCommand",
    "Local": "StopAuthorized",
    "Remote": "RemoteStop",
    "StoppedByEV": "ChargingStateChanged",
}


class V201:
    """Payloads of OCPP 2.x. EVSE n has one connector, number 1."""

    def __init__(self, version: str, token_type: str) -> None:
        self.subprotocol = f"ocpp{version}"
        self.token_type = token_type

    def boot(self, identity: Identity, reason: str) -> Message:
        station: dict[str, Any] = {
            "vendorName": identity.vendor,
            "model": identity.model,
            "firmwareVersion": identity.firmware,
        }
        if identity.serial is not None:
            station["serialNumber"] = identity.serial
        return "BootNotification", {"reason": reason, "chargingStation": station}

    def status_word(self, state: ConnectorState) -> str:
        return _WORDS.get(state, "Occupied")

    def status(self, connector: int, word: str, at: datetime) -> Message:
        return "StatusNotification", {
            "timestamp": wire_time(at),
            "connectorStatus": word,
            "evseId": connector,
            "connectorId": 1,
        }

    def authorize(self, token: str) -> Message:
        return "Authorize", {"idToken": self._token(token)}

    def authorization(self, reply: Payload) -> str | None:
        word: str | None = reply.get("idTokenInfo", {}).get("status")
        return word

    def new_ref(self) -> str | None:
        return str(uuid.uuid4())

    def adopt(self, transaction: Transaction, reply: Payload) -> None:
        """Nothing: the station's own id stands."""

    def start(
        self, transaction: Transaction, reading: Reading, event: Event, remote_id: int | None
    ) -> Message:
        trigger = "Authorized" if remote_id is None else "RemoteStart"
        payload = _event("Started", trigger, transaction, event, "Charging")
        if remote_id is not None:
            payload["transactionInfo"]["remoteStartId"] = remote_id
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id
        payload["idToken"] = self._token(transaction.start.token)
        payload["evse"] = {"id": transaction.start.connector, "connectorId": 1}
        payload["meterValue"] = _meter_value(reading, event.at, "Transaction.Begin")
        return "TransactionEvent", payload

    def meter(self, transaction: Transaction, reading: Reading, event: Event) -> Message:
        trigger = "ChargingStateChanged" if event.changed else "MeterValuePeriodic"
        context = "Sample.Periodic"
        if event.asked_for:
            trigger = context = "Trigger"
        payload = _event("Updated", trigger, transaction, event, charging_state(reading))
        payload["meterValue"] = _meter_value(reading, event.at, context)
        return "TransactionEvent", payload

    def stop(
        self, transaction: Transaction, reading: Reading, event: Event, reason: str
    ) -> Message:
        trigger = _TRIGGERS.get(reason, "AbnormalCondition")
        state = "Idle" if reason == "EVDisconnected" else "EVConnected"
        payload = _event("Ended", trigger, transaction, event, state)
        payload["transactionInfo"]["stoppedReason"] = reason
        payload["meterValue"] = _meter_value(reading, event.at, "Transaction.End")
        return "TransactionEvent", payload

    def _token(self, token: str) -> dict[str, Any]:
        return {"idToken": token, "type": self.token_type}


def meter_values(evse: int, reading: Reading, at: datetime, context: str) -> Message:
    """A MeterValues of an EVSE, whatever happens there."""
    return "MeterValues", {"evseId": evse, "meterValue": _meter_value(reading, at, context)}


def charging_state(reading: Reading) -> str:
    return "Charging" if reading.power_w > 0 else "SuspendedEV"


def _event(
    kind: str, trigger: str, transaction: Transaction, event: Event, state: str
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "eventType": kind,
        "timestamp": wire_time(event.at),
        "triggerReason": trigger,
        "seqNo": event.seq,
        "transactionInfo": {"transactionId": transaction.ref, "chargingState": state},
    }
    if event.offline:
        payload["offline"] = True
    return payload


def _meter_value(reading: Reading, at: datetime, context: str) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = [
        {
            "value": reading.register_wh,
            "context": context,
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
        },
        {
            "value": reading.power_w,
            "context": context,
            "measurand": "Power.Active.Import",
            "unitOfMeasure": {"unit": "W"},
        },
    ]
    values += [
        {
            "value": float(current),
            "context": context,
            "measurand": "Current.Import",
            "phase": f"L{number}",
            "unitOfMeasure": {"unit": "A"},
        }
        for number, current in enumerate(reading.currents_a, 1)
    ]
    if reading.soc_percent is not None:
        values.append(
            {
                "value": reading.soc_percent,
                "context": context,
                "measurand": "SoC",
                "location": "EV",
                "unitOfMeasure": {"unit": "Percent"},
            }
        )
    return [{"timestamp": wire_time(at), "sampledValue": values}]
