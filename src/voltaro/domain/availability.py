"""What state stations and connectors are in (OCPP 1.6 §4.9, 2.x functional block G)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Nothing, Rule, StationEvent
from voltaro.domain.ids import Connector, Scope
from voltaro.domain.local_list import ConflictReported, LocalListChanged
from voltaro.domain.reservations import PlaceFailed, ReservationsChanged


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReported(StationEvent):
    """The state of a connector or of the station. `reported` is the station's own word for it.

    `list_conflict`: its local authorization list contradicts what it was told about a token.
    `where` is None where it named a place that cannot be.
    """

    where: Connector | Literal[Scope.STATION] | None
    status: ConnectorStatus
    charging_state: ChargingState | None = None
    reported: str
    error_code: str | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    list_conflict: bool = False


@dataclass(frozen=True, slots=True)
class StatusRecorded(Change):
    """The store keeps it as the latest one unless it knows a later one."""

    event: StatusReported


#: What ends a reservation (1.6 §5.13).
_OUT_OF_SERVICE = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE})


def _decide(event: StatusReported, _facts: None) -> Decision[None]:
    if event.where is None:
        return Decision(None)  # answered like any other (1.6 §4.9), and kept in the journal
    changes: list[Change] = [StatusRecorded(event)]
    if event.status in _OUT_OF_SERVICE:
        failed = PlaceFailed(
            where=event.where.evse_id if isinstance(event.where, Connector) else event.where,
            reported=event.reported,
            at=event.at,
            received_at=event.received_at,
        )
        changes.append(ReservationsChanged(event.station_id, failed))
    if event.list_conflict:
        changes.append(LocalListChanged(event.station_id, ConflictReported()))
    return Decision(None, tuple(changes))


STATUS: Rule[StatusReported, None, None] = Rule(lambda _event: Nothing(), _decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAvailability(Command):
    """Take out of service, or back into it: the station, one EVSE, or one connector of it (2.x).

    A station that charges just then may schedule it for after the transaction.
    """

    name: ClassVar[str] = "change_availability"

    operative: bool
    evse_id: int | None = None
    connector_id: int | None = None
