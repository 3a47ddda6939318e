"""Rules about transactions: never refuse what has happened, never count it twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.scenes import (
    T0,
    decide,
    ended,
    minutes,
    outcome,
    register,
    started,
    told,
    transaction,
    transactions,
    use,
)
from voltaro.domain.authorization import AuthorizationStatus, TokenRecord, TokenStatus
from voltaro.domain.availability import ChargingState
from voltaro.domain.charging_mirror import MirrorChanged, TransactionProfilesEnded
from voltaro.domain.ids import IdToken
from voltaro.domain.transactions import (
    Flag,
    Kind,
    SamplesRecorded,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.domain.values import changed

# -- starting


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (None, AuthorizationStatus.UNKNOWN),
        (TokenRecord(value="A", status=TokenStatus.BLOCKED), AuthorizationStatus.BLOCKED),
        (TokenRecord(value="A", expires_at=T0), AuthorizationStatus.EXPIRED),
    ],
)
def test_a_start_with_a_refused_token_gets_an_id_and_is_recorded(record, status):
    decision = decide(started(), token=record)

    assert decision.reply.station_ref == "99"
    assert decision.reply.authorization.status is status
    assert outcome(decision).authorization is status
    assert outcome(decision).is_open


def test_a_start_takes_station_time_and_register():
    opened = outcome(decide(started(at=T0 - minutes(600), received_at=T0)))

    assert (opened.started_at, opened.started_received_at) == (T0 - minutes(600), T0)
    assert opened.register_start == 1000
    assert opened.energy_wh == 0


def test_a_second_start_at_the_same_evse_ends_the_first_with_what_was_measured():
    first = transaction(register_last=Decimal(3000), register_last_at=T0 + minutes(5))

    decision = decide(started(at=T0 + minutes(60)), open_here=(first,))

    profiles, saved, opened, *_ = decision.changes
    assert profiles == MirrorChanged("S", TransactionProfilesEnded(first.station_ref))
    assert isinstance(saved, TransactionSaved)
    assert saved.transaction.ended_at == T0 + minutes(5)
    assert saved.transaction.energy_wh == 2000
    assert Flag.ASSUMED_END in saved.transaction.flags
    assert isinstance(opened, TransactionOpened)
    assert decision.reply.station_ref == opened.transaction.station_ref


def test_a_start_at_another_evse_leaves_the_first_alone():
    decision = decide(started(evse_id=2), open_here=(transaction(),), token=None)

    assert len(transactions(decision)) == 1


def test_a_start_from_an_offline_queue_does_not_end_what_began_later():
    later = transaction(started_at=T0 + minutes(5))

    decision = decide(started(at=T0, received_at=T0 + minutes(10)), open_here=(later,))

    assert len(transactions(decision)) == 1


def test_the_real_end_replaces_an_assumed_one():
    assumed = transaction(
        ended_at=T0 + minutes(5), stop_reason="Other", flags=frozenset({Flag.ASSUMED_END})
    )

    closed = outcome(decide(ended(stop_reason="PowerLoss"), known=assumed))

    assert closed.ended_at == T0 + minutes(30)
    assert (closed.energy_wh, closed.stop_reason) == (4000, "PowerLoss")
    assert Flag.ASSUMED_END not in closed.flags


# -- one token at two places


def test_a_token_that_charges_elsewhere_is_told_so_and_recorded_all_the_same():
    decision = decide(started(), uses=(use(),))

    assert decision.reply.authorization.status is AuthorizationStatus.CONCURRENT_TX
    assert isinstance(transactions(decision)[0], TransactionOpened)


@pytest.mark.parametrize(
    "sign",
    [
        {"station_booted_at": T0},
        {"connector_available_at": T0},
        {"station_id": "S", "evse_id": 1},
    ],
    ids=["station rebooted since", "connector free since", "same connector again"],
)
def test_a_transaction_presumed_dead_does_not_lock_the_driver_out(sign):
    decision = decide(started(at=T0 + minutes(1)), uses=(use(**sign),))

    assert decision.reply.authorization.status is AuthorizationStatus.ACCEPTED


def test_signs_from_before_the_last_message_do_not_count():
    alive = use(station_booted_at=T0 - minutes(5), connector_available_at=T0 - minutes(5))

    decision = decide(started(), uses=(alive,))

    assert decision.reply.authorization.status is AuthorizationStatus.CONCURRENT_TX


def test_a_start_replayed_from_yesterday_does_not_collide_with_todays():
    today = use(started_at=T0)

    decision = decide(started(at=T0 - minutes(1440), received_at=T0), uses=(today,))

    assert decision.reply.authorization.status is AuthorizationStatus.ACCEPTED


def test_a_blocked_token_is_blocked_even_when_it_charges_elsewhere():
    record = TokenRecord(value="A", status=TokenStatus.BLOCKED)

    decision = decide(started(), token=record, uses=(use(),))

    assert decision.reply.authorization.status is AuthorizationStatus.BLOCKED


def test_ending_is_never_answered_with_concurrent_tx():
    decision = decide(ended(token=IdToken("A")), known=transaction(), uses=(use(),))

    assert decision.reply.authorization.status is AuthorizationStatus.ACCEPTED


def test_free_starts_do_not_collide_with_each_other():
    nobody = IdToken("", "NoAuthorization")

    decision = decide(told(Kind.STARTED, token=nobody), uses=(use(),), token=None)

    assert decision.reply.authorization.status is AuthorizationStatus.ACCEPTED


# -- ending


def test_an_end_counts_energy_between_the_registers():
    closed = outcome(decide(ended(), known=transaction()))

    assert (closed.energy_wh, closed.ended_at) == (4000, T0 + minutes(30))
    assert not closed.is_open


def test_an_end_without_reason_means_local():
    assert outcome(decide(ended(), known=transaction())).stop_reason == "Local"


def test_an_end_without_token_says_nothing_about_tokens():
    assert decide(ended(), known=transaction()).reply.authorization is None


def test_an_end_below_the_start_keeps_what_was_measured_and_is_flagged():
    known = transaction(register_last=Decimal(2500), register_last_at=T0 + minutes(3))

    closed = outcome(decide(ended(register=Decimal(10)), known=known))

    assert closed.energy_wh == 1500
    assert Flag.REGISTER_BACKWARDS in closed.flags


def test_an_end_without_usable_id_is_matched_by_token():
    mine = transaction(station_ref="7", token=IdToken("A"))
    other = transaction(station_ref="8", token=IdToken("B"), evse_id=2)

    decision = decide(ended(station_ref=None, token=IdToken("a")), open_here=(mine, other))

    assert outcome(decision).id == mine.id
    assert Flag.MATCHED_END in outcome(decision).flags


def test_an_end_without_usable_id_and_token_is_the_only_one_open():
    only = transaction()

    assert outcome(decide(ended(station_ref=None), open_here=(only,))).id == only.id


@pytest.mark.parametrize(
    "open_here",
    [
        (),
        (transaction(), transaction(evse_id=2)),
        (transaction(register_start=Decimal(9000)),),
        (transaction(started_at=T0 + minutes(60)),),
    ],
    ids=["nothing open", "two open", "register does not fit", "began later"],
)
def test_an_end_that_fits_nothing_is_kept_as_a_session_of_its_own(open_here):
    decision = decide(ended(station_ref=None), open_here=open_here)

    kept = outcome(decision)
    assert isinstance(transactions(decision)[0], TransactionOpened)
    assert kept.ended_at == T0 + minutes(30)
    assert Flag.START_MISSING in kept.flags
    assert kept.register_last == 5000


def test_an_end_told_twice_in_the_same_words_changes_nothing():
    closed = outcome(decide(ended(), known=transaction()))

    assert decide(ended(), known=closed).changes == ()


def test_an_end_told_twice_with_another_register_keeps_the_first_and_is_flagged_once():
    closed = outcome(decide(ended(), known=transaction()))

    again = outcome(decide(ended(register=Decimal(9999)), known=closed))

    assert again.energy_wh == 4000
    assert Flag.ENDED_TWICE in again.flags
    assert decide(ended(register=Decimal(8888)), known=again).changes == ()


def test_transaction_data_is_kept_with_its_transaction():
    known = transaction()

    decision = decide(ended(samples=(register(4000),)), known=known)

    recorded = decision.changes[-1]
    assert isinstance(recorded, SamplesRecorded)
    assert recorded.transaction_id == known.id


# -- events of 2.x


def test_the_first_event_may_be_any_and_opens_the_transaction():
    decision = decide(told(Kind.UPDATED, seq_no=3, charging_state=ChargingState.CHARGING))

    opened = outcome(decision)
    assert opened.station_ref == "tx-1"
    assert Flag.START_MISSING in opened.flags


def test_a_start_that_arrives_after_others_gives_the_start_time():
    opened = outcome(decide(told(Kind.UPDATED, at=T0 + minutes(5), seq_no=1)))

    known = outcome(decide(told(Kind.STARTED, at=T0, seq_no=0, evse_id=1), known=opened))

    assert known.started_at == T0
    assert known.evse_id == 1
    assert Flag.START_MISSING not in known.flags


def test_an_update_after_the_end_does_not_reopen():
    opened = outcome(decide(told(Kind.STARTED)))
    closed = outcome(decide(told(Kind.ENDED, seq_no=4, at=T0 + minutes(9)), known=opened))

    late = told(
        Kind.UPDATED,
        seq_no=2,
        at=T0 + minutes(3),
        received_at=T0 + minutes(10),
        charging_state=ChargingState.CHARGING,
    )
    after = outcome(decide(late, known=closed))

    assert not after.is_open
    assert after.charging_state is None


def test_state_follows_the_sequence_number_and_not_the_arrival():
    known = outcome(decide(told(Kind.STARTED)))
    newer = told(Kind.UPDATED, seq_no=5, charging_state=ChargingState.SUSPENDED_EV)
    older = told(Kind.UPDATED, seq_no=4, charging_state=ChargingState.CHARGING)

    known = outcome(decide(newer, known=known))
    known = outcome(decide(older, known=known))

    assert known.charging_state is ChargingState.SUSPENDED_EV


def test_the_token_may_come_after_the_cable_and_is_judged_then():
    opened = outcome(decide(told(Kind.STARTED, evse_id=1)))

    decision = decide(told(Kind.UPDATED, seq_no=1, token=IdToken("A")), known=opened, uses=(use(),))

    assert decision.reply.authorization.status is AuthorizationStatus.CONCURRENT_TX
    assert outcome(decision).token == IdToken("A")


def test_presenting_the_token_again_to_stop_is_not_a_second_use():
    opened = outcome(decide(told(Kind.STARTED, token=IdToken("A"))))

    decision = decide(told(Kind.UPDATED, seq_no=1, token=IdToken("A")), known=opened, uses=(use(),))

    assert decision.reply.authorization.status is AuthorizationStatus.ACCEPTED


def test_energy_lies_between_the_first_and_the_last_reading_in_time():
    known = outcome(decide(told(Kind.STARTED, samples=(register(1000, T0),))))
    late = told(Kind.UPDATED, seq_no=2, samples=(register(4000, T0 + minutes(20)),))
    early = told(Kind.UPDATED, seq_no=1, samples=(register(2000, T0 + minutes(10)),))

    known = outcome(decide(late, known=known))
    known = outcome(decide(early, known=known))

    assert known.energy_wh == 3000


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=8), st.randoms())
def test_energy_does_not_depend_on_the_order_of_arrival(steps, random):
    readings = [(n, sum(steps[: n + 1])) for n in range(len(steps))]
    shuffled = random.sample(readings, len(readings))
    known = outcome(decide(told(Kind.STARTED)))

    for n, wh in shuffled:
        event = told(
            Kind.UPDATED, seq_no=n + 1, at=T0 + minutes(n), samples=(register(wh, T0 + minutes(n)),)
        )
        known = outcome(decide(event, known=known))

    assert known.energy_wh == readings[-1][1] - readings[0][1]


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(0, 10**9), max_size=6),
    st.one_of(st.none(), st.integers(0, 10**9)),
)
def test_energy_is_never_negative(begin, readings, end):
    known = outcome(decide(started(register=Decimal(begin))))
    samples = tuple(register(wh, T0 + minutes(n)) for n, wh in enumerate(readings))

    closed = outcome(
        decide(
            ended(
                station_ref=known.station_ref,
                register=None if end is None else Decimal(end),
                samples=samples,
            ),
            known=known,
        )
    )

    assert closed.energy_wh is not None
    assert closed.energy_wh >= 0
    assert closed.ended_at >= closed.started_at


# -- retries


def test_every_event_of_a_transaction_leaves_a_receipt():
    assert decide(started()).receipt is not None
    assert decide(ended(), known=transaction()).receipt is not None
    assert decide(told(Kind.UPDATED)).receipt is not None


def test_a_start_without_a_clock_repeats_only_while_nothing_has_ended_since():
    dead = started(clock_trusted=False)

    first = decide(dead, previous="transaction-1").receipt
    again = decide(dead, previous="transaction-1").receipt
    next_session = decide(dead, previous="transaction-2").receipt

    assert first == again
    assert first != next_session


def test_a_trusted_clock_needs_no_help_to_tell_starts_apart():
    assert decide(started(), previous="x").receipt == decide(started(), previous="y").receipt


def test_every_save_counts_a_version_so_that_a_stale_one_is_noticed():
    known = transaction(version=4)

    assert outcome(decide(ended(), known=known)).version == 5
    assert outcome(decide(ended(), known=changed(known, version=9))).version == 10
