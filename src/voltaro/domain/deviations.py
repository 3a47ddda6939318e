"""Departures of stations from the specification, as operators see them."""

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.decision import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationSeen(Change):
    """Messages of a station departed from the specification, `count` times in the same way.

    The last time was `at`, with `frame`. `kind` is a stable word; `pointer` tells where, with "*" for places in lists.
    """

    station_id: str
    kind: str
    action: str
    pointer: str
    count: int = 1
    at: datetime
    frame: str


@dataclass(frozen=True, slots=True)
class AnswerRefused(Change):
    """The station could not use our answer to its message `message_id` (2.1 CALLRESULTERROR)."""

    station_id: str
    message_id: str
    at: datetime
