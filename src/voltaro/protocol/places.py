"""Numbers of EVSEs and connectors as they appear on the wire."""

from voltaro.domain.ids import Connector, Scope

#: No number of ours, and no EVSE, is beyond this.
LARGEST = 2**31 - 1


def number(wire: int | None) -> int | None:
    """A number from 1 on, or None for what names no EVSE or connector."""
    return wire if wire is not None and 0 < wire <= LARGEST else None


def connector_or_station(evse_id: int, connector_id: int) -> Connector | Scope:
    """0 on the wire means the whole station."""
    if evse_id == 0:
        return Scope.STATION
    return Connector(evse_id, connector_id or 1)
