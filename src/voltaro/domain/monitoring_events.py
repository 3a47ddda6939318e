"""Events of the device model: values that changed, thresholds that were crossed (2.x N07, N08)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voltaro.domain.availability import (
    Places,
    PlacesQuery,
    StatusReported,
    needs_places,
    record_statuses,
)
from voltaro.domain.decision import Change, Decision, Rule, StationEvent
from voltaro.domain.variables import Variable


class Trigger(StrEnum):
    """What kind of monitoring told it (2.x EventTriggerEnumType)."""

    ALERTING = "alerting"
    DELTA = "delta"
    PERIODIC = "periodic"


class EventOrigin(StrEnum):
    """Who wanted to be told (2.x EventNotificationEnumType)."""

    HARD_WIRED_NOTIFICATION = "hard_wired_notification"
    HARD_WIRED_MONITOR = "hard_wired_monitor"
    PRECONFIGURED_MONITOR = "preconfigured_monitor"
    CUSTOM_MONITOR = "custom_monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringEvent:
    """One event. The station gives `event_id`, and `cause` is that of another event.

    `value` is empty where the variable can only be written (N07.FR.10), None for a credential.
    `trigger` and `origin` are None for words that we do not know. `severity` goes from 0, danger,
    to 9; 2.0.1 stations do not tell it.
    """

    event_id: int
    at: datetime
    clock_trusted: bool
    variable: Variable
    value: str | None
    trigger: Trigger | None
    origin: EventOrigin | None
    cleared: bool = False
    cause: int | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    monitor_id: int | None = None
    severity: int | None = None
    station_ref: str | None = None


class EventsReported(StationEvent, kw_only=True):
    """Some events; `statuses` are those of them that say what a StatusNotification says (G01)."""

    events: tuple[MonitoringEvent, ...]
    statuses: tuple[StatusReported, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringEventRecorded(Change):
    """Kept once: station, event id and time make a repetition known."""

    station_id: str
    received_at: datetime
    event: MonitoringEvent


def _decide(event: EventsReported, places: Places) -> Decision[None]:
    recorded = tuple(
        MonitoringEventRecorded(
            station_id=event.station_id, received_at=event.received_at, event=each
        )
        for each in event.events
    )
    return Decision(None, (*recorded, *record_statuses(event.statuses, places)))


MONITORING_EVENTS: Rule[EventsReported, Places, None] = Rule(
    lambda event: PlacesQuery(event.station_id, any(map(needs_places, event.statuses))), _decide
)
