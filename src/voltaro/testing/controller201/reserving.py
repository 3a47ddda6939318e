"""Reservations of a simulated 2.0.1 station in words of 2.0.1 (block H)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from voltaro.testing.controller201.variables import Variables
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply
from voltaro.testing.reservations import Reservation, Reservations

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_CONTROLLER = "ReservationCtrlr"
#: All its connectors are of this type.
_CONNECTORS = "cType2"


def reservations(
    station: "SimulatedStation",
    jobs: Jobs,
    variables: Variables,
    group_of: Callable[[str], str | None],
) -> Reservations:
    """None yet; the server is told of those that end by themselves (H01.FR.16, H04.FR.01)."""

    async def tells(reservation: Reservation, word: str) -> None:
        update = {"reservationId": reservation.id, "reservationUpdateStatus": word}
        await station.link.call("ReservationStatusUpdate", update)

    return Reservations(
        station,
        jobs,
        allows_any=lambda: variables[_CONTROLLER, "NonEvseSpecific"] == "true",
        group_of=group_of,
        tells=tells,
    )


def reserve(held: Reservations, variables: Variables, request: Payload) -> Payload | Reply:
    """ReserveNow."""
    is_there = request.get("connectorType", _CONNECTORS) == _CONNECTORS
    if not is_there or variables[_CONTROLLER, "Enabled"] != "true":
        return {"status": "Rejected"}
    return held.reserve(
        Reservation(
            id=request["id"],
            connector=request.get("evseId", 0),
            token=request["idToken"]["idToken"],
            parent=request.get("groupIdToken", {}).get("idToken"),
            expires_at=datetime.fromisoformat(request["expiryDateTime"]),
        )
    )
