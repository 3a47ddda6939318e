"""Boot, registration and heartbeat (OCPP 1.6 §4.2, 2.x functional block B)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command
from voltaro.domain.decision import Change, Decision, Nothing, Query, Rule, StationEvent


class Registration(StrEnum):
    """Whether the operator lets a station charge."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


class StationBooted(StationEvent, kw_only=True):
    """A station introduces itself after a start."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BootFacts:
    """`heartbeat_interval_s` for an accepted station, `retry_interval_s` for the others."""

    registration: Registration
    heartbeat_interval_s: int
    retry_interval_s: int


@dataclass(frozen=True, slots=True)
class BootQuery(Query[BootFacts]):
    station_id: str


@dataclass(frozen=True, slots=True)
class BootRecorded(Change):
    event: StationBooted


@dataclass(frozen=True, slots=True)
class BootReply:
    """`interval_s`: heartbeat interval, or the wait before the next boot when not accepted."""

    registration: Registration
    now: datetime
    interval_s: int


def _boot(event: StationBooted, facts: BootFacts) -> Decision[BootReply]:
    accepted = facts.registration is Registration.ACCEPTED
    interval_s = facts.heartbeat_interval_s if accepted else facts.retry_interval_s
    reply = BootReply(facts.registration, event.received_at, interval_s)
    return Decision(reply, (BootRecorded(event),))


BOOT: Rule[StationBooted, BootFacts, BootReply] = Rule(
    lambda event: BootQuery(event.station_id), _boot
)


class Heartbeat(StationEvent, kw_only=True):
    """A station asks for the time."""


def _heartbeat(event: Heartbeat, _facts: None) -> Decision[datetime]:
    return Decision(event.received_at)


HEARTBEAT: Rule[Heartbeat, None, datetime] = Rule(lambda _event: Nothing(), _heartbeat)


class ResetKind(StrEnum):
    """When a station restarts (2.x ResetEnumType; 1.6 Hard and Soft, ADR 0019)."""

    IMMEDIATE = "immediate"
    ON_IDLE = "on_idle"
    #: 2.1: transactions go on after the restart.
    IMMEDIATE_AND_RESUME = "immediate_and_resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Command):
    """Restart a station, or one EVSE of it where the version can (2.x)."""

    name: ClassVar[str] = "reset"

    kind: ResetKind
    evse_id: int | None = None
