"""NotifyEvent (N07, N08), which also tells states of connectors (G01)."""

from typing import Final, Literal

from voltaro.domain.availability import ConnectorStatus, StatusReported
from voltaro.domain.ids import Connector, Evse, Scope
from voltaro.domain.monitoring_events import (
    MONITORING_EVENTS,
    EventOrigin,
    EventsReported,
    MonitoringEvent,
    Trigger,
)
from voltaro.domain.variables import Variable, is_credential
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.device_model import read_variable
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_trigger = reader(Trigger)
_origin = reader(EventOrigin)
_state = reader(ConnectorStatus)

_STATE: Final = "availabilitystate"


def _read(req: wire.NotifyEventRequest, origin: Origin) -> EventsReported:
    events = tuple(_event(each, origin) for each in req.event_data)
    return EventsReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        events=events,
        statuses=_statuses(events, origin),
    )


def _event(told: wire.EventDataType, origin: Origin) -> MonitoringEvent:
    at, trusted = read_moment(told.timestamp, origin, "/eventData/*/timestamp")
    return MonitoringEvent(
        event_id=told.event_id,
        at=at,
        clock_trusted=trusted,
        variable=read_variable(told.component, told.variable),
        value=None if is_credential(told.variable.name) else told.actual_value,
        trigger=_trigger(told.trigger),
        origin=_origin(told.event_notification_type),
        cleared=bool(told.cleared),
        cause=told.cause,
        tech_code=told.tech_code,
        tech_info=told.tech_info,
        monitor_id=told.variable_monitoring_id,
        severity=told.severity,
        station_ref=told.transaction_id,
    )


def _statuses(events: tuple[MonitoringEvent, ...], origin: Origin) -> tuple[StatusReported, ...]:
    """Those that tell a state, connectors last: they know better than their EVSE."""
    by_place = sorted(events, key=lambda each: each.variable.component.lower() == "connector")
    return tuple(status for each in by_place if (status := _status(each, origin)) is not None)


def _status(event: MonitoringEvent, origin: Origin) -> StatusReported | None:
    variable, reported = event.variable, event.value or ""
    status = _state(reported)
    where = _place(variable) if variable.name.lower() == _STATE else None
    if where is None or status is None:
        return None
    return StatusReported(
        station_id=origin.station_id,
        at=event.at,
        received_at=origin.received_at,
        clock_trusted=event.clock_trusted,
        where=where,
        status=status,
        reported=reported,
    )


def _place(variable: Variable) -> Connector | Evse | Literal[Scope.STATION] | None:
    match variable.component.lower():
        case "chargingstation":
            return Scope.STATION
        case "evse" if variable.evse_id:
            return Evse(variable.evse_id)
        case "connector" if variable.evse_id:
            return Connector(variable.evse_id, variable.connector_id or 1)
        case _:
            return None


def _write(_reply: None) -> wire.NotifyEventResponse:
    return wire.NotifyEventResponse()


ROUTES = (Route("NotifyEvent", wire.NotifyEventRequest, _read, MONITORING_EVENTS, _write),)
