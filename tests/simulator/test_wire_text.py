"""What the simulator sends, against the schemas of the `ocpp` package (not ours)."""

import json
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import jsonschema
import pytest

from voltaro.testing import DC_50_KW, Charge, ConnectorState, Identity, wire_time
from voltaro.testing.books import StartEntry, Transaction
from voltaro.testing.dialect import Event
from voltaro.testing.power import AC_22_KW, Reading
from voltaro.testing.v16 import V16
from voltaro.testing.v201 import V201

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TYPE = "ISO14443"
DIALECTS = {"1.6": V16(), "2.0.1": V201("2.0.1", TYPE), "2.1": V201("2.1", TYPE)}
SCHEMAS = {"2.0.1": "v201", "2.1": "v21"}


def check(protocol, message):
    action, payload = message
    folder, name = ("v16", action) if protocol == "1.6" else (SCHEMAS[protocol], f"{action}Request")
    text = (files("ocpp") / folder / "schemas" / f"{name}.json").read_text("utf-8-sig")
    jsonschema.validate(json.loads(json.dumps(payload)), json.loads(text))
    return payload


def transaction(dialect):
    start = StartEntry(at=AT, connector=2, token="04A1B2C3", register_wh=100)
    return Transaction(ref=dialect.new_ref() or "7", start=start)


def test_every_message_fits_the_official_schema(protocol):
    dialect = DIALECTS[protocol]
    tx = transaction(dialect)

    for identity in (Identity(), Identity(serial="S-1")):
        check(protocol, dialect.boot(identity, "PowerUp"))
    for state in ConnectorState:
        check(protocol, dialect.status(1, dialect.status_word(state), AT))
    check(protocol, dialect.authorize("04A1B2C3"))
    for supply in (AC_22_KW, DC_50_KW):
        charge = Charge(supply)
        for offline in (False, True):
            event = Event(at=AT, seq=0, offline=offline, changed=offline)
            check(protocol, dialect.start(tx, Reading(register_wh=100), event, None))
            check(protocol, dialect.start(tx, Reading(register_wh=100), event, 5))
            check(protocol, dialect.meter(tx, charge.advance(60), event))
    for reason in (
        "Local",
        "Remote",
        "EVDisconnected",
        "DeAuthorized",
        "PowerLoss",
        "SOCLimitReached",
    ):
        check(protocol, dialect.stop(tx, charge.reading(), event, reason))


def test_a_16_start_and_stop_as_the_wire_shows_them():
    dialect = V16()
    tx = transaction(dialect)
    event = Event(at=AT, seq=0)

    assert dialect.start(tx, Reading(register_wh=100), event, None) == (
        "StartTransaction",
        {
            "connectorId": 2,
            "idTag": "04A1B2C3",
            "meterStart": 100,
            "timestamp": "2026-01-02T03:04:05.678Z",
        },
    )
    assert dialect.stop(tx, Reading(register_wh=900), event, "DeAuthorized")[1] == {
        "transactionId": 7,
        "meterStop": 900,
        "timestamp": "2026-01-02T03:04:05.678Z",
        "reason": "DeAuthorized",
    }


def test_a_16_station_that_never_learned_the_id_says_minus_one():
    dialect = V16()
    tx = transaction(dialect)
    tx.ref = None

    assert (
        dialect.stop(tx, Reading(register_wh=1), Event(at=AT, seq=1), "Local")[1]["transactionId"]
        == -1
    )


def test_201_says_token_and_evse_once_and_offline_only_when_so():
    dialect = V201("2.0.1", TYPE)
    tx = transaction(dialect)

    started = dialect.start(tx, Reading(register_wh=0), Event(at=AT, seq=0), None)[1]
    updated = dialect.meter(
        tx, Reading(register_wh=9, power_w=0), Event(at=AT, seq=1, offline=True, changed=True)
    )[1]
    ended = dialect.stop(tx, Reading(register_wh=9), Event(at=AT, seq=2), "Local")[1]

    assert started["idToken"] == {"idToken": "04A1B2C3", "type": "ISO14443"}
    assert started["evse"] == {"id": 2, "connectorId": 1}
    assert {"idToken", "evse", "offline"} & ended.keys() == set()
    assert updated["offline"] is True
    assert updated["triggerReason"] == "ChargingStateChanged"
    assert updated["transactionInfo"]["chargingState"] == "SuspendedEV"
    assert ended["transactionInfo"]["stoppedReason"] == "Local"
    assert [each["seqNo"] for each in (started, updated, ended)] == [0, 1, 2]


def test_wire_time_is_utc_with_milliseconds():
    assert wire_time(AT) == "2026-01-02T03:04:05.678Z"
    assert wire_time(AT.replace(microsecond=0)) == "2026-01-02T03:04:05.000Z"
    assert wire_time(AT.astimezone(timezone(timedelta(hours=5)))) == "2026-01-02T03:04:05.678Z"
    with pytest.raises(ValueError, match="no time zone"):
        wire_time(AT.replace(tzinfo=None))
