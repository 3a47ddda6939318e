"""Messages that the server asks a simulated 2.0.1 station for (F06)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from voltaro.testing.controller16.certificates import Certificates, can_make_requests
from voltaro.testing.controller16.firmware import FirmwareUpdates
from voltaro.testing.controller16.logs import LogUploads
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply
from voltaro.testing.power import Reading
from voltaro.testing.under_way import open_transaction
from voltaro.testing.v201 import meter_values

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

#: Sends what was asked for, about these EVSEs.
_Sends = Callable[[list[int]], Awaitable[object]]


class Triggers:
    """Each message that can be asked for, and who sends it."""

    def __init__(
        self,
        station: "SimulatedStation",
        jobs: Jobs,
        *,
        firmware: FirmwareUpdates,
        logs: LogUploads,
        certificates: Certificates,
    ) -> None:
        self._station = station
        self._jobs = jobs
        self._messages: dict[str, _Sends] = {
            "BootNotification": lambda _: station.boots("Triggered"),
            "FirmwareStatusNotification": lambda _: firmware.tells_signed(),
            "Heartbeat": lambda _: station.heartbeats(),
            "LogStatusNotification": lambda _: logs.tells_log(),
            "MeterValues": self._meters,
            "StatusNotification": self._states,
            "TransactionEvent": self._transactions,
        }
        if can_make_requests():
            self._messages["SignChargingStationCertificate"] = lambda _: certificates.asks_for_one()

    def trigger(self, request: Payload) -> Payload | Reply:
        """TriggerMessage."""
        sends = self._messages.get(request["requestedMessage"])
        asked = request.get("evse", {}).get("id")
        if sends is None:
            return {"status": "NotImplemented"}
        if asked is not None and asked not in self._station.states:
            return {"status": "Rejected"}
        evses = list(self._station.states) if asked is None else [asked]
        if sends == self._transactions and not any(map(self._charges, evses)):
            return {"status": "Rejected"}

        async def send() -> None:
            await sends(evses)

        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(send()))

    def _charges(self, evse: int) -> bool:
        return open_transaction(self._station, evse) is not None

    def _reading(self, evse: int) -> Reading:
        station = self._station
        visit = station.under_way.get(evse)
        reading = visit.charged_until(station.clock.now()) if visit else None
        return reading or Reading(register_wh=station.registers_wh[evse])

    async def _states(self, evses: list[int]) -> None:
        station = self._station
        for evse in evses:
            word = station.dialect.status_word(station.states[evse])
            await station.link.call(*station.dialect.status(evse, word, station.clock.now()))

    async def _meters(self, evses: list[int]) -> None:
        now = self._station.clock.now()
        for evse in evses:
            await self._station.link.call(*meter_values(evse, self._reading(evse), now, "Trigger"))

    async def _transactions(self, evses: list[int]) -> None:
        for evse in evses:
            transaction = open_transaction(self._station, evse)
            if transaction is not None:
                await self._station.meters(transaction, self._reading(evse), asked_for=True)
