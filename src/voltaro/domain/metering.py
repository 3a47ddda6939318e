"""Meter values outside transaction events (OCPP 1.6 §4.7, 2.x functional block J)."""

from datetime import timedelta
from uuid import UUID

from voltaro.domain.decision import Change, Decision, Query, Receipt, Rule, StationEvent
from voltaro.domain.quantities import Sample
from voltaro.domain.tariffs import UNPRICED, Pricing
from voltaro.domain.transactions import (
    Flag,
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
    metered,
    registers_after,
)
from voltaro.domain.values import Value, changed

_KEEP = timedelta(days=14)


class MeterValuesReported(StationEvent, kw_only=True):
    """Readings of an EVSE, or (`evse_id` None) of the station's main meter.

    `station_ref` is None where the station names no transaction, or none that can be one.
    """

    evse_id: int | None
    station_ref: str | None
    samples: tuple[Sample, ...]


class MeteringFacts(Value):
    """The transaction that was named, if known, and the open ones of the station.

    `fresh_id` and `pricing` are for one that has to be opened.
    """

    fresh_id: UUID
    transaction: Transaction | None
    open_here: tuple[Transaction, ...]
    pricing: Pricing = UNPRICED


class MeteringQuery(Value, Query[MeteringFacts]):
    station_id: str
    station_ref: str | None


def _decide(event: MeterValuesReported, facts: MeteringFacts) -> Decision[None]:
    """Keep every reading; give those of a charging EVSE to its transaction, named or not."""
    if not event.samples:
        return Decision(None)
    transaction = facts.transaction or _at_evse(event, facts)
    changes: list[Change] = []
    if transaction is None and _goes_on_unknown(event):
        transaction = _adopted(event, facts)
        changes.append(TransactionOpened(transaction))
    elif transaction is not None and event.evse_id in (None, transaction.evse_id):
        registers = registers_after(transaction, event.samples if event.evse_id else ())
        moved = changed(
            transaction,
            register_start=registers.start,
            register_start_at=registers.start_at,
            register_last=registers.last,
            register_last_at=registers.last_at,
            last_event_at=event.received_at,
            version=transaction.version + 1,
        )
        # What an ended one cost moves with its energy.
        ended = moved.ended_at is not None
        changes.append(TransactionSaved(moved) if ended else TransactionMetered(moved))
    changes.append(
        SamplesRecorded(
            station_id=event.station_id,
            evse_id=event.evse_id,
            transaction_id=transaction.id if transaction else None,
            received_at=event.received_at,
            samples=event.samples,
        )
    )
    return Decision(None, tuple(changes), Receipt(_KEEP))


def _at_evse(event: MeterValuesReported, facts: MeteringFacts) -> Transaction | None:
    """Quirk: the transaction id is absent, 0 or unknown; the EVSE tells which one it is.

    The main meter is at no EVSE, and neither is a transaction that does not know its own yet.
    """
    if event.evse_id is None:
        return None
    first = min(sample.at for sample in event.samples)
    fitting = [
        t
        for t in facts.open_here
        if t.ended_at is None and t.evse_id == event.evse_id and t.started_at <= first
    ]
    return max(fitting, key=lambda t: t.started_at, default=None)


def _goes_on_unknown(event: MeterValuesReported) -> bool:
    """Quirk Q46: energy flows in a transaction that we know nothing of, after a loss of our data."""
    return (
        event.station_ref is not None
        and event.evse_id is not None
        and any(sample.is_register for sample in event.samples)
    )


def _adopted(event: MeterValuesReported, facts: MeteringFacts) -> Transaction:
    """The transaction as far as it can be told: it was under way at its first known reading."""
    assert event.station_ref is not None
    opened = Transaction(
        id=facts.fresh_id,
        station_id=event.station_id,
        station_ref=event.station_ref,
        evse_id=event.evse_id,
        started_at=min(sample.at for sample in event.samples),
        started_received_at=event.received_at,
        last_event_at=event.received_at,
        flags=frozenset({Flag.START_MISSING}),
        pricing=facts.pricing,
    )
    return metered(opened, event.samples)


METER_VALUES: Rule[MeterValuesReported, MeteringFacts, None] = Rule(
    lambda event: MeteringQuery(event.station_id, event.station_ref), _decide
)
