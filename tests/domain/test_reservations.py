"""Reservations: what each step makes of those of a station."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from voltaro.domain.ids import Scope
from voltaro.domain.reservation_updates import (
    RESERVATION_UPDATE,
    ReservationUpdate,
    ReservationUpdated,
)
from voltaro.domain.reservations import (
    Answered,
    CancelAnswered,
    PlaceFailed,
    Requested,
    ReservationState,
    TimePassed,
    TransactionBegan,
    Unanswered,
    stepped,
)

T0 = datetime(2026, 11, 2, 8, tzinfo=UTC)
TRANSACTION = UUID(int=99)


def minutes(number):
    return timedelta(minutes=number)


def requested(number=1, at=T0, **changes):
    fields = {"evse_id": 1, "token": "A", "group_token": None, "expires_at": T0 + minutes(30)}
    return Requested(reservation_id=number, at=at, **fields | changes)


def answered(number=1, word="Accepted", at=T0):
    return Answered(reservation_id=number, accepted=word == "Accepted", answer=word, at=at)


def began(number=None, minute=10, **changes):
    at = T0 + minutes(minute)
    fields = {"evse_id": 1, "token_key": "a", "group_token": None, "at": at, "received_at": at}
    return TransactionBegan(transaction_id=TRANSACTION, reservation_id=number, **fields | changes)


def failed(where=1, minute=10):
    at = T0 + minutes(minute)
    return PlaceFailed(where=where, reported="Faulted", at=at, received_at=at)


def after(*steps):
    book = ()
    for n, step in enumerate(steps, start=1):
        book = stepped(book, step, UUID(int=n))
    return book


def states(*steps):
    return [each.state.value for each in after(*steps)]


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Rejected", "Unavailable", "CALLERROR"])
def test_a_refusal_keeps_the_word_of_the_station(word):
    (refused,) = after(requested(), answered(word=word))

    assert (refused.state, refused.answer) == (ReservationState.REFUSED, word)


def test_an_accepted_one_is_active():
    assert states(requested(), answered()) == ["active"]


def test_without_an_answer_it_is_unknown_until_a_late_one_comes():
    assert states(requested(), Unanswered(1)) == ["unknown"]
    assert states(requested(), Unanswered(None)) == ["unknown"]
    assert states(requested(), Unanswered(2)) == ["requested"]
    assert states(requested(), Unanswered(1), answered()) == ["active"]
    assert states(requested(), Unanswered(1), answered(word="Occupied")) == ["refused"]


def test_the_same_id_replaces_only_when_it_is_accepted():
    first = (requested(), answered())

    assert states(*first, requested(at=T0 + minutes(1))) == ["active", "requested"]
    assert states(*first, requested(at=T0 + minutes(1)), answered(word="Rejected")) == [
        "active",
        "refused",
    ]
    assert states(*first, requested(at=T0 + minutes(1)), answered()) == ["ended", "active"]


def test_a_cancelled_one_is_gone_and_so_is_one_that_the_station_does_not_have():
    cancelled = CancelAnswered(reservation_id=1, accepted=True, at=T0)
    rejected = CancelAnswered(reservation_id=1, accepted=False, at=T0)

    assert states(requested(), answered(), cancelled) == ["cancelled"]
    assert states(requested(), answered(), rejected) == ["ended"]
    assert states(requested(2), answered(2), rejected) == ["active"]


@pytest.mark.parametrize(
    ("update", "state", "detail"),
    [
        (ReservationUpdate.EXPIRED, "expired", None),
        (ReservationUpdate.REMOVED, "ended", "the station removed it"),
        (
            ReservationUpdate.NO_TRANSACTION,
            "ended",
            "its token was presented, and no transaction began",
        ),
        (None, "ended", "the station reported Vanished"),
    ],
)
def test_the_station_ends_the_one_that_it_names(update, state, detail):
    at = T0 + minutes(5)
    event = ReservationUpdated(
        station_id="CP-1",
        at=at,
        received_at=at,
        reservation_id=1,
        update=update,
        reported="Vanished",
    )
    (change,) = RESERVATION_UPDATE.decide(event, None).changes

    named, other = after(requested(), answered(), requested(2), answered(2), change.step)

    assert (named.state.value, named.detail, named.ended_at) == (state, detail, at)
    assert other.is_open
    assert states(requested(), answered(), began(1), change.step) == ["used"]


def test_it_expires_at_its_time_and_not_before():
    active = (requested(), answered())

    assert states(*active, TimePassed(T0 + minutes(29))) == ["active"]
    assert states(*active, TimePassed(T0 + minutes(30))) == ["expired"]
    assert states(requested(expires_at=None), answered(), TimePassed(T0 + minutes(999))) == [
        "active"
    ]


def test_a_late_yes_does_not_revive_what_has_expired():
    assert states(requested(), TimePassed(T0 + minutes(30)), answered()) == ["expired"]


@pytest.mark.parametrize(
    ("start", "used"),
    [
        (began(1, token_key="b", evse_id=2), True),
        (began(2), False),
        (began(), True),
        (began(token_key="b"), False),
        (began(token_key=None), False),
        (began(evse_id=2), False),
        (began(token_key="b", group_token="FLEET"), True),
        (began(token_key="b", group_token="other"), False),
        (began(minute=-10), False),
        (began(minute=31), False),
    ],
    ids=[
        "named",
        "another named",
        "token",
        "other token",
        "no token",
        "elsewhere",
        "group",
        "other group",
        "before",
        "too late",
    ],
)
def test_a_transaction_uses_it_by_id_or_else_by_token_or_group_and_place(start, used):
    (one,) = after(requested(group_token="fleet"), answered(), start)

    assert (one.state is ReservationState.USED) is used
    assert one.transaction_id == (TRANSACTION if used else None)


def test_one_for_any_evse_is_used_at_any():
    assert states(requested(evse_id=None), answered(), began(evse_id=7)) == ["used"]


def test_an_offline_start_uses_what_was_valid_then():
    late = began(at=T0 + minutes(5), received_at=T0 + minutes(90))

    assert states(requested(), answered(), TimePassed(T0 + minutes(40)), late) == ["used"]


def test_a_transaction_uses_one_reservation_once():
    other = began(1)

    used = after(requested(), answered(), began(), other)

    assert [each.state for each in used] == [ReservationState.USED]


def test_a_transaction_that_begins_before_the_answer_has_used_it():
    (used,) = after(requested(), began(1), answered())

    assert (used.state, used.answer) == (ReservationState.USED, "Accepted")


def test_what_the_station_refused_is_not_used_by_its_token():
    assert states(requested(), answered(word="Occupied"), began()) == ["refused"]


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (failed(), "ended"),
        (failed(Scope.STATION), "ended"),
        (failed(2), "active"),
        (failed(minute=-10), "active"),
    ],
    ids=["its evse", "the station", "another evse", "from a queue"],
)
def test_it_ends_where_its_place_goes_out_of_service(step, state):
    assert states(requested(), answered(), step) == [state]


def test_one_for_any_evse_outlives_the_fault_of_one():
    assert states(requested(evse_id=None), answered(), failed(1)) == ["active"]
    assert states(requested(evse_id=None), answered(), failed(Scope.STATION)) == ["ended"]
