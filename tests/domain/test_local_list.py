"""Local lists: what is known of one after each step, and what makes one list of another."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.authorization import Authorization, AuthorizationStatus
from voltaro.domain.ids import IdToken
from voltaro.domain.local_list import (
    ConflictReported,
    ListAnswered,
    ListEntry,
    ListSent,
    LocalList,
    Update,
    Verdict,
    VersionReported,
    applied,
    difference,
    is_taken,
    keyed,
    messages_for,
    stepped,
)
from voltaro.domain.variables import Portion

T0 = datetime(2026, 11, 2, 8, tzinfo=UTC)
ACCEPTED = Authorization(AuthorizationStatus.ACCEPTED)
BLOCKED = Authorization(AuthorizationStatus.BLOCKED)


def entry(token, authorization=ACCEPTED):
    return ListEntry(IdToken(token), authorization)


def sent(version):
    return ListSent(version=version, at=T0)


def answered(version, verdict=Verdict.ACCEPTED, update=Update.FULL):
    return ListAnswered(version=version, update=update, entries=(), verdict=verdict)


def after(*steps, known=None, is_empty=False):
    known = known or LocalList()
    for step in steps:
        known = stepped(known, step, is_empty=is_empty)
    return known


def test_nothing_is_known_of_a_list_that_was_never_sent_or_asked_for():
    assert not LocalList().in_step


def test_an_accepted_list_is_in_step():
    known = after(sent(3), answered(3))

    assert known.in_step
    assert (known.version, known.supported, known.sent_at) == (3, True, T0)


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.VERSION_MISMATCH])
def test_a_refused_update_leaves_doubt_until_a_full_one_is_accepted(verdict):
    refused = after(sent(3), answered(3), sent(4), answered(4, verdict, Update.DIFFERENTIAL))
    changed = after(sent(5), answered(5, update=Update.DIFFERENTIAL), known=refused)
    replaced = after(sent(6), answered(6), known=changed)

    assert (refused.version, refused.in_step) == (3, False)
    assert (changed.version, changed.in_step) == (5, False)
    assert replaced.in_step


def test_a_station_without_lists_is_remembered_as_such():
    known = after(sent(1), answered(1, Verdict.NOT_SUPPORTED))

    assert (known.supported, known.version, known.unanswered_version) == (False, 0, None)


def test_a_list_without_an_answer_may_be_there_or_not():
    known = after(sent(1), answered(1), sent(2))

    assert (known.version, known.unanswered_version, known.in_step) == (1, 2, False)
    assert after(answered(2), known=known).in_step


def test_what_became_of_an_unanswered_update_is_not_known_once_another_was_sent():
    known = after(sent(1), answered(1), sent(2), sent(3), answered(3, update=Update.DIFFERENTIAL))

    assert not known.in_step


def test_an_answer_that_comes_after_another_update_was_sent_is_not_taken():
    known = after(sent(1), sent(2))

    assert not is_taken(known, answered(1))
    assert is_taken(known, answered(2))
    assert not is_taken(known, answered(2, Verdict.FAILED))
    assert stepped(known, answered(1), is_empty=True).out_of_step


@pytest.mark.parametrize(
    ("version", "is_empty", "in_step"),
    [(5, False, True), (4, False, False), (0, False, False), (-1, False, False), (0, True, True)],
)
def test_a_reported_version_is_compared_with_ours(version, is_empty, in_step):
    known = after(sent(5), answered(5))

    reported = stepped(known, VersionReported(version=version, at=T0), is_empty=is_empty)

    assert reported.in_step is in_step
    assert (reported.reported_version, reported.supported) == (version, version != -1)


def test_an_empty_list_is_in_step_before_anything_was_sent():
    assert after(VersionReported(version=0, at=T0), is_empty=True).in_step
    assert not after(VersionReported(version=7, at=T0), is_empty=True).in_step


def test_a_conflict_means_that_the_list_is_wrong():
    assert not after(sent(5), answered(5), ConflictReported()).in_step


def test_a_list_knows_each_token_once_in_any_spelling():
    assert list(keyed([entry("a1"), entry("A1", BLOCKED)]).values()) == [entry("A1", BLOCKED)]


def test_a_difference_takes_off_adds_and_corrects():
    held = keyed([entry("A"), entry("B"), entry("C")])
    wanted = keyed([entry("B"), entry("C", BLOCKED), entry("D")])

    assert difference(held, wanted) == (entry("A", None), entry("C", BLOCKED), entry("D"))


_lists = st.lists(
    st.builds(entry, st.sampled_from("ABCDabcd"), st.sampled_from([ACCEPTED, BLOCKED]))
).map(keyed)


@given(_lists, _lists)
def test_a_list_with_the_difference_is_the_other_list(held, wanted):
    result = applied(held, difference(held, wanted))

    assert {k: e.authorization for k, e in result.items()} == {
        k: e.authorization for k, e in wanted.items()
    }


@pytest.mark.parametrize(
    ("entries", "per_message", "messages"),
    [(0, None, 1), (9, None, 1), (0, 3, 1), (3, 3, 1), (4, 3, 2), (6, 3, 2), (7, 3, 3)],
)
def test_no_message_has_more_entries_than_the_station_takes(entries, per_message, messages):
    assert messages_for(entries, Portion(items=per_message)) == messages


def test_with_a_limit_in_bytes_each_entry_may_need_a_message():
    assert messages_for(3, Portion(items=2, bytes=100)) == 3
    assert messages_for(0, Portion(bytes=100)) == 1
