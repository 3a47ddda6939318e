"""Closing a transaction by hand."""

from decimal import Decimal

import pytest

from tests.domain.scenes import T0, decide, ended, minutes, outcome, register, transaction
from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.charging_mirror import MirrorChanged, TransactionProfilesEnded
from voltaro.domain.closing import CannotClose, CloseOrder, close
from voltaro.domain.transactions import Flag, TransactionSaved

OPERATOR = Author(name="night shift", request_id="r-1")


def order(**changes):
    return CloseOrder(
        **{"author": OPERATOR, "reason": "station died", "at": T0 + minutes(600)} | changes
    )


def closed(known, **changes):
    saved, profiles, audit = close(known, order(**changes))
    assert profiles == MirrorChanged(known.station_id, TransactionProfilesEnded(known.station_ref))
    assert isinstance(saved, TransactionSaved)
    assert isinstance(audit, AuditRecorded)
    return saved.transaction


def stuck(**changes):
    """Last measured 3000 Wh after the first, twenty minutes into it."""
    known = {"register_last": Decimal(4000), "register_last_at": T0 + minutes(20)}
    return transaction(**known | changes)


def test_energy_and_end_are_as_last_measured():
    result = closed(stuck())

    assert (result.energy_wh, result.ended_at) == (3000, T0 + minutes(20))
    assert result.flags == {Flag.CLOSED_BY_OPERATOR}
    assert (result.stop_reason, result.charging_state) == ("Other", None)
    assert result.version == 2


def test_what_the_operator_knows_better_counts():
    result = closed(stuck(), ended_at=T0 + minutes(30), register_stop=Decimal(6000))

    assert (result.energy_wh, result.ended_at) == (5000, T0 + minutes(30))


def test_end_of_one_without_readings_is_when_it_was_last_heard_of():
    result = closed(transaction(register_start=None, last_event_at=T0 + minutes(3)))

    assert (result.energy_wh, result.ended_at) == (None, T0 + minutes(3))


def test_who_did_it_and_why_goes_to_the_audit_log_in_the_same_commit():
    known = stuck()

    *_, audit = close(known, order())

    assert (audit.author, audit.action, audit.target) == (
        OPERATOR,
        "transaction.closed",
        str(known.id),
    )
    assert audit.before["ended_at"] is None
    assert (audit.after["reason"], audit.after["energy_wh"]) == ("station died", 3000)


@pytest.mark.parametrize(
    ("known", "changes", "field"),
    [
        (stuck(ended_at=T0 + minutes(1)), {}, None),
        (stuck(ended_at=T0 + minutes(1), flags=frozenset({Flag.ASSUMED_END})), {}, None),
        (stuck(), {"ended_at": T0 - minutes(1)}, "ended_at"),
        (stuck(), {"ended_at": T0 + minutes(602)}, "ended_at"),
        (stuck(), {"register_stop": Decimal(999)}, "register_stop_wh"),
        (
            transaction(register_start=None),
            {"register_stop": Decimal(999)},
            "register_stop_wh",
        ),
    ],
)
def test_what_cannot_be_is_refused(known, changes, field):
    with pytest.raises(CannotClose) as refusal:
        close(known, order(**changes))

    assert refusal.value.field == field


def test_end_that_the_station_reports_later_replaces_it():
    known = closed(stuck(), register_stop=Decimal(9000))

    result = outcome(decide(ended(), known))

    assert (result.energy_wh, result.ended_at) == (4000, T0 + minutes(30))
    assert Flag.CLOSED_BY_OPERATOR not in result.flags
    assert result.stop_reason == "Local"


def test_readings_of_the_late_end_count_more_than_the_operators():
    known = closed(stuck(), register_stop=Decimal(9000))

    late = ended(register=None, samples=(register(5500, T0 + minutes(29)),))
    result = outcome(decide(late, known))

    assert result.energy_wh == 4500
