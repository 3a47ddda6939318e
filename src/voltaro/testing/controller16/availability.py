"""Out of service and back again, and connectors that are unlocked (1.6 §5.2, §5.18)."""

from typing import TYPE_CHECKING

from voltaro.testing.dialect import ConnectorState
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply
from voltaro.testing.reservations import Reservations
from voltaro.testing.under_way import end_visits, is_free, open_transaction

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation


class Availability:
    """Which connectors are in service; a change while one charges waits for its end."""

    def __init__(self, station: "SimulatedStation", reservations: Reservations, jobs: Jobs) -> None:
        self._station = station
        self._reservations = reservations
        self._jobs = jobs
        #: The station as a whole; told as connector 0.
        self.operative = True
        #: Connectors whose cable cannot be let go.
        self.stuck: set[int] = set()

    @property
    def word(self) -> str:
        """The status of connector 0."""
        return "Available" if self.operative else "Unavailable"

    def change(self, request: Payload) -> Payload | Reply:
        """ChangeAvailability: Scheduled where a transaction has to end first."""
        number, operative = request["connectorId"], request["type"] == "Operative"
        connectors = list(self._station.states) if number == 0 else [number]
        if number != 0 and number not in self._station.states:
            return {"status": "Rejected"}
        if number == 0:
            self.operative = operative
        for connector in connectors:
            if not operative:
                self._reservations.end_at(connector)
                self._station.resting[connector] = ConnectorState.UNAVAILABLE
            elif self._station.resting[connector] is ConnectorState.UNAVAILABLE:
                self._station.resting[connector] = ConnectorState.AVAILABLE
        busy = [each for each in connectors if self._is_busy(each)]
        return Reply(
            {"status": "Scheduled" if busy else "Accepted"},
            lambda: self._jobs.begin(self._tells(connectors, whole=number == 0)),
        )

    async def unlock(self, request: Payload) -> Payload:
        """UnlockConnector: a transaction is ended first, then the cable comes off."""
        connector = request["connectorId"]
        if connector not in self._station.states:
            return {"status": "NotSupported"}
        if connector in self.stuck:
            return {"status": "UnlockFailed"}
        await end_visits(self._station, [connector], "UnlockCommand")
        return {"status": "Unlocked"}

    def _is_busy(self, connector: int) -> bool:
        return (
            connector in self._station.under_way
            or open_transaction(self._station, connector) is not None
        )

    async def _tells(self, connectors: list[int], *, whole: bool) -> None:
        station = self._station
        if whole:
            await station.link.call(*station.dialect.status(0, self.word, station.clock.now()))
        for connector in connectors:
            # One that is taken tells it when its visit is over.
            out = station.states[connector] is ConnectorState.UNAVAILABLE
            if out or is_free(station, connector):
                await station.reports_status(connector, station.resting[connector])
