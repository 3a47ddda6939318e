"""Connectors kept for a token (1.6 §5.1, §5.13; 2.x H01-H04)."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from voltaro.testing.dialect import ConnectorState
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply
from voltaro.testing.under_way import is_free

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Connector 0 stands for any one of the station."""

    id: int
    connector: int
    token: str
    parent: str | None
    expires_at: datetime


async def _nobody_hears(_reservation: Reservation, _word: str) -> None:
    """1.6 has no way to tell."""


class Reservations:
    """What is reserved now; it ends by use, cancellation, expiry, or when the connector goes.

    `allows_any` says whether no connector need be named, `group_of` the group of a token as far as
    it is known. `tells` the server why a reservation ended by itself.
    """

    def __init__(
        self,
        station: "SimulatedStation",
        jobs: Jobs,
        *,
        allows_any: Callable[[], bool],
        group_of: Callable[[str], str | None],
        tells: Callable[[Reservation, str], Coroutine[Any, Any, None]] = _nobody_hears,
    ) -> None:
        self._station = station
        self._jobs = jobs
        self._allows_any = allows_any
        self._group_of = group_of
        self._tells = tells
        self.by_id: dict[int, Reservation] = {}

    def reserve(self, reservation: Reservation) -> Payload | Reply:
        """ReserveNow; the same id replaces."""
        status = self._verdict(reservation)
        if status != "Accepted":
            return {"status": status}
        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(self._holds(reservation)))

    def cancel(self, request: Payload) -> Payload | Reply:
        """CancelReservation, which all versions spell alike."""
        reservation = self.by_id.get(request["reservationId"])
        if reservation is None:
            return {"status": "Rejected"}
        self._forget(reservation)
        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(self._releases(reservation)))

    def end_at(self, connector: int) -> None:
        """The connector is no longer there for its reservation."""
        for each in [each for each in self.by_id.values() if each.connector == connector]:
            self._forget(each)
            self._jobs.begin(self._tells(each, "Removed"))

    def admits(self, connector: int, token: str) -> bool:
        held = self._at(connector)
        if held is not None:
            return self._is_for(held, token)
        anywhere = [
            each
            for each in self.by_id.values()
            if each.connector == 0 and not self._is_for(each, token)
        ]
        return len(self._free()) > len(anywhere)

    def is_known_to_need_parent(self, connector: int, token: str) -> bool:
        """Whether only the server can say if the token's group holds the reservation (§5.13)."""
        held = self._at(connector)
        return (
            held is not None
            and held.parent is not None
            and not self._is_for(held, token)
            and self._group_of(token) is None
        )

    def use(self, connector: int, token: str) -> int | None:
        """End the reservation that lets this token start here; its id."""
        held = self._at(connector) or next(
            (each for each in self.by_id.values() if each.connector == 0), None
        )
        if held is None or not self._is_for(held, token):
            return None
        self._forget(held)
        return held.id

    def _verdict(self, wanted: Reservation) -> str:
        station, connector = self._station, wanted.connector
        if connector == 0:
            if not self._allows_any():
                return "Rejected"
            asked = list(station.states)
        elif connector not in station.states:
            return "Rejected"
        else:
            asked = [connector]
        if wanted.expires_at <= station.clock.now():
            return "Rejected"
        if all(station.states[each] is ConnectorState.FAULTED for each in asked):
            return "Faulted"
        if all(station.resting[each] is ConnectorState.UNAVAILABLE for each in asked):
            return "Unavailable"
        others = [each for each in self.by_id.values() if each.id != wanted.id]
        taken = {each.connector for each in others if each.connector}
        anywhere = sum(each.connector == 0 for each in others)
        free = [each for each in asked if is_free(station, each) and each not in taken]
        return "Accepted" if len(free) > (anywhere if connector == 0 else 0) else "Occupied"

    async def _holds(self, reservation: Reservation) -> None:
        station = self._station
        replaced = self.by_id.get(reservation.id)
        if replaced is not None:
            self._forget(replaced)
            if replaced.connector != reservation.connector:
                await self._releases(replaced)
        self.by_id[reservation.id] = reservation
        if reservation.connector:
            station.resting[reservation.connector] = ConnectorState.RESERVED
            await station.shows(reservation.connector, ConnectorState.RESERVED)
        await station.clock.sleep_until(reservation.expires_at)
        if self.by_id.get(reservation.id) is reservation:
            self._forget(reservation)
            await self._tells(reservation, "Expired")
            await self._releases(reservation)

    async def _releases(self, reservation: Reservation) -> None:
        connector = reservation.connector
        if connector and self._station.states[connector] is ConnectorState.RESERVED:
            await self._station.shows(connector, self._station.resting[connector])

    def _forget(self, reservation: Reservation) -> None:
        self.by_id.pop(reservation.id, None)
        connector = reservation.connector
        if connector and self._station.resting[connector] is ConnectorState.RESERVED:
            self._station.resting[connector] = ConnectorState.AVAILABLE

    def _at(self, connector: int) -> Reservation | None:
        return next((each for each in self.by_id.values() if each.connector == connector), None)

    def _free(self) -> list[int]:
        return [
            each
            for each in self._station.states
            if is_free(self._station, each) and self._at(each) is None
        ]

    def _is_for(self, reservation: Reservation, token: str) -> bool:
        parent = self._group_of(token)
        same = token.lower() == reservation.token.lower()
        return same or (
            parent is not None
            and reservation.parent is not None
            and parent.lower() == reservation.parent.lower()
        )
