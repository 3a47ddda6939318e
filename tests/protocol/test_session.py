"""Scripts of one connection: what it hears, what it says, and who gets the answer."""

import itertools
from collections import OrderedDict

import pytest

from voltaro.protocol import rpc
from voltaro.protocol.errors import ErrorCode
from voltaro.protocol.session import (
    MAX_LATE,
    WRONG_ID,
    Answered,
    Garbled,
    Ignored,
    Incoming,
    IncomingSend,
    Refused,
    Reject,
    ResultRefused,
    Sent,
    Session,
    Unexpected,
)
from voltaro.protocol.versions import OcppVersion

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21


class Script:
    """A session with ids that can be foretold: c1, c2, …"""

    def __init__(self, version=V16, *, match_any_reply=False, late=None, first=1):
        ids = (f"c{number}" for number in itertools.count(first))
        self.session = Session(
            version, new_id=lambda: next(ids), match_any_reply=match_any_reply, late=late
        )

    def asks(self, key, *, action="Reset"):
        """The text that goes out."""
        return self.session.call(action, b"{}", key=key)[1]

    def hears(self, text):
        return self.session.receive(rpc.parse(text, self.session.version))


@pytest.fixture
def script():
    return Script()


def test_a_command_is_sent_and_its_answer_finds_it(script):
    assert script.asks("unlock", action="UnlockConnector") == '[2,"c1","UnlockConnector",{}]'
    assert script.hears('[3,"c1",{"status":"Unlocked"}]') == Answered(
        "unlock", "c1", "UnlockConnector", b'{"status":"Unlocked"}', late=False
    )


def test_only_one_command_is_under_way_at_a_time(script):
    script.asks("first")

    with pytest.raises(AssertionError, match="one CALL at a time"):
        script.asks("second")
    script.hears('[3,"c1",{}]')
    assert script.asks("second") == '[2,"c2","Reset",{}]'


def test_the_station_may_ask_while_our_command_is_under_way(script):
    script.asks("reset")

    assert script.hears('[2,"s1","Heartbeat",{}]') == Incoming(rpc.Call("s1", "Heartbeat", b"{}"))
    assert script.hears('[2,"s2","Heartbeat",{}]') == Incoming(rpc.Call("s2", "Heartbeat", b"{}"))
    assert isinstance(script.hears('[3,"c1",{}]'), Answered)


def test_a_late_answer_still_finds_its_command(script):
    script.asks("slow", action="GetLog")
    script.session.expire()
    script.asks("next")

    late = script.hears('[3,"c1",{"status":"Accepted"}]')

    assert late == Answered("slow", "c1", "GetLog", b'{"status":"Accepted"}', late=True)
    assert script.session.outstanding == Sent("next", "c2", "Reset")
    assert script.hears('[3,"c1",{}]') == Unexpected("c1")


def test_a_late_refusal_is_told_as_late(script):
    script.asks("slow")
    script.session.expire()

    refused = script.hears('[4,"c1","NotSupported","",{}]')

    assert isinstance(refused, Refused)
    assert refused.late


def test_a_refusal_keeps_what_the_station_said(script):
    script.asks("reset")

    assert script.hears('[4,"c1","OccurenceConstraintViolation","no",{"a":1}]') == Refused(
        key="reset",
        message_id="c1",
        action="Reset",
        code=ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
        wire_code="OccurenceConstraintViolation",
        description="no",
        details=b'{"a":1}',
        late=False,
    )
    assert script.session.outstanding is None


def test_answers_to_nobody_change_nothing(script):
    assert script.hears('[3,"ghost",{}]') == Unexpected("ghost")
    script.asks("reset")

    assert script.hears('[3,"ghost",{}]') == Unexpected("ghost")
    assert script.hears('[4,"ghost","GenericError","",{}]') == Unexpected("ghost")
    assert script.session.outstanding == Sent("reset", "c1", "Reset")


def test_an_answer_with_a_wrong_id_counts_only_where_that_quirk_is_known():
    script = Script(match_any_reply=True)
    script.asks("reset")

    answer = script.hears('[3,"another",{}]')

    assert answer == Answered("reset", "c1", "Reset", b"{}", late=False, flaws=(WRONG_ID,))
    assert script.hears('[3,"another",{}]') == Unexpected("another")


def test_with_that_quirk_a_late_answer_is_still_the_late_commands():
    script = Script(match_any_reply=True)
    script.asks("slow")
    script.session.expire()
    script.asks("next")

    late = script.hears('[3,"c1",{}]')

    assert isinstance(late, Answered)
    assert (late.key, late.late) == ("slow", True)
    assert script.session.outstanding == Sent("next", "c2", "Reset")


def test_a_cut_off_answer_fails_that_command_only(script):
    script.asks("configuration", action="GetConfiguration")

    event = script.hears('[3,"c1",{"configurationKey":[]')

    assert event == Garbled(
        "configuration", "c1", "GetConfiguration", "not valid JSON", late=False, is_result=True
    )
    assert script.asks("next") == '[2,"c2","Reset",{}]'


def test_a_cut_off_answer_to_nobody_is_ignored(script):
    assert script.hears('[3,"ghost",{"a"') == Ignored("not valid JSON")


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (V16, '[4,"i","FormationViolation","action is not a string",{}]'),
        (V201, '[4,"i","FormatViolation","action is not a string",{}]'),
    ],
)
def test_malformed_frames_are_answered_in_the_words_of_the_version(version, text):
    assert Script(version).hears('[2,"i",5,{}]') == Reject(text, "action is not a string")


def test_noise_is_ignored_on_1_6_and_answered_on_2_x():
    assert Script(V16).hears("pong") == Ignored("not a JSON array")
    assert Script(V21).hears("pong") == Reject(
        '[4,"-1","RpcFrameworkError","not a JSON array",{}]', "not a JSON array"
    )


def test_2_1_events_streams_and_refused_answers_are_told_apart():
    script = Script(V21)

    assert script.hears('[6,"i","NotifyPeriodicEventStream",{}]') == IncomingSend(
        rpc.Send("i", "NotifyPeriodicEventStream", b"{}")
    )
    assert script.hears('[5,"s1","FormatViolation","bad",{}]') == ResultRefused(
        "s1", ErrorCode.FORMAT_VIOLATION, "bad", b"{}"
    )


def test_an_answer_that_comes_on_the_next_connection_still_finds_its_command():
    late = OrderedDict()
    old, new = Script(late=late), Script(late=late, first=2)
    old.asks("reset")
    old.session.expire()

    answer = new.hears('[3,"c1",{"status":"Accepted"}]')

    assert answer == Answered("reset", "c1", "Reset", b'{"status":"Accepted"}', late=True)
    assert old.hears('[3,"c1",{}]') == Unexpected("c1")


def test_memory_of_late_commands_is_bounded(script):
    for number in range(MAX_LATE + 5):
        script.asks(number)
        script.session.expire()

    assert script.hears('[3,"c5",{}]') == Unexpected("c5")
    kept = script.hears('[3,"c6",{}]')
    assert isinstance(kept, Answered)
    assert kept.key == 5


def test_message_ids_differ_between_sessions():
    ids = {Session(V16).call("Reset", b"{}", key=None)[0] for _ in range(3)}

    assert len(ids) == 3
    assert {len(each) for each in ids} == {36}


def test_a_command_with_the_key_none_is_told_from_no_command(script):
    script.asks(None)

    assert script.session.outstanding == Sent(None, "c1", "Reset")
