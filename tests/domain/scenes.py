"""Events and facts for the tests of rules, with everything but the point left to defaults."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from voltaro.domain.authorization import TokenRecord
from voltaro.domain.ids import IdToken
from voltaro.domain.quantities import Sample
from voltaro.domain.transaction_rules import TRANSACTION
from voltaro.domain.transactions import (
    Kind,
    TokenUse,
    Transaction,
    TransactionEvent,
    TransactionFacts,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.domain.values import changed

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
_ids = count(1)


def minutes(number):
    return timedelta(minutes=number)


def started(**changes):
    """A 1.6 start at EVSE 1 by token A with the register at 1000 Wh."""
    event = TransactionEvent(
        station_id="S",
        at=T0,
        received_at=T0,
        kind=Kind.STARTED,
        station_ref=None,
        ref_is_ours=True,
        evse_id=1,
        connector_id=1,
        token=IdToken("A"),
        register=Decimal(1000),
    )
    return _live(event, changes)


def ended(**changes):
    """A 1.6 stop of transaction 7 half an hour later at 5000 Wh."""
    event = TransactionEvent(
        station_id="S",
        at=T0 + minutes(30),
        received_at=T0 + minutes(30),
        kind=Kind.ENDED,
        station_ref="7",
        ref_is_ours=True,
        register=Decimal(5000),
    )
    return _live(event, changes)


def told(kind, **changes):
    """A 2.x TransactionEvent of the station's own transaction `tx-1`."""
    event = TransactionEvent(
        station_id="S",
        at=T0,
        received_at=T0,
        kind=kind,
        station_ref="tx-1",
        ref_is_ours=False,
        seq_no=0,
    )
    return _live(event, changes)


def _live(event, changes):
    """Received when it happened, unless said otherwise."""
    if "at" in changes and "received_at" not in changes:
        changes["received_at"] = changes["at"]
    return changed(event, **changes)


def transaction(**changes):
    """Transaction 7 of token A, begun at T0 with 1000 Wh at EVSE 1."""
    plain = Transaction(
        id=UUID(int=next(_ids)),
        station_id="S",
        station_ref="7",
        evse_id=1,
        connector_id=1,
        token=IdToken("A"),
        started_at=T0,
        started_received_at=T0,
        register_start=Decimal(1000),
        last_event_at=T0,
    )
    return changed(plain, **changes)


def use(**changes):
    """Token A charging at another station since ten minutes before T0."""
    plain = TokenUse(
        transaction_id=UUID(int=next(_ids)),
        station_id="OTHER",
        evse_id=1,
        started_at=T0 - minutes(10),
        last_event_at=T0 - minutes(1),
        station_booted_at=None,
        connector_available_at=None,
    )
    return changed(plain, **changes)


def register(wh, at=T0, **changes):
    return Sample(at=at, value=Decimal(wh), unit="Wh", **changes)


def decide(event, known=None, open_here=(), token=TokenRecord(value="A"), uses=(), previous=""):  # noqa: B008
    """The rule's decision; `known` is the transaction the event names, as the store would find."""
    facts = TransactionFacts(
        fresh_id=UUID(int=next(_ids)),
        fresh_ref="99",
        transaction=known,
        open_here=open_here or ((known,) if known is not None and known.is_open else ()),
        token=token,
        token_uses=uses,
        previous=previous,
    )
    return TRANSACTION.decide(event, facts)


def outcome(decision):
    """The state of the transaction that a decision is about."""
    return transactions(decision)[-1].transaction


def transactions(decision):
    """What is written of transactions, without what follows from it for others."""
    kinds = (TransactionOpened, TransactionSaved, TransactionMetered)
    return [change for change in decision.changes if isinstance(change, kinds)]
