"""The states of a command: never ahead of what happened, never without an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.command import CommandState, Outcome
from voltaro.domain.command_record import (
    CommandRecord,
    Sending,
    abandoned,
    cancelled,
    given_up,
    orphaned,
    overdue,
    proven,
    sent,
    settled,
)
from voltaro.domain.follow_up import Expectation, Followed, Proof
from voltaro.domain.progress import Job
from voltaro.domain.told_parts import ToldPart

T0 = datetime(2026, 1, 2, tzinfo=UTC)
REBOOT = Expectation(follows=Followed.REBOOT, within_s=60, missed="it did not boot")
STATUS = Expectation(follows=Followed.AVAILABILITY, within_s=60, missed="no status", must=False)
DONE = Proof(succeeded=True, detail="it booted again")


def queued():
    return CommandRecord(
        id=UUID(int=1),
        station_id="S",
        name="reset",
        arguments={},
        author="key",
        state=CommandState.QUEUED,
        created_at=T0,
    )


def sending(awaits=REBOOT):
    return Sending(protocol="ocpp1.6", action="Reset", message_id="m", awaits=awaits, at=T0)


def outcome(state):
    return Outcome(state=state, answer=state.value)


def test_accepted_is_not_done_until_it_is_proven():
    accepted = settled(sent(queued(), sending()), outcome(CommandState.ACCEPTED), T0)

    assert (accepted.state, accepted.is_final) == (CommandState.ACCEPTED, False)
    done = proven(accepted, DONE, T0)
    assert (done.state, done.is_final) == (CommandState.DONE, True)


@pytest.mark.parametrize(
    "state", [CommandState.ACCEPTED, CommandState.TIMED_OUT, CommandState.UNKNOWN]
)
def test_what_happened_before_the_answer_counts_whatever_the_answer_was(state):
    early = proven(sent(queued(), sending()), DONE, T0)

    assert early.state is CommandState.SENT
    assert settled(early, outcome(state), T0).state is CommandState.DONE


def test_a_refusal_counts_more_than_what_happened_by_chance():
    early = proven(sent(queued(), sending()), DONE, T0)

    refused = settled(early, outcome(CommandState.REJECTED), T0)

    assert (refused.state, refused.is_final) == (CommandState.REJECTED, True)


def test_what_does_not_follow_is_a_failure_where_it_must():
    late = T0 + timedelta(hours=1)
    for awaits, state in ((REBOOT, CommandState.FAILED), (STATUS, CommandState.ACCEPTED)):
        accepted = settled(sent(queued(), sending(awaits)), outcome(CommandState.ACCEPTED), T0)
        missed = overdue(accepted, late)
        assert (missed.state, missed.detail, missed.is_final) == (state, awaits.missed, True)


def test_what_followed_in_part_is_told_when_the_rest_does_not_come():
    part = Proof(succeeded=None, detail="EVSE 1 reported Unavailable")
    accepted = settled(sent(queued(), sending(STATUS)), outcome(CommandState.ACCEPTED), T0)

    missed = overdue(proven(accepted, part, T0), T0 + timedelta(hours=1))

    assert (missed.state, missed.detail) == (CommandState.ACCEPTED, part.detail)


def test_an_unanswered_command_stays_unknown_when_nothing_follows():
    lost = settled(sent(queued(), sending()), outcome(CommandState.UNKNOWN), T0)

    assert overdue(lost, T0).state is CommandState.UNKNOWN


def test_a_late_answer_does_not_undo_what_was_proven():
    unknown = settled(sent(queued(), sending()), outcome(CommandState.UNKNOWN), T0)
    done = proven(unknown, DONE, T0)

    assert settled(done, outcome(CommandState.ACCEPTED), T0, late=True) is done


def test_a_killed_server_leaves_a_truthful_state():
    assert orphaned(queued(), T0).state is CommandState.CANCELLED
    assert orphaned(sent(queued(), sending()), T0).state is CommandState.UNKNOWN
    early = proven(sent(queued(), sending()), DONE, T0)
    assert orphaned(early, T0).state is CommandState.DONE


STEPS = {
    "sent": lambda r: sent(r, sending()) if r.is_waiting else r,
    "accepted": lambda r: settled(r, outcome(CommandState.ACCEPTED), T0) if r.is_waiting else r,
    "rejected": lambda r: settled(r, outcome(CommandState.REJECTED), T0) if r.is_waiting else r,
    "timed_out": lambda r: settled(r, outcome(CommandState.TIMED_OUT), T0) if r.is_waiting else r,
    "late": lambda r: settled(r, outcome(CommandState.ACCEPTED), T0, late=True),
    "proven": lambda r: proven(r, DONE, T0) if r.awaits is not None else r,
    "overdue": lambda r: overdue(r, T0) if r.awaits is not None and not r.is_waiting else r,
    "cancelled": lambda r: cancelled(r, "withdrawn", T0) if r.state is CommandState.QUEUED else r,
    "abandoned": lambda r: abandoned(r, T0),
    "orphaned": lambda r: orphaned(r, T0),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_whatever_happens_in_whatever_order_the_record_stays_true(steps):
    record, asked = queued(), False
    for step in steps:
        before, record = record, STEPS[step](record)
        asked |= step == "sent" and record is not before
        assert record.version >= before.version
        assert record is before or record.version > before.version
        # What ended in proof or refusal stays so.
        if before.state in {CommandState.DONE, CommandState.REJECTED, CommandState.CANCELLED}:
            assert record.state is before.state
        # Nobody answers, or does, what was never asked.
        if record.state in {CommandState.UNKNOWN, CommandState.DONE}:
            assert asked
        if record.is_waiting:
            assert record.settled_at is None


def upload(number, word, *, state=CommandState.ACCEPTED, job=Job.LOG, follows=Followed.UPLOAD):
    awaits = Expectation(follows=follows, within_s=60, missed="no upload", job=job)
    record = replace(queued(), id=UUID(int=number))
    return settled(sent(record, sending(awaits)), Outcome(state=state, answer=word), T0)


def test_what_the_station_gave_up_for_a_later_one_has_failed():
    earlier = upload(1, "Accepted")

    moved = given_up(earlier, upload(2, "AcceptedCanceled"), T0)

    assert (moved.state, moved.is_final) == (CommandState.FAILED, True)
    assert moved.detail == "the station gave it up for a later one"


@pytest.mark.parametrize(
    "later",
    [
        upload(2, "Accepted"),
        upload(1, "AcceptedCanceled"),
        upload(2, "AcceptedCanceled", job=Job.DIAGNOSTICS),
        upload(2, "AcceptedCanceled", job=None, follows=Followed.FIRMWARE),
        upload(2, "Rejected", state=CommandState.REJECTED),
    ],
)
def test_what_has_nothing_to_do_with_it_gives_nothing_up(later):
    earlier = upload(1, "Accepted")

    assert given_up(earlier, later, T0) is earlier


def test_a_text_in_parts_is_in_the_result_once_it_is_whole():
    awaits = Expectation(follows=Followed.REPORT, within_s=60, missed="nothing", request_id=1)
    asked = sent(queued(), sending(awaits))

    def with_part(record, number, *, last=False):
        part = ToldPart(number=number, is_last=last, text=f"<{number}>")
        return proven(record, Proof(succeeded=None, part=part), T0)

    early = with_part(asked, 1, last=True)
    accepted = settled(early, Outcome(state=CommandState.ACCEPTED, result={"status": "x"}), T0)
    done = with_part(accepted, 0)

    assert (accepted.state, accepted.detail) == (
        CommandState.ACCEPTED,
        "parts that arrived so far: 1",
    )
    assert (done.state, done.result) == (
        CommandState.DONE,
        {"status": "x", "information": "<0><1>"},
    )
    assert done.parts == ()
