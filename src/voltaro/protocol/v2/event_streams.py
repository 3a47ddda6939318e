"""Periodic event streams of 2.1 (N11, N13, N15); their values come as SEND."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from voltaro.domain.event_streams import (
    STREAM_CLOSED,
    STREAM_OPENED,
    STREAM_TOLD,
    StreamClosed,
    StreamOpened,
    StreamTold,
    StreamValue,
)
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import AnyRoute, Origin, Route
from voltaro.protocol.wire import v21 as wire

#: A value further from the time of its message than this has no time that could be used.
_FURTHEST_S: Final = 366 * 86_400


def _read_open(req: wire.OpenPeriodicEventStreamRequest, origin: Origin) -> StreamOpened:
    stream = req.constant_stream_data
    return StreamOpened(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        stream_id=stream.id,
        monitor_id=stream.variable_monitoring_id,
    )


def _write_open(taken: bool) -> wire.OpenPeriodicEventStreamResponse:  # noqa: FBT001  a reply
    if taken:
        return wire.OpenPeriodicEventStreamResponse(status="Accepted")
    return wire.OpenPeriodicEventStreamResponse(
        status="Rejected",
        status_info=wire.StatusInfoType(
            reason_code="UnknownMonitor", additional_info="no such monitor was told here"
        ),
    )


def _read_close(req: wire.ClosePeriodicEventStreamRequest, origin: Origin) -> StreamClosed:
    return StreamClosed(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        stream_id=req.id,
    )


def _write_close(_reply: None) -> wire.ClosePeriodicEventStreamResponse:
    return wire.ClosePeriodicEventStreamResponse()


def _read_values(req: wire.NotifyPeriodicEventStreamRequest, origin: Origin) -> StreamTold:
    at, trusted = read_moment(req.basetime, origin, "/basetime")
    return StreamTold(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        stream_id=req.id,
        values=tuple(StreamValue(at + _offset(each.t), each.v) for each in req.data),
    )


def _offset(seconds: Decimal) -> timedelta:
    return timedelta(seconds=float(seconds) if abs(seconds) <= _FURTHEST_S else 0)


def _unanswered(_reply: None) -> None:
    """N15.FR.02: a SEND is not confirmed."""


ROUTES_21: tuple[AnyRoute, ...] = (
    Route(
        "OpenPeriodicEventStream",
        wire.OpenPeriodicEventStreamRequest,
        _read_open,
        STREAM_OPENED,
        _write_open,
    ),
    Route(
        "ClosePeriodicEventStream",
        wire.ClosePeriodicEventStreamRequest,
        _read_close,
        STREAM_CLOSED,
        _write_close,
    ),
    Route(
        "NotifyPeriodicEventStream",
        wire.NotifyPeriodicEventStreamRequest,
        _read_values,
        STREAM_TOLD,
        _unanswered,
    ),
)
