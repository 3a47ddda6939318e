"""What state stations and connectors are in (OCPP 1.6 §4.9, 2.x functional block G)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from voltaro.domain.decision import Change, Decision, Nothing, Rule, StationEvent
from voltaro.domain.ids import Connector, Scope


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReported(StationEvent):
    """The state of a connector or of the station. `reported` is the station's own word for it."""

    where: Connector | Literal[Scope.STATION]
    status: ConnectorStatus
    charging_state: ChargingState | None = None
    reported: str
    error_code: str | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


@dataclass(frozen=True, slots=True)
class StatusRecorded(Change):
    """The store keeps it as the latest one unless it knows a later one."""

    event: StatusReported


def _decide(event: StatusReported, _facts: None) -> Decision[None]:
    return Decision(None, (StatusRecorded(event),))


STATUS: Rule[StatusReported, None, None] = Rule(lambda _event: Nothing(), _decide)
