"""A reservation in words of 1.6 (§5.13)."""

from datetime import datetime

from voltaro.testing.link import Payload
from voltaro.testing.reservations import Reservation


def wanted(request: Payload) -> Reservation:
    """What a ReserveNow asks for."""
    return Reservation(
        id=request["reservationId"],
        connector=request["connectorId"],
        token=request["idTag"],
        parent=request.get("parentIdTag"),
        expires_at=datetime.fromisoformat(request["expiryDate"]),
    )
