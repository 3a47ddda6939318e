"""Streams of a variable's values, which a station sends without being answered (2.1 N11, N13, N15)."""

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.decision import Change, Decision, Nothing, Query, Rule, StationEvent
from voltaro.domain.monitoring_events import (
    EventOrigin,
    MonitoringEvent,
    MonitoringEventRecorded,
    Trigger,
)
from voltaro.domain.variables import Variable, is_credential


class StreamOpened(StationEvent, kw_only=True):
    """A station is about to send what monitor `monitor_id` tells as stream `stream_id`."""

    stream_id: int
    monitor_id: int


class StreamClosed(StationEvent, kw_only=True):
    """Nothing more comes on the stream."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamValue:
    """A value of the stream's variable, and its time (aware UTC)."""

    at: datetime
    value: str


class StreamTold(StationEvent, kw_only=True):
    """Some values; `at` is the time of the first."""

    stream_id: int
    values: tuple[StreamValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKept(Change):
    """Which monitor a stream is of; None: it is closed."""

    station_id: str
    stream_id: int
    monitor_id: int | None


@dataclass(frozen=True, slots=True)
class MonitorQuery(Query[bool]):
    """Whether the station has such a monitor, or is just being given one."""

    station_id: str
    monitor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSource:
    """What the monitor of a stream says of all its values."""

    monitor_id: int
    variable: Variable
    severity: int
    origin: EventOrigin | None


@dataclass(frozen=True, slots=True)
class StreamQuery(Query["StreamSource | None"]):
    """What a stream tells of; None where that is not known."""

    station_id: str
    stream_id: int


def _open(event: StreamOpened, known: bool) -> Decision[bool]:  # noqa: FBT001  facts
    """Yes where the values can be told from others (N11.FR.04); else events do it (N11.FR.07)."""
    if not known:
        return Decision(reply=False)
    kept = StreamKept(
        station_id=event.station_id, stream_id=event.stream_id, monitor_id=event.monitor_id
    )
    return Decision(reply=True, changes=(kept,))


def _close(event: StreamClosed, _facts: None) -> Decision[None]:
    closed = StreamKept(station_id=event.station_id, stream_id=event.stream_id, monitor_id=None)
    return Decision(None, (closed,))


def number_of_value(stream_id: int) -> int:
    """In place of an event id, which a value of a stream has not: negative, one for each stream.

    With its time it makes a value known when it comes again.
    """
    return -1 - stream_id


def _keep(event: StreamTold, source: StreamSource | None) -> Decision[None]:
    """Each value is an event of its monitor (N15.FR.03). Of an unknown stream the journal has them."""
    if source is None:
        return Decision(None)
    hidden = is_credential(source.variable.name)
    recorded = (
        MonitoringEventRecorded(
            station_id=event.station_id,
            received_at=event.received_at,
            event=MonitoringEvent(
                event_id=number_of_value(event.stream_id),
                at=each.at,
                clock_trusted=event.clock_trusted,
                variable=source.variable,
                value=None if hidden else each.value,
                trigger=Trigger.PERIODIC,
                origin=source.origin,
                monitor_id=source.monitor_id,
                severity=source.severity,
            ),
        )
        for each in event.values
    )
    return Decision(None, tuple(recorded))


STREAM_OPENED: Rule[StreamOpened, bool, bool] = Rule(
    lambda event: MonitorQuery(event.station_id, event.monitor_id), _open
)
STREAM_CLOSED: Rule[StreamClosed, None, None] = Rule(lambda _event: Nothing(), _close)
STREAM_TOLD: Rule[StreamTold, StreamSource | None, None] = Rule(
    lambda event: StreamQuery(event.station_id, event.stream_id), _keep
)
