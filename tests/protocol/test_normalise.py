"""What is wrong and can be understood: times, words, defaults, and their names in the papers."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.protocol.gate import admits
from voltaro.protocol.moments import read_moment
from voltaro.protocol.normalise.defaults import filled
from voltaro.protocol.normalise.faults import REFUSED, STRICT, Fault, Finding, generalised
from voltaro.protocol.normalise.words import respelled
from voltaro.protocol.routes import Origin
from voltaro.protocol.versions import OcppVersion

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
SAID = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "fault"),
    [
        ("2026-01-02T03:04:05Z", SAID, None),
        ("2026-01-02T03:04:05.000000000Z", SAID, None),
        ("2026-01-02t03:04:05z", SAID, None),
        ("2026-01-02T04:04:05+01:00", SAID, None),
        ("2026-01-02T04:04:05+01", SAID, Fault.TIME_FORMAT),
        ("2026-01-02 03:04:05Z", SAID, None),
        ("1767323045", SAID, Fault.TIME_FORMAT),
        ("1767323045000", SAID, Fault.TIME_FORMAT),
        ("2026-01-02T03:04:05", SAID, Fault.TIME_WITHOUT_ZONE),
        ("", None, Fault.TIME_MISSING),
        ("  ", None, Fault.TIME_MISSING),
        ("soon", None, Fault.TIME_UNREADABLE),
        ("2026-13-02T03:04:05Z", None, Fault.TIME_UNREADABLE),
        ("9999-12-31T23:59:59-23:59", None, Fault.TIME_UNREADABLE),
        ("1970-01-01T00:00:00Z", None, Fault.TIME_UNSET),
        ("2000-01-01T00:00:00", None, Fault.TIME_UNSET),
        ("2026-01-02T12:04:59Z", datetime(2026, 1, 2, 12, 4, 59, tzinfo=UTC), None),
        ("2026-01-02T12:05:01Z", None, Fault.TIME_AHEAD),
    ],
)
def test_a_time_is_understood_or_replaced_and_what_is_wrong_is_said(text, at, fault):
    origin = Origin("CP", NOW)

    moment = read_moment(text, origin)

    assert moment == ((NOW, False) if at is None else (at, True))
    assert origin.findings == ([] if fault is None else [Finding(fault, "/timestamp")])


@given(st.text(max_size=40))
def test_no_text_is_too_strange_for_a_time(text):
    assert read_moment(text, Origin("CP", NOW)).at.tzinfo is not None


def test_an_optional_time_that_is_absent_is_no_fault():
    origin = Origin("CP", NOW)

    assert read_moment(None, origin) == (NOW, False)
    assert origin.findings == []


@pytest.mark.parametrize(
    ("word", "options", "name", "right"),
    [
        ("kwh", ("Wh", "kWh"), "unit", "kWh"),
        (" WH ", ("Wh", "kWh"), "unit", "Wh"),
        ("degC", ("Celsius",), "unit", "Celsius"),
        ("degC", ("Wh",), "unit", None),
        ("available", ("Available", "Faulted"), "status", "Available"),
        ("Ready", ("Available", "Faulted"), "status", None),
    ],
)
def test_a_word_in_another_spelling_is_the_one_that_is_meant(word, options, name, right):
    assert respelled(word, options, name) == right


def test_only_what_is_absent_gets_a_default():
    payload = {"transactionId": 5, "timestamp": None, "transactionData": [{"timestamp": "x"}, 7]}

    assert filled(OcppVersion.V16, "StopTransaction", payload) == {
        "transactionId": 5,
        "timestamp": "",
        "meterStop": 10**18,
        "transactionData": [{"timestamp": "x", "sampledValue": []}, 7],
    }


@pytest.mark.parametrize("payload", [[], "text", None, 7, {"meterValue": "text"}])
def test_payloads_of_any_shape_are_left_for_the_types_to_judge(payload):
    assert filled(OcppVersion.V16, "MeterValues", payload) == payload


def test_pointers_are_the_same_for_every_place_in_a_list():
    assert generalised("/meterValue/12/sampledValue/0/unit") == "/meterValue/*/sampledValue/*/unit"
    assert generalised("/iso15118/x") == "/iso15118/x"


def test_what_we_asked_for_may_come_before_acceptance_even_from_a_strict_station():
    version = OcppVersion.V201

    assert admits("NotifyReport", version, strict=True, awaited={"NotifyReport"})
    assert not admits("NotifyReport", version, strict=False)


def test_every_kind_of_deviation_is_in_the_papers_once():
    page = Path(__file__).parents[2] / "docs" / "operate" / "deviations.md"

    rows = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|$", page.read_text(), re.MULTILINE)

    kinds = [row for row in rows if row not in {"strict", "token_cut"}]
    assert sorted(kinds) == sorted(fault.value for fault in Fault)
    assert set(STRICT) | set(REFUSED.values()) <= set(Fault)
