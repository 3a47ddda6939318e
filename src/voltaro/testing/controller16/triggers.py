"""Messages the server asks for (1.6 §5.17, security whitepaper ExtendedTriggerMessage)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from voltaro.testing.controller16.availability import Availability
from voltaro.testing.controller16.certificates import Certificates, can_make_requests
from voltaro.testing.controller16.firmware import FirmwareUpdates
from voltaro.testing.controller16.logs import LogUploads
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply
from voltaro.testing.power import Reading
from voltaro.testing.under_way import open_transaction
from voltaro.testing.v16 import meter_values

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

#: Sends what was asked for, about these connectors.
_Sends = Callable[[list[int]], Awaitable[object]]


class Triggers:
    """Each message that can be asked for, and who sends it."""

    def __init__(
        self,
        station: "SimulatedStation",
        *,
        availability: Availability,
        firmware: FirmwareUpdates,
        logs: LogUploads,
        certificates: Certificates,
        jobs: Jobs,
    ) -> None:
        self._station = station
        self._availability = availability
        self._jobs = jobs
        both: dict[str, _Sends] = {
            "BootNotification": lambda _: station.boots("Triggered"),
            "Heartbeat": lambda _: station.heartbeats(),
            "MeterValues": self._meters,
            "StatusNotification": self._states,
        }
        self._messages = both | {
            "DiagnosticsStatusNotification": lambda _: logs.tells_diagnostics(),
            "FirmwareStatusNotification": lambda _: firmware.tells(),
        }
        self._extended = both | {
            "LogStatusNotification": lambda _: logs.tells_log(),
            "FirmwareStatusNotification": lambda _: firmware.tells_signed(),
        }
        if can_make_requests():
            self._extended["SignChargePointCertificate"] = lambda _: certificates.asks_for_one()

    def trigger(self, request: Payload) -> Payload | Reply:
        """TriggerMessage."""
        return self._answer(self._messages, request)

    def trigger_extended(self, request: Payload) -> Payload | Reply:
        """ExtendedTriggerMessage."""
        return self._answer(self._extended, request)

    def _answer(self, messages: dict[str, _Sends], request: Payload) -> Payload | Reply:
        sends = messages.get(request["requestedMessage"])
        asked = request.get("connectorId")
        if sends is None:
            return {"status": "NotImplemented"}
        if asked is not None and asked not in {0, *self._station.states}:
            return {"status": "Rejected"}
        connectors = [0, *self._station.states] if asked is None else [asked]

        async def send() -> None:
            await sends(connectors)

        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(send()))

    async def _states(self, connectors: list[int]) -> None:
        station = self._station
        for connector in connectors:
            word = (
                station.dialect.status_word(station.states[connector])
                if connector
                else self._availability.word
            )
            await station.link.call(*station.dialect.status(connector, word, station.clock.now()))

    async def _meters(self, connectors: list[int]) -> None:
        """Connector 0 has no meter of its own and is left out."""
        station = self._station
        for connector in filter(None, connectors):
            now = station.clock.now()
            visit = station.under_way.get(connector)
            reading = visit.charged_until(now) if visit else None
            action, payload = meter_values(
                connector,
                reading or Reading(register_wh=station.registers_wh[connector]),
                now,
                transaction=open_transaction(station, connector),
                context="Trigger",
            )
            await station.link.call(action, payload)
