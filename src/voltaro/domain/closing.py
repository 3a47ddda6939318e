"""Ending a transaction by hand, when its station will not: what an operator may decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.charging_mirror import MirrorChanged, TransactionProfilesEnded
from voltaro.domain.decision import Change, Query
from voltaro.domain.transactions import Flag, Transaction, TransactionSaved
from voltaro.domain.values import changed

#: An operator's clock may be ahead of ours by this much.
_CLOCK_SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TransactionById(Query[Transaction | None]):
    station_id: str
    transaction_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOrder:
    """What the operator says. `ended_at` None: when it was last heard of.

    `register_stop` is in Wh; None: the energy stays as last measured.
    """

    author: Author
    reason: str
    at: datetime
    ended_at: datetime | None = None
    register_stop: Decimal | None = None


class CannotClose(Exception):
    """`field` is what is wrong with the order; None: the transaction has an end already."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


def close(known: Transaction, order: CloseOrder) -> tuple[Change, ...]:
    """End it by an operator's word. An end that the station reports later replaces this one.

    Raises:
        CannotClose: it has ended, or the order contradicts what was measured.
    """
    if known.ended_at is not None:
        raise CannotClose(f"it ended at {known.ended_at.isoformat(timespec='seconds')}")
    closed = changed(
        _with_register(known, order),
        ended_at=_end(known, order),
        stop_reason="Other",
        charging_state=None,
        flags=known.flags | {Flag.CLOSED_BY_OPERATOR},
        version=known.version + 1,
    )
    audit = AuditRecorded(
        author=order.author,
        action="transaction.closed",
        target_kind="transaction",
        target=str(known.id),
        before=_shown(known),
        after=_shown(closed) | {"reason": order.reason},
        at=order.at,
    )
    profiles = MirrorChanged(known.station_id, TransactionProfilesEnded(known.station_ref))
    return (TransactionSaved(closed), profiles, audit)


def _end(known: Transaction, order: CloseOrder) -> datetime:
    if order.ended_at is None:
        # Not now: nobody charged in the weeks until somebody noticed.
        return max(known.register_last_at or known.last_event_at, known.started_at)
    if order.ended_at < known.started_at:
        raise CannotClose("it cannot end before it began", "ended_at")
    if order.ended_at > order.at + _CLOCK_SLACK:
        raise CannotClose("it cannot end in the future", "ended_at")
    return order.ended_at


def _with_register(known: Transaction, order: CloseOrder) -> Transaction:
    if order.register_stop is None:
        return known
    if known.register_start is None:
        raise CannotClose("nothing was measured at its beginning", "register_stop_wh")
    if order.register_stop < known.register_start:
        raise CannotClose(
            f"the register began at {known.register_start:f} Wh and does not run backwards",
            "register_stop_wh",
        )
    # Its time stays that of the last measurement: whatever the station still sends counts more.
    return changed(known, register_last=order.register_stop)


def _shown(transaction: Transaction) -> dict[str, Any]:
    ended_at = transaction.ended_at
    return {
        "station_id": transaction.station_id,
        "ended_at": ended_at.isoformat() if ended_at is not None else None,
        "energy_wh": transaction.energy_wh,
        "stop_reason": transaction.stop_reason,
        "flags": sorted(transaction.flags),
    }
