"""What a station tells of a reservation that it let go of by itself (2.x functional block H)."""

from enum import StrEnum

from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent
from voltaro.domain.reservations import EndedByStation, ReservationsChanged


class ReservationUpdate(StrEnum):
    """Why a reservation is over (2.x ReservationUpdateStatusEnumType)."""

    EXPIRED = "expired"
    REMOVED = "removed"
    NO_TRANSACTION = "no_transaction"


_WHY = {
    ReservationUpdate.EXPIRED: None,
    ReservationUpdate.REMOVED: "the station removed it",
    ReservationUpdate.NO_TRANSACTION: "its token was presented, and no transaction began",
}


class ReservationUpdated(StationEvent, kw_only=True):
    """`update` is None for a word that nobody knows; `reported` is the station's own."""

    reservation_id: int
    update: ReservationUpdate | None
    reported: str


def _decide(event: ReservationUpdated, _facts: None) -> Decision[None]:
    """Settle it (H01.FR.16, H04.FR.01); one that is over already stays as it is."""
    update = event.update
    step = EndedByStation(
        reservation_id=event.reservation_id,
        expired=update is ReservationUpdate.EXPIRED,
        why=_WHY[update] if update is not None else f"the station reported {event.reported}",
        at=event.received_at,
    )
    return Decision(None, (ReservationsChanged(event.station_id, step),))


RESERVATION_UPDATE: Rule[ReservationUpdated, None, None] = Rule(lambda _event: Nothing(), _decide)
