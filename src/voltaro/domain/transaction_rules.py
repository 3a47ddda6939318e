"""Deciding about transactions: begin, go on, end; never refuse what has already happened."""

from datetime import timedelta
from operator import attrgetter
from typing import assert_never

from voltaro.domain.authorization import (
    Authorization,
    AuthorizationStatus,
    authorize,
    is_anonymous,
)
from voltaro.domain.charging_mirror import MirrorChanged, TransactionProfilesEnded
from voltaro.domain.decision import Change, Decision, Receipt, Rule
from voltaro.domain.money import Money
from voltaro.domain.reservations import ReservationsChanged, TransactionBegan
from voltaro.domain.sequence import Sequence
from voltaro.domain.transactions import (
    PROVISIONAL_ENDS,
    Flag,
    Kind,
    SamplesRecorded,
    TokenUse,
    Transaction,
    TransactionEvent,
    TransactionFacts,
    TransactionMetered,
    TransactionOpened,
    TransactionQuery,
    TransactionSaved,
    metered,
)
from voltaro.domain.values import Value, changed

#: How long a repeated start or end is recognised, and a repeated update.
_KEEP_ENDS = timedelta(days=90)
_KEEP_UPDATES = timedelta(days=14)
#: Older than this when it reaches us, an event is history from an offline queue.
_LIVE = timedelta(minutes=5)


class TransactionReply(Value):
    """The id on the wire, always, and what to tell about the token, if one was presented.

    `total_cost` includes tax; None: it is not known, or the station cannot show it.
    """

    station_ref: str
    authorization: Authorization | None
    total_cost: Money | None = None


def _decide(event: TransactionEvent, facts: TransactionFacts) -> Decision[TransactionReply]:
    """Record what the station tells and judge its token; the token's fate never loses a session."""
    match event.kind:
        case Kind.STARTED:
            changes = _started(event, facts)
        case Kind.UPDATED:
            changes = _updated(event, facts)
        case Kind.ENDED:
            changes = _ended(event, facts)
        case _:
            assert_never(event.kind)
    transaction = next(
        (c.transaction for c in reversed(changes) if not isinstance(c, SamplesRecorded)),
        facts.transaction,
    )
    ref = transaction.station_ref if transaction else event.station_ref or facts.fresh_ref
    return Decision(
        TransactionReply(ref, _judge(event, facts), _told_cost(event, transaction)),
        (*_profiles_ended(changes), *changes, *_begun(event, facts, transaction)),
        _receipt(event, facts),
    )


def _begun(
    event: TransactionEvent, facts: TransactionFacts, transaction: Transaction | None
) -> tuple[Change, ...]:
    """What reservations have to know: a transaction began, or tells now what it is for."""
    known = facts.transaction
    tells = known is None or (known.token is None and event.token is not None)
    tells = tells and event.kind is not Kind.ENDED
    if transaction is None or not (tells or event.reservation_id is not None):
        return ()
    began = TransactionBegan(
        transaction_id=transaction.id,
        reservation_id=event.reservation_id,
        evse_id=transaction.evse_id,
        token_key=transaction.token.key if transaction.token else None,
        group_token=transaction.group_token,
        at=transaction.started_at,
        received_at=event.received_at,
    )
    return (ReservationsChanged(event.station_id, began),)


def _told_cost(event: TransactionEvent, transaction: Transaction | None) -> Money | None:
    """At the end always, zero as well (I03.FR.02, FR.04); before, with a reading (I02.FR.01)."""
    if transaction is None:
        return None
    running = event.kind is Kind.UPDATED and bool(event.samples) and transaction.pricing.shows_cost
    if event.kind is not Kind.ENDED and not running:
        return None
    cost = transaction.cost_at(event.at)
    return cost.total if cost is not None else None


TransactionChange = TransactionOpened | TransactionSaved | TransactionMetered | SamplesRecorded


def _profiles_ended(changes: tuple[TransactionChange, ...]) -> tuple[MirrorChanged, ...]:
    """Its profiles go with a transaction, however it ended (1.6 §3.13.1)."""
    saved = (c.transaction for c in changes if not isinstance(c, SamplesRecorded))
    return tuple(
        MirrorChanged(each.station_id, TransactionProfilesEnded(each.station_ref))
        for each in saved
        if each.ended_at is not None
    )


#: What an update changes once, if at all; all else moves with every one.
_LASTING = attrgetter(
    "evse_id",
    "connector_id",
    "token",
    "authorization",
    "group_token",
    "reservation_id",
    "remote_start_id",
    "started_at",
    "flags",
    "pricing",
    "trigger_reason",
    "sequence.first",
    "sequence.gaps",
)


def _started(event: TransactionEvent, facts: TransactionFacts) -> tuple[TransactionChange, ...]:
    known = facts.transaction
    if known is not None:  # the start arrives after others, or again in other words
        known = changed(known, started_at=event.at, flags=known.flags - {Flag.START_MISSING})
        return _saved(_absorbed(known, event, facts), event)
    superseded = tuple(
        TransactionSaved(_next(_assumed_end(other), event))
        for other in facts.open_here
        if other.ended_at is None and _same_place(other, event) and other.started_at <= event.at
    )
    return (*superseded, *_opened(event, facts))


def _updated(event: TransactionEvent, facts: TransactionFacts) -> tuple[TransactionChange, ...]:
    known = facts.transaction
    if known is None:
        return _opened(event, facts, Flag.START_MISSING)
    absorbed = _absorbed(known, event, facts)
    if absorbed.ended_at is not None or _LASTING(absorbed) != _LASTING(known):
        return _saved(absorbed, event)
    return (TransactionMetered(_next(absorbed, event)), *_samples(absorbed, event))


def _ended(event: TransactionEvent, facts: TransactionFacts) -> tuple[TransactionChange, ...]:
    known = facts.transaction
    if known is None and event.ref_is_ours:
        known = _match(event, facts)
        if known is not None:
            known = known.flagged(Flag.MATCHED_END)
    if known is None:
        opened, *samples = _opened(event, facts, Flag.START_MISSING)
        assert isinstance(opened, TransactionOpened)
        return (TransactionOpened(_closed(opened.transaction, event)), *samples)
    if not known.is_open:
        differs = event.register is not None and event.register != known.register_last
        if not differs or Flag.ENDED_TWICE in known.flags:
            return _samples(known, event)
        return _saved(known.flagged(Flag.ENDED_TWICE), event)
    known = changed(known, ended_at=None, flags=known.flags - PROVISIONAL_ENDS)
    return _saved(_closed(_absorbed(known, event, facts), event), event)


def _opened(
    event: TransactionEvent, facts: TransactionFacts, *flags: Flag
) -> tuple[TransactionChange, ...]:
    if not event.clock_trusted:
        flags = (*flags, Flag.CLOCK_UNTRUSTED)
    authorization = _judge(event, facts)
    starts = event.kind is Kind.STARTED
    transaction = Transaction(
        id=facts.fresh_id,
        station_id=event.station_id,
        station_ref=event.station_ref or facts.fresh_ref,
        evse_id=event.evse_id,
        connector_id=event.connector_id,
        token=event.token,
        authorization=authorization.status if authorization else None,
        group_token=authorization.group_token if authorization else None,
        reservation_id=event.reservation_id,
        remote_start_id=event.remote_start_id,
        charging_state=event.charging_state,
        started_at=min((event.at, *(s.at for s in event.samples))) if not starts else event.at,
        started_received_at=event.received_at,
        register_start=event.register if starts else None,
        trigger_reason=event.trigger_reason,
        sequence=Sequence().heard(event.seq_no),
        last_event_at=event.received_at,
        flags=frozenset(flags),
        pricing=facts.pricing,
    )
    transaction = metered(transaction, event.samples)
    return (TransactionOpened(transaction), *_samples(transaction, event))


def _absorbed(known: Transaction, event: TransactionEvent, facts: TransactionFacts) -> Transaction:
    """Take in what the event adds. State follows the sequence number, not the arrival (E01.FR.07)."""
    known = metered(known, event.samples)
    if known.token is None and event.token is not None and event.kind is not Kind.ENDED:
        authorization = _judge(event, facts)
        assert authorization is not None
        known = changed(
            known,
            token=event.token,
            authorization=authorization.status,
            group_token=authorization.group_token,
        )
    last = known.sequence.last
    newest = event.seq_no is None or last is None or event.seq_no >= last
    tells = event if newest and known.is_open else known
    return changed(
        known,
        evse_id=known.evse_id or event.evse_id,
        connector_id=known.connector_id or event.connector_id,
        reservation_id=known.reservation_id or event.reservation_id,
        remote_start_id=known.remote_start_id or event.remote_start_id,
        charging_state=tells.charging_state or known.charging_state,
        trigger_reason=tells.trigger_reason or known.trigger_reason,
        sequence=known.sequence.heard(event.seq_no),
    )


def _closed(known: Transaction, event: TransactionEvent) -> Transaction:
    """End it as the station says; a final reading below the first one does not count."""
    if event.register is not None:
        if known.register_start is not None and event.register < known.register_start:
            known = known.flagged(Flag.REGISTER_BACKWARDS)
        else:
            known = changed(known, register_last=event.register, register_last_at=event.at)
    if not event.clock_trusted:
        known = known.flagged(Flag.CLOCK_UNTRUSTED)
    return changed(
        known,
        ended_at=max(event.at, known.started_at),
        ended_received_at=event.received_at,
        stop_reason=event.stop_reason or "Local",  # 1.6 §6.55; E06.FR.13
        charging_state=None,
    )


def _assumed_end(other: Transaction) -> Transaction:
    return changed(
        other,
        ended_at=max(other.register_last_at or other.started_at, other.started_at),
        stop_reason="Other",
        charging_state=None,
        flags=other.flags | {Flag.ASSUMED_END},
    )


def _match(event: TransactionEvent, facts: TransactionFacts) -> Transaction | None:
    """The open transaction that an end without a known id belongs to (1.6 erratum 3.18)."""
    fitting = [other for other in facts.open_here if _fits(event, other)]
    if event.token is not None:
        of_token = [t for t in fitting if t.token is not None and t.token.key == event.token.key]
        if of_token:
            return max(of_token, key=lambda t: (t.ended_at is None, t.started_at))
    still_open = [t for t in facts.open_here if t.ended_at is None]
    return still_open[0] if len(still_open) == 1 and still_open[0] in fitting else None


def _fits(event: TransactionEvent, other: Transaction) -> bool:
    in_time = other.started_at <= event.at or not event.clock_trusted
    register = other.register_start
    return in_time and (event.register is None or register is None or event.register >= register)


def _judge(event: TransactionEvent, facts: TransactionFacts) -> Authorization | None:
    if event.token is None:
        return None
    answer = authorize(event.token, facts.token, now=event.received_at)
    begins = event.kind is not Kind.ENDED and (
        facts.transaction is None or facts.transaction.token is None
    )
    if begins and answer.status is AuthorizationStatus.ACCEPTED and _in_use(event, facts):
        return answer.but(AuthorizationStatus.CONCURRENT_TX)
    return answer


def _in_use(event: TransactionEvent, facts: TransactionFacts) -> bool:
    """Whether the token charges elsewhere. An offline replay only looks at what was before it."""
    assert event.token is not None
    if is_anonymous(event.token):
        return False
    own = facts.transaction.id if facts.transaction else None
    live = event.received_at - event.at < _LIVE
    return any(
        use.transaction_id != own
        and not (use.station_id == event.station_id and use.evse_id == event.evse_id)
        and not _presumed_dead(use)
        and (live or use.started_at <= event.at)
        for use in facts.token_uses
    )


def _presumed_dead(use: TokenUse) -> bool:
    """A rebooted station or a free connector must not lock the driver out for ever (ADR 0014)."""
    signs = (use.station_booted_at, use.connector_available_at)
    return any(sign is not None and sign > use.last_event_at for sign in signs)


def _receipt(event: TransactionEvent, facts: TransactionFacts) -> Receipt:
    keep = _KEEP_UPDATES if event.kind is Kind.UPDATED else _KEEP_ENDS
    told_apart = event.clock_trusted or event.time_is_unique
    ambiguous = not told_apart and event.station_ref is None
    return Receipt(keep, facts.previous if ambiguous else "")


def _same_place(other: Transaction, event: TransactionEvent) -> bool:
    return event.evse_id is not None and other.evse_id == event.evse_id


def _saved(known: Transaction, event: TransactionEvent) -> tuple[TransactionChange, ...]:
    return (TransactionSaved(_next(_accounted(known), event)), *_samples(known, event))


def _accounted(known: Transaction) -> Transaction:
    """Flagged while events of one that has ended are missing; they may still come (E14)."""
    if known.ended_at is not None and known.sequence.gaps:
        return known.flagged(Flag.EVENTS_MISSING)
    return changed(known, flags=known.flags - {Flag.EVENTS_MISSING})


def _next(known: Transaction, event: TransactionEvent) -> Transaction:
    return changed(known, version=known.version + 1, last_event_at=event.received_at)


def _samples(known: Transaction, event: TransactionEvent) -> tuple[TransactionChange, ...]:
    if not event.samples:
        return ()
    recorded = SamplesRecorded(
        station_id=event.station_id,
        evse_id=known.evse_id,
        transaction_id=known.id,
        received_at=event.received_at,
        samples=event.samples,
    )
    return (recorded,)


def _claims(event: TransactionEvent) -> tuple[str, ...]:
    if event.token is None or event.kind is Kind.ENDED or is_anonymous(event.token):
        return ()
    return (event.token.key,)


TRANSACTION: Rule[TransactionEvent, TransactionFacts, TransactionReply] = Rule(
    TransactionQuery, _decide, _claims
)
