"""Numbers of EVSEs and connectors as they appear on the wire."""

from voltaro.domain.ids import Connector, Scope
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.routes import Origin

#: No number of ours, and no EVSE, is beyond this.
LARGEST = 2**31 - 1


def number(wire: int | None) -> int | None:
    """A number from 1 on, or None for what names no EVSE or connector."""
    return wire if wire is not None and 0 < wire <= LARGEST else None


def connector_or_station(
    evse_id: int, connector_id: int, origin: Origin, pointer: str
) -> Connector | Scope | None:
    """0 on the wire means the whole station; a number below it names no place and is remarked on."""
    if evse_id < 0:
        origin.remark(Fault.OUT_OF_RANGE, pointer)
        return None
    if evse_id == 0:
        return Scope.STATION
    return Connector(evse_id, connector_id or 1)
