"""TransactionEvents as a station of 2.0.1 or 2.1 sends them, one after the other."""

from typing import Any

from tests.edge.conftest import at

REF = "8d9b6a1c-tx"
EVSE = {"id": 1, "connectorId": 1}


def token(value: str) -> dict[str, str]:
    return {"idToken": value, "type": "ISO14443"}


def reading(wh: float, seconds: float, context: str = "Sample.Periodic") -> list[dict[str, Any]]:
    sampled = {
        "value": wh,
        "context": context,
        "measurand": "Energy.Active.Import.Register",
        "unitOfMeasure": {"unit": "Wh"},
    }
    return [{"timestamp": at(seconds), "sampledValue": [sampled]}]


class Charging:
    """One transaction: counts its sequence numbers, a minute from event to event."""

    def __init__(self, station: Any, ref: str = REF, seq_no: int = 0) -> None:
        self.station = station
        self.ref = ref
        self.seq_no = seq_no
        self.seconds = 0.0

    async def tells(
        self, kind: str, trigger: str, state: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """The answer to the next event; `wh` is a register reading with it."""
        info = {"transactionId": self.ref} | ({"chargingState": state} if state else {})
        if (wh := more.pop("wh", None)) is not None:
            more["meterValue"] = reading(wh, self.seconds, more.pop("context", "Sample.Periodic"))
        body = {
            "eventType": kind,
            "timestamp": at(self.seconds),
            "triggerReason": trigger,
            "seqNo": self.seq_no,
            "transactionInfo": info | more.pop("info", {}),
        } | more
        self.seq_no += 1
        self.seconds += 60
        return dict(await self.station.call("TransactionEvent", body))
