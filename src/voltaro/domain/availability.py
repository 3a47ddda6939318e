"""What state stations and connectors are in (OCPP 1.6 §4.9, 2.x functional block G)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Query, Rule, StationEvent
from voltaro.domain.ids import Connector, Evse, Scope
from voltaro.domain.local_list import ConflictReported, LocalListChanged
from voltaro.domain.reservations import PlaceFailed, ReservationsChanged
from voltaro.domain.values import Value, changed


class ConnectorStatus(StrEnum):
    """The state of a connector (2.x ConnectorStatusEnumType)."""

    AVAILABLE = "available"
    OCCUPIED = "occupied"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"


class ChargingState(StrEnum):
    """What happens at an occupied connector (2.x ChargingStateEnumType).

    `PREPARING` and `FINISHING` are what 1.6 knows before and after a transaction.
    """

    EV_CONNECTED = "ev_connected"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    IDLE = "idle"
    PREPARING = "preparing"
    FINISHING = "finishing"


#: Plugged in, and no energy flows.
SUSPENDED = frozenset({ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE})


class StatusReported(StationEvent, kw_only=True):
    """The state of a connector or of the station. `reported` is the station's own word for it.

    `list_conflict`: its local authorization list contradicts what it was told about a token.
    `where` is None where it named a place that cannot be.
    """

    where: Connector | Evse | Literal[Scope.STATION] | None
    status: ConnectorStatus
    charging_state: ChargingState | None = None
    reported: str
    error_code: str | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    list_conflict: bool = False


class StatusRecorded(Value, Change):
    """The store keeps it as the latest one unless it knows a later one.

    `none_left`: with it no connector of the station is in service any more; `none_left_at_evse`: none of
    its EVSE.
    """

    event: StatusReported
    none_left: bool = False
    none_left_at_evse: bool = False


#: The connectors that a station told of, with the latest state of each.
Places = Mapping[Connector, ConnectorStatus]


class PlacesQuery(Value, Query[Places]):
    """The connectors of a station; none where they are not `needed`."""

    station_id: str
    needed: bool


#: What ends a reservation (1.6 §5.13).
_OUT_OF_SERVICE = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE})


def needs_places(event: StatusReported) -> bool:
    """Whether it matters which other connectors there are."""
    goes = event.status is ConnectorStatus.UNAVAILABLE and event.where is not Scope.STATION
    return goes or isinstance(event.where, Evse)


def record_statuses(events: tuple[StatusReported, ...], places: Places) -> tuple[Change, ...]:
    """What some reports change, one after the other."""
    known = dict(places)
    changes: list[Change] = []
    for each in events:
        for event in _spread(each, known):
            if isinstance(event.where, Connector):
                known[event.where] = event.status
            changes += _recorded(event, known)
    return tuple(changes)


def _spread(event: StatusReported, places: Places) -> Iterator[StatusReported]:
    """The state of an EVSE is that of its connectors, for who reads them.

    Which of several is occupied is not told: all of them, unless one said so itself.
    """
    if not isinstance(event.where, Evse):
        yield event
        return
    evse_id = event.where.evse_id
    here = {where: status for where, status in places.items() if where.evse_id == evse_id}
    if event.status is ConnectorStatus.OCCUPIED and ConnectorStatus.OCCUPIED in here.values():
        return
    for where in sorted(here, key=lambda each: each.connector_id) or [Connector(evse_id, 1)]:
        yield changed(event, where=where)


def _recorded(event: StatusReported, known: Places) -> Iterator[Change]:
    if event.where is None:
        return  # answered like any other (1.6 §4.9), and kept in the journal
    if isinstance(event.where, Connector) and event.status is ConnectorStatus.UNAVAILABLE:
        evse_id = event.where.evse_id
        here = (status for where, status in known.items() if where.evse_id == evse_id)
        yield StatusRecorded(
            event,
            none_left=_OUT_OF_SERVICE.issuperset(known.values()),
            none_left_at_evse=_OUT_OF_SERVICE.issuperset(here),
        )
    else:
        yield StatusRecorded(event)
    if event.status in _OUT_OF_SERVICE:
        failed = PlaceFailed(
            where=event.where.evse_id if isinstance(event.where, Connector) else Scope.STATION,
            reported=event.reported,
            at=event.at,
            received_at=event.received_at,
        )
        yield ReservationsChanged(event.station_id, failed)
    if event.list_conflict:
        yield LocalListChanged(event.station_id, ConflictReported())


STATUS: Rule[StatusReported, Places, None] = Rule(
    lambda event: PlacesQuery(event.station_id, needs_places(event)),
    lambda event, places: Decision(None, record_statuses((event,), places)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAvailability(Command):
    """Take out of service, or back into it: the station, one EVSE, or one connector of it (2.x).

    A station that charges just then may schedule it for after the transaction.
    """

    name: ClassVar[str] = "change_availability"

    operative: bool
    evse_id: int | None = None
    connector_id: int | None = None
