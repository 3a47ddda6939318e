"""Who is told what needs somebody: facts in, worklist out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from voltaro.domain.attention import (
    CertificateFacts,
    DeviationFacts,
    EventFacts,
    Facts,
    FaultFacts,
    RefusalFacts,
    SessionFacts,
    StationFacts,
    counts,
    worklist,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ID = UUID(int=7)


def station(**facts):
    plain = {
        "station_id": "CP-1",
        "registration": "accepted",
        "created_at": NOW - 99 * HOUR,
        "connected_at": NOW - HOUR,
        "away_since": None,
        "clock_skew_s": None,
        "clock_measured_at": None,
    }
    return Facts(stations=[StationFacts(**plain | facts)])


def session(**facts):
    plain = {
        "transaction_id": ID,
        "station_id": "CP-1",
        "evse_id": 1,
        "started_at": NOW - HOUR,
        "heard_at": NOW,
        "energy_wh": 500,
        "away_since": None,
        "paused_since": None,
    }
    return Facts(sessions=[SessionFacts(**plain | facts)])


def refusal(**facts):
    plain = {
        "station_id": "CP-9",
        "remote_host": "192.0.2.9",
        "reason": "unknown_station",
        "count": 3,
        "first_at": NOW - 2 * HOUR,
        "last_at": NOW - HOUR,
        "connected_at": None,
    }
    return Facts(refusals=[RefusalFacts(**plain | facts)])


def deviation(**facts):
    plain = {"station_id": "CP-1", "kinds": ["number_format"], "since": NOW - HOUR}
    return Facts(deviations=[DeviationFacts(**plain | facts)])


def measured(skew):
    return station(clock_skew_s=skew, clock_measured_at=NOW - MINUTE)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (Facts(), []),
        (station(), []),
        (station(away_since=NOW - 6 * MINUTE), ["offline"]),
        (station(away_since=NOW - 5 * MINUTE), []),
        (station(away_since=NOW - 6 * MINUTE, registration="rejected"), []),
        (station(registration="pending"), ["pending_registration"]),
        (station(registration="pending", connected_at=None), []),
        (measured(61.0), ["clock"]),
        (measured(-61.0), ["clock"]),
        (measured(60.0), []),
        (refusal(), ["refused_connection"]),
        (refusal(connected_at=NOW - MINUTE), []),
        (refusal(connected_at=NOW - 2 * HOUR), ["refused_connection"]),
        (refusal(last_at=NOW - 25 * HOUR), []),
        (session(), []),
        (session(away_since=NOW - 61 * MINUTE), ["stuck_session"]),
        (session(away_since=NOW - 59 * MINUTE), []),
        (session(heard_at=NOW - 121 * MINUTE), ["stuck_session"]),
        (session(heard_at=NOW - 119 * MINUTE), []),
        (session(started_at=NOW - 49 * HOUR), ["stuck_session"]),
        (session(started_at=NOW - 47 * HOUR), []),
        (session(paused_since=NOW - 5 * HOUR), ["paused_session"]),
        (session(paused_since=NOW - 3 * HOUR), []),
        (session(paused_since=NOW - 5 * HOUR, started_at=NOW - 49 * HOUR), ["stuck_session"]),
        (deviation(), ["deviations"]),
        (deviation(since=NOW - 25 * HOUR), []),
        (deviation(kinds=[]), []),
        (Facts(warnings=["the disk is getting full"]), ["system"]),
    ],
)
def test_what_needs_somebody(facts, kinds):
    assert [item.kind for item in worklist(facts, NOW)] == kinds


@pytest.mark.parametrize(
    ("facts", "reason", "since"),
    [
        (session(away_since=NOW - 3 * HOUR, heard_at=NOW - 4 * HOUR), "station_away", 3),
        (session(heard_at=NOW - 4 * HOUR, started_at=NOW - 50 * HOUR), "no_reading", 4),
        (session(started_at=NOW - 50 * HOUR), "too_long", 50),
    ],
)
def test_stuck_session_tells_the_nearest_reason_and_since_when(facts, reason, since):
    (item,) = worklist(facts, NOW)

    assert (item.facts["reason"], item.since) == (reason, NOW - since * HOUR)
    assert (item.id, item.transaction_id) == (f"stuck_session:{ID}", ID)


def test_fault_tells_where_and_what_it_is():
    connector = FaultFacts(
        station_id="CP-1",
        evse_id=1,
        connector_id=2,
        error_code="GroundFailure",
        info="wet",
        vendor_error_code="E17",
        since=NOW,
    )
    whole = FaultFacts(
        station_id="CP-2",
        evse_id=None,
        connector_id=None,
        error_code=None,
        info=None,
        vendor_error_code=None,
        since=NOW - HOUR,
    )

    first, second = worklist(Facts(faults=[whole, connector]), NOW)

    assert (first.id, second.id) == ("faulted:CP-1:1:2", "faulted:CP-2")
    assert first.facts == {
        "evse_id": 1,
        "connector_id": 2,
        "error_code": "GroundFailure",
        "info": "wet",
        "vendor_error_code": "E17",
    }


def test_refused_connection_without_an_identity_has_no_station():
    (item,) = worklist(refusal(station_id="", reason="no_identity"), NOW)

    assert item.station_id is None
    assert item.facts == {
        "reason": "no_identity",
        "remote_host": "192.0.2.9",
        "count": 3,
        "last_at": NOW - HOUR,
    }


def test_most_severe_comes_first_and_then_what_came_last():
    facts = Facts(
        stations=[
            *station(station_id="OLD", away_since=NOW - 9 * HOUR).stations,
            *station(station_id="NEW", away_since=NOW - HOUR).stations,
        ],
        deviations=deviation().deviations,
        warnings=["the disk is getting full"],
    )

    items = worklist(facts, NOW)

    assert [item.id for item in items] == [
        "system:the disk is getting full",
        "offline:NEW",
        "offline:OLD",
        "deviations:CP-1",
    ]
    assert counts(items) == {"high": 1, "medium": 2, "low": 1}
    assert counts([]) == {"high": 0, "medium": 0, "low": 0}


@pytest.mark.parametrize(
    ("days", "severity"),
    [(31, None), (30, "medium"), (1, "medium"), (0, "high"), (-400, "high")],
)
def test_a_certificate_that_runs_out_within_a_month_needs_somebody(days, severity):
    ends = NOW + timedelta(days=days)
    facts = CertificateFacts(station_id="CP-1", serial_number="1f", not_after=ends)

    found = worklist(Facts(certificates=[facts]), NOW)

    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all(each.since == ends - timedelta(days=30) for each in found)


def event(**facts):
    plain = {
        "station_id": "CP-1",
        "component": "ConnectorPlugRetentionLock",
        "evse_id": 1,
        "connector_id": 2,
        "name": "Problem",
        "value": "true",
        "event_severity": 3,
        "cleared": False,
        "tech_code": "E17",
        "tech_info": None,
        "since": NOW - HOUR,
    }
    return Facts(events=[EventFacts(**plain | facts)])


@pytest.mark.parametrize(("severity", "word"), [(0, "high"), (1, "high"), (2, "medium")])
def test_a_severe_event_needs_somebody(severity, word):
    (item,) = worklist(event(event_severity=severity), NOW)

    assert (item.kind, item.severity) == ("event", word)
    assert item.id == "event:CP-1:ConnectorPlugRetentionLock:1:2:Problem"
    assert item.facts["tech_code"] == "E17"


@pytest.mark.parametrize(
    "facts", [{"event_severity": 4}, {"cleared": True}, {"since": NOW - 25 * HOUR}]
)
def test_an_event_that_is_slight_or_over_needs_nobody(facts):
    assert worklist(event(**facts), NOW) == []
