"""A charging transaction: what is known of it, and how readings move it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from voltaro.domain.authorization import AuthorizationStatus, TokenRecord
from voltaro.domain.availability import ChargingState
from voltaro.domain.decision import Change, Query, StationEvent
from voltaro.domain.ids import IdToken
from voltaro.domain.quantities import Sample, whole_wh
from voltaro.domain.sequence import Sequence
from voltaro.domain.tariffs import UNPRICED, Cost, Pricing, cost_of
from voltaro.domain.values import Value, changed


class Flag(StrEnum):
    """What an operator should know about how a transaction was recorded."""

    #: The station never said that it began, or the message was lost; we know it from later ones.
    START_MISSING = "start_missing"
    #: It has no end from the station: another one began at the same connector.
    ASSUMED_END = "assumed_end"
    #: It has no end from the station: an operator closed it by hand.
    CLOSED_BY_OPERATOR = "closed_by_operator"
    #: The station ended it without its id; it was found by token, or as the only one open.
    MATCHED_END = "matched_end"
    #: The final reading lies below the first one. The energy is counted as last measured.
    REGISTER_BACKWARDS = "register_backwards"
    #: The station ended it twice, with different readings. The first end stands.
    ENDED_TWICE = "ended_twice"
    #: The station's clock said nothing usable; the times are ours.
    CLOCK_UNTRUSTED = "clock_untrusted"
    #: It has ended, and events between the first and the last one never came, or not yet.
    EVENTS_MISSING = "events_missing"


#: Ends that no station reported; one that does replaces them.
PROVISIONAL_ENDS = frozenset({Flag.ASSUMED_END, Flag.CLOSED_BY_OPERATOR})


class Transaction(Value, kw_only=True):
    """One charging transaction. Times are the station's where trusted; registers are in Wh.

    `station_ref` is its id on the wire, unique within the station: ours in 1.6, the station's own
    in 2.x. `register_start_at` is None when the first reading came with the start itself and so
    cannot be bettered by a sample. `version` counts saves; the store refuses a stale one.
    """

    id: UUID
    station_id: str
    station_ref: str
    evse_id: int | None = None
    connector_id: int | None = None
    token: IdToken | None = None
    authorization: AuthorizationStatus | None = None
    group_token: str | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    charging_state: ChargingState | None = None
    started_at: datetime
    started_received_at: datetime
    ended_at: datetime | None = None
    ended_received_at: datetime | None = None
    stop_reason: str | None = None
    register_start: Decimal | None = None
    register_start_at: datetime | None = None
    register_last: Decimal | None = None
    register_last_at: datetime | None = None
    #: Of its newest event, as the station spelled it.
    trigger_reason: str | None = None
    sequence: Sequence = Sequence()
    last_event_at: datetime
    flags: frozenset[Flag] = frozenset()
    pricing: Pricing = UNPRICED
    version: int = 1

    @property
    def energy_wh(self) -> int | None:
        """Energy delivered so far, in whole Wh, never negative; None while nothing was measured."""
        if self.register_start is None:
            return None
        last = self.register_start if self.register_last is None else self.register_last
        return max(0, whole_wh(last - self.register_start))

    def cost_at(self, at: datetime) -> Cost | None:
        """What it has cost until then, or in all when it ended; None: it has no tariff."""
        if self.pricing.tariff is None:
            return None
        duration = (self.ended_at or at) - self.started_at
        return cost_of(self.pricing.tariff, self.energy_wh or 0, duration)

    @property
    def final_cost(self) -> Cost | None:
        """What it cost; None while it has not ended, or where it has no tariff."""
        return self.cost_at(self.ended_at) if self.ended_at is not None else None

    @property
    def is_open(self) -> bool:
        """Whether an end is still to come: none was reported, or it is provisional."""
        return self.ended_at is None or not self.flags.isdisjoint(PROVISIONAL_ENDS)

    def flagged(self, *flags: Flag) -> "Transaction":
        return changed(self, flags=self.flags | set(flags))


class Registers(Value):
    """First and last reading of a transaction's energy register (Wh), and when they were taken."""

    start: Decimal | None
    start_at: datetime | None
    last: Decimal | None
    last_at: datetime | None


def registers_after(transaction: Transaction, samples: Iterable[Sample]) -> Registers:
    """How the energy registers among `samples` move first and last reading, by time.

    Order of arrival does not matter. Readings from after a reported end are left out.
    """
    end = None if transaction.is_open else transaction.ended_at
    start, start_at = transaction.register_start, transaction.register_start_at
    last, last_at = transaction.register_last, transaction.register_last_at
    for sample in samples:
        if not sample.is_register or (end is not None and sample.at > end):
            continue
        if start is None or (start_at is not None and sample.at < start_at):
            start, start_at = sample.value, sample.at
        if last_at is None or sample.at >= last_at:
            last, last_at = sample.value, sample.at
    return Registers(start, start_at, last, last_at)


def metered(transaction: Transaction, samples: Iterable[Sample]) -> Transaction:
    """The transaction with its first and last reading moved by `samples`."""
    registers = registers_after(transaction, samples)
    return changed(
        transaction,
        register_start=registers.start,
        register_start_at=registers.start_at,
        register_last=registers.last,
        register_last_at=registers.last_at,
    )


class Kind(StrEnum):
    """Which part of a transaction's life an event tells of."""

    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


class TransactionEvent(StationEvent, kw_only=True):
    """A station tells of a transaction (1.6 StartTransaction, StopTransaction; 2.x E01-E15).

    `station_ref` is None where the station has no usable id. `ref_is_ours` tells who gives the
    ids: an unknown one of ours is a mistake to be repaired, an unknown one of the station's is a
    transaction whose beginning we missed. `register` is a reading that came with the event itself.
    `time_is_unique` holds for a time that is wrong, but another one each time (a clock ahead).
    """

    kind: Kind
    station_ref: str | None
    ref_is_ours: bool
    evse_id: int | None = None
    connector_id: int | None = None
    token: IdToken | None = None
    seq_no: int | None = None
    trigger_reason: str | None = None
    charging_state: ChargingState | None = None
    stop_reason: str | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    time_is_unique: bool = False
    register: Decimal | None = None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUse:
    """An open transaction of a token, with what hints at it being dead."""

    transaction_id: UUID
    station_id: str
    evse_id: int | None
    started_at: datetime
    last_event_at: datetime
    station_booted_at: datetime | None
    connector_available_at: datetime | None


class TransactionFacts(Value, kw_only=True):
    """`fresh_id` and `fresh_ref` are for a new transaction; `open_here` are the station's open ones.

    `pricing` is for a new one as well. `previous` sets apart equal contents of a station without a clock (ADR 0013).
    """

    fresh_id: UUID
    fresh_ref: str
    transaction: Transaction | None
    open_here: tuple[Transaction, ...] = ()
    token: TokenRecord | None = None
    token_uses: tuple[TokenUse, ...] = ()
    pricing: Pricing = UNPRICED
    previous: str = ""


class TransactionQuery(Value, Query[TransactionFacts]):
    event: TransactionEvent


class TransactionOpened(Value, Change):
    transaction: Transaction


class TransactionSaved(Value, Change):
    """The whole state, replacing the version before it."""

    transaction: Transaction


class TransactionMetered(Value, Change):
    """Only what every update moves has moved, replacing the version before it.

    That is registers, charging state, reason, last sequence number and the time of the last event.
    """

    transaction: Transaction


class SamplesRecorded(Value, Change, kw_only=True):
    """Readings to keep, of a transaction or (`transaction_id` None) of an idle EVSE or station."""

    station_id: str
    evse_id: int | None
    transaction_id: UUID | None
    received_at: datetime
    samples: tuple[Sample, ...]
