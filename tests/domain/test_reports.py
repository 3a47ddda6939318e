"""Reports in parts: in any order, twice, with gaps, and those that never end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.command import CommandState, Outcome
from voltaro.domain.command_record import CommandRecord, Sending, overdue, proven, sent, settled
from voltaro.domain.follow_up import prove
from voltaro.domain.reports import (
    REPORT_PART,
    GetBaseReport,
    Report,
    ReportBase,
    ReportPart,
    ReportSaved,
    with_part,
)
from voltaro.domain.variables import Portion, ToldNoMore, Variable, VariablesChanged
from voltaro.protocol.portions import portions
from voltaro.protocol.v2.reports import CALLS, COMMANDS
from voltaro.protocol.wire import v21 as wire

T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FULL = Report(request_id=7, covers_all=True, begun_at=T0)


def part(number, *, is_last=False):
    at = T0 + timedelta(seconds=1)
    return ReportPart(
        station_id="S1",
        at=at,
        received_at=at,
        request_id=7,
        number=number,
        is_last=is_last,
        readings=(),
    )


@given(st.integers(1, 12).flatmap(lambda n: st.permutations(range(n))), st.data())
def test_a_report_is_complete_when_all_its_parts_are_here_and_not_before(order, data):
    report, seen = FULL, set()
    for number in order:
        for _ in range(data.draw(st.integers(1, 2))):
            report = with_part(report, number, is_last=number == len(order) - 1)
        seen.add(number)
        assert report.is_complete is (len(seen) == len(order))
    assert (report.following, report.ahead) == (len(order), frozenset())


def test_parts_that_run_ahead_for_ever_do_not_fill_the_memory():
    report = FULL
    for number in range(1, 3000):
        report = with_part(report, number, is_last=False)

    assert len(report.ahead) <= 1000
    assert not report.is_complete


def test_what_a_complete_full_report_left_out_is_gone():
    decision = REPORT_PART.decide(part(0, is_last=True), FULL)

    assert decision.changes[-1] == VariablesChanged("S1", ToldNoMore(since=T0))


@pytest.mark.parametrize(
    ("report", "number", "is_last"),
    [
        (Report(request_id=7, covers_all=False, begun_at=T0), 0, True),
        (FULL, 1, True),
        (FULL, 0, False),
        (None, 0, True),
    ],
    ids=["it covers a part", "a part is missing", "more will come", "nobody asked for it"],
)
def test_nothing_else_removes_anything(report, number, is_last):
    decision = REPORT_PART.decide(part(number, is_last=is_last), report)

    steps = [each.step for each in decision.changes if isinstance(each, VariablesChanged)]
    assert not any(isinstance(step, ToldNoMore) for step in steps)


def asked():
    """A base report that the station agreed to."""
    route = next(each for each in CALLS if each.request is wire.GetBaseReportRequest)
    request = wire.GetBaseReportRequest(request_id=7, report_base="FullInventory")
    record = CommandRecord(
        id=UUID(int=1),
        station_id="S1",
        name=GetBaseReport.name,
        arguments={},
        author="a",
        state=CommandState.QUEUED,
        created_at=T0,
    )
    sending = Sending(
        protocol="ocpp2.0.1",
        action="GetBaseReport",
        message_id="m",
        awaits=route.awaits(request),
        at=T0,
    )
    return settled(sent(record, sending), Outcome(state=CommandState.ACCEPTED), T0)


def seen(record, report, number, **last):
    event = part(number, **last)
    decision = REPORT_PART.decide(event, report)
    proof = prove(record.awaits, T0, "NotifyReport", event, decision)
    (saved,) = [each for each in decision.changes if isinstance(each, ReportSaved)]
    return (proven(record, proof, event.received_at) if proof else record), saved.report


def test_a_report_that_stops_in_the_middle_fails_in_the_end():
    record, _ = seen(asked(), FULL, 0)
    assert record.state is CommandState.ACCEPTED

    late = overdue(record, record.awaits_until)

    assert late.state is CommandState.FAILED
    assert late.detail == "the report did not come, or not the whole of it"


def test_the_parts_of_another_report_prove_nothing():
    other = Report(request_id=8, covers_all=True, begun_at=T0)

    record, _ = seen(asked(), other, 0, is_last=True)

    assert record.state is CommandState.ACCEPTED


def test_the_last_part_may_come_before_the_answer():
    route = COMMANDS[0]
    assert route.command is GetBaseReport
    command = GetBaseReport(request_id=7, base=ReportBase.FULL)
    assert b'"requestId":7' in next(route.converse(command)).payload

    record = asked()
    done, report = seen(record, FULL, 0, is_last=True)

    assert report.is_complete
    assert (done.state, done.detail) == (CommandState.DONE, "all 1 parts arrived")


def items(*names):
    return [wire.VariableType(name=name) for name in names]


def sizes(cut):
    return [len(each) for each in cut]


def test_lists_are_cut_by_number_and_by_length():
    many = items(*"abcdefghij")
    size = len(b'{"name":"a"},')

    assert sizes(portions(many, Portion())) == [10]
    assert sizes(portions(many, Portion(items=4))) == [4, 4, 2]
    assert sizes(portions(many, Portion(bytes=128 + 3 * size))) == [3, 3, 3, 1]
    assert sizes(portions(many, Portion(items=2, bytes=128 + 3 * size))) == [2] * 5
    assert sizes(portions([], Portion(items=2))) == []


def test_what_is_too_long_by_itself_goes_alone():
    assert sizes(portions(items("a" * 40, "b", "c" * 40), Portion(bytes=10))) == [1, 1, 1]


def test_equals_do_not_go_together():
    cut = portions(items("a", "b", "a", "c", "a"), Portion(), lambda each: each.name)

    assert sizes(cut) == [2, 2, 1]


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        (Variable(component="A", name="B"), "A.B"),
        (Variable(component="A", name="B", instance="c"), "A.B[c]"),
        (Variable(component="A", component_instance="x", name="B", evse_id=1), "A[x]#1.B"),
        (Variable(component="A", name="B", evse_id=1, connector_id=2), "A#1/2.B"),
    ],
)
def test_a_variable_has_a_name_in_one_word(variable, text):
    assert variable.text == text
