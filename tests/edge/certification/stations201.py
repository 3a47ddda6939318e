"""What stations of 2.x do on their own, and how a transaction goes there."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.edge.commands.conftest import Answering, Operator
from tests.edge.conftest import V201, at

ACCEPTED = {"status": "Accepted"}
_refs = itertools.count(1)
_events = itertools.count(1)


async def answered(
    operator: Operator, station: Answering, command: str, state: str, **fields: Any
) -> dict[str, Any]:
    """The command once it is in that state: what is to follow the answer has not come yet."""
    return await operator.sees(await operator.asks(station.id, command, **fields), state)


def now() -> str:
    return at(0, after=datetime.now(UTC))


async def answering(operator: Operator, version: str = V201, **on: Any) -> Answering:
    """A connected station that answers what it is asked as `on` says."""
    station = await operator.answering(version=version)
    station.on.update(on)
    return station


async def boots(station: Answering, reason: str = "PowerUp") -> dict[str, Any]:
    identity = {"vendorName": "v", "model": "m"}
    return await station.call("BootNotification", {"reason": reason, "chargingStation": identity})


async def reports(station: Answering, status: str, evse: int = 1, connector: int = 1) -> None:
    payload = {"timestamp": now(), "connectorStatus": status}
    answer = await station.call(
        "StatusNotification", payload | {"evseId": evse, "connectorId": connector}
    )
    assert answer == {}


async def reports_by_event(
    station: Answering, status: str, evse: int = 1, connector: int | None = 1
) -> None:
    """Without a connector, the state of the EVSE as a whole."""
    place = {"id": evse} | ({} if connector is None else {"connectorId": connector})
    event = {
        "eventId": next(_events),
        "timestamp": now(),
        "trigger": "Delta",
        "actualValue": status,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "EVSE" if connector is None else "Connector", "evse": place},
        "variable": {"name": "AvailabilityState"},
    }
    body = {"generatedAt": now(), "seqNo": 0, "eventData": [event]}
    assert await station.call("NotifyEvent", body) == {}


#: The two ways of 2.x to tell the state of a connector (G01).
WAYS_TO_TELL = [
    pytest.param(reports, id="StatusNotification"),
    pytest.param(reports_by_event, id="NotifyEvent"),
]


def is_valid(told: dict[str, Any]) -> bool:
    """The token in what the station sent is accepted by the answer."""
    return bool(told["idTokenInfo"]["status"] == "Accepted")


def id_token(value: str, kind: str = "ISO14443") -> dict[str, str]:
    return {"idToken": value, "type": kind}


class Charging:
    """A transaction as a station tells of it; `ref` is the station's own id for it."""

    def __init__(self, station: Answering, evse: int = 1) -> None:
        self.station = station
        self.evse = evse
        self.ref = f"tx-{next(_refs)}"
        self._numbers = itertools.count()

    async def tells(
        self,
        kind: str,
        trigger: str,
        token: dict[str, str] | None = None,
        *,
        more: dict[str, Any] | None = None,
        **info: Any,
    ) -> dict[str, Any]:
        """Send a TransactionEvent; `info` goes into its transactionInfo, `more` beside that."""
        payload: dict[str, Any] = {
            "eventType": kind,
            "timestamp": now(),
            "triggerReason": trigger,
            "seqNo": next(self._numbers),
            "transactionInfo": {"transactionId": self.ref} | info,
            "evse": {"id": self.evse, "connectorId": 1},
        }
        if token is not None:
            payload["idToken"] = token
        return await self.station.call("TransactionEvent", payload | (more or {}))

    async def starts(self, token: dict[str, str], **info: Any) -> dict[str, Any]:
        return await self.tells("Started", "Authorized", token, chargingState="Charging", **info)

    async def ends(self, trigger: str = "StopAuthorized", reason: str = "Local") -> None:
        await self.tells("Ended", trigger, chargingState="EVConnected", stoppedReason=reason)

    # Reusable states of the certification

    async def transfers_energy(self, token: dict[str, str]) -> None:
        """EnergyTransferStarted: the car is plugged in, the driver authorized, energy flows."""
        await reports(self.station, "Occupied", self.evse)
        await self.tells("Started", "CablePluggedIn", chargingState="EVConnected")
        assert is_valid(await self.station.call("Authorize", {"idToken": token}))
        assert is_valid(await self.tells("Updated", "Authorized", token))
        await self.tells("Updated", "ChargingStateChanged", chargingState="Charging")

    async def is_stopped(self, token: dict[str, str]) -> None:
        """StopAuthorized and EVConnectedPostSession: the driver stopped it; the car is there."""
        assert is_valid(await self.tells("Updated", "StopAuthorized", token))
        await self.tells("Updated", "ChargingStateChanged", chargingState="EVConnected")

    async def drives_off(self, more: dict[str, Any] | None = None) -> None:
        """EVDisconnected."""
        await reports(self.station, "Available", self.evse)
        info = {"chargingState": "Idle", "stoppedReason": "EVDisconnected"}
        assert await self.tells("Ended", "EVCommunicationLost", more=more, **info) == {}
