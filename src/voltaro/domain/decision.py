"""The shape of every rule: an event, the facts it asks for, one decision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from voltaro.domain.values import Value

F = TypeVar("F")
R = TypeVar("R")


class StationEvent(Value, kw_only=True):
    """Something a station told us. Both times are aware UTC.

    `at` is when it happened by the station's clock, or `received_at` where that clock said nothing
    usable; `clock_trusted` tells which.
    """

    station_id: str
    at: datetime
    received_at: datetime
    clock_trusted: bool = True


class Change:
    """One consequence to make durable before the station is answered."""

    __slots__ = ()


class Query(Generic[F]):
    """Names the facts `F` a rule needs; the store knows how to load each kind."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Nothing(Query[None]):
    """For rules that decide from the event alone."""


class Receipt(Value):
    """Makes a repetition of the same content harmless: it gets the stored reply, changing nothing.

    `discriminator` sets apart equal contents that are no repetitions (ADR 0013); `keep` is how long
    a repetition is recognised.
    """

    keep: timedelta
    discriminator: str = ""


class Decision(Value, Generic[R]):
    """What to answer (`reply`) and what to make durable first (`changes`)."""

    reply: R
    changes: tuple[Change, ...] = ()
    receipt: Receipt | None = None


E = TypeVar("E", bound=StationEvent)


def _no_claims(_event: StationEvent) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule(Generic[E, F, R]):
    """`query` names the facts, `decide` is the rule; both are pure.

    `claims` names what no other station may be deciding on at the same time (a token, for example).
    """

    query: Callable[[E], Query[F]]
    decide: Callable[[E, F], Decision[R]]
    claims: Callable[[E], tuple[str, ...]] = _no_claims
