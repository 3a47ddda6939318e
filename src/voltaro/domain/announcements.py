"""What stations of 2.1 announce and want nothing for: swaps of batteries, DER, payments, priority."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from voltaro.domain.decision import Change, Decision, Nothing, Receipt, Rule, StationEvent

_KEEP: Final = timedelta(days=90)


class Announcement(StrEnum):
    """What it is about."""

    #: Batteries were put in, taken out, or not taken in time (S03).
    BATTERY_SWAP = "battery_swap"
    #: A control of distributed energy resources limits charging, or does so no more (R05).
    DER_ALARM = "der_alarm"
    #: Such a control began or ended (R04).
    DER_CONTROL = "der_control"
    #: Part of the controls that a station has (R04).
    DER_REPORT = "der_report"
    #: A transaction is charged with priority, or is no more (K22).
    PRIORITY_CHARGING = "priority_charging"
    #: What became of the payment at a terminal (C19-C22).
    SETTLEMENT = "settlement"


class Announced(StationEvent, kw_only=True):
    """`details` is what the station said, as JSON can hold it, without secrets.

    `is_unique`: the same content comes again only as a repetition.
    """

    about: Announcement
    details: Mapping[str, Any]
    station_ref: str | None = None
    is_unique: bool


@dataclass(frozen=True, slots=True)
class AnnouncementRecorded(Change):
    event: Announced


def _record(event: Announced, _facts: None) -> Decision[None]:
    """Keep it; nothing else follows from it here."""
    receipt = Receipt(_KEEP) if event.is_unique else None
    return Decision(None, (AnnouncementRecorded(event),), receipt)


ANNOUNCEMENT: Rule[Announced, None, None] = Rule(lambda _event: Nothing(), _record)
