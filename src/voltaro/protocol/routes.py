"""One row per version and action: how a request becomes an event, and a reply a response."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from voltaro.domain.decision import Rule, StationEvent
from voltaro.protocol.wire import Wire

Req = TypeVar("Req", bound=Wire)
Res = TypeVar("Res", bound=Wire)
E = TypeVar("E", bound=StationEvent)
F = TypeVar("F")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Origin:
    """Which station a message came from, and when it arrived here (aware UTC)."""

    station_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Route(Generic[Req, E, F, R, Res]):
    """`read` and `write` are pure; what lies between them is the rule's business."""

    action: str
    request: type[Req]
    read: Callable[[Req, Origin], E]
    rule: Rule[E, F, R]
    write: Callable[[R], Res]


AnyRoute = Route[Any, Any, Any, Any, Any]
