"""The one line by which an operator tells messages apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.protocol.about_actions import ABOUT
from voltaro.protocol.summaries import summary


def told(action, payload, reply=None):
    reply = json.dumps(reply) if reply is not None else None
    return summary(action, json.dumps([2, "1", action, payload]), reply)


READINGS = [
    {"value": "16.1", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
    {"value": "5000"},
    {"value": "2400", "measurand": "Power.Active.Import", "phase": "L1", "unit": "W"},
    {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
    {"value": "40", "measurand": "SoC", "unit": "Percent"},
]


@pytest.mark.parametrize(
    ("action", "payload", "reply", "line"),
    [
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Charging"},
            {},
            "StatusNotification EVSE 1 → Charging",
        ),
        (
            "StatusNotification",
            {"connectorId": 0, "errorCode": "GroundFailure", "status": "Faulted"},
            {},
            "StatusNotification station → Faulted (GroundFailure)",
        ),
        (
            "StatusNotification",
            {"evseId": 2, "connectorId": 1, "connectorStatus": "Occupied"},
            {},
            "StatusNotification EVSE 2 → Occupied",
        ),
        (
            "BootNotification",
            {"chargePointVendor": "ACME", "chargePointModel": "Wall"},
            {"status": "Accepted", "interval": 300},
            "BootNotification ACME Wall → Accepted",
        ),
        (
            "BootNotification",
            {"reason": "PowerUp", "chargingStation": {"vendorName": "ACME", "model": "Wall"}},
            {"status": "Pending"},
            "BootNotification ACME Wall (PowerUp) → Pending",
        ),
        ("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"}, "Heartbeat"),
        (
            "Authorize",
            {"idTag": "04A2"},
            {"idTagInfo": {"status": "Invalid"}},
            "Authorize 04A2 → Invalid",
        ),
        (
            "Authorize",
            {"idToken": {"idToken": "04A2", "type": "ISO14443"}},
            {"idTokenInfo": {"status": "Unknown"}},
            "Authorize 04A2 → Unknown",
        ),
        (
            "StartTransaction",
            {"connectorId": 1, "idTag": "04A2", "meterStart": 100},
            {"transactionId": 7, "idTagInfo": {"status": "Accepted"}},
            "StartTransaction EVSE 1, 04A2, 100 Wh → 7, Accepted",
        ),
        (
            "StopTransaction",
            {"transactionId": 7, "meterStop": 900, "reason": "Local"},
            {},
            "StopTransaction 7 (Local), 900 Wh",
        ),
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": [{"sampledValue": []}, {"sampledValue": READINGS}]},
            {},
            "MeterValues EVSE 1, 7200 W, 5000 Wh, 40 %",
        ),
        (
            "TransactionEvent",
            {
                "eventType": "Ended",
                "evse": {"id": 1},
                "triggerReason": "StopAuthorized",
                "transactionInfo": {"transactionId": "t", "stoppedReason": "Local"},
                "meterValue": [
                    {"sampledValue": [{"value": 5.1, "unitOfMeasure": {"unit": "kWh"}}]}
                ],
            },
            {},
            "TransactionEvent Ended EVSE 1, Local, 5.1 kWh",
        ),
        ("Reset", {"type": "Hard"}, [3, "1", {"status": "Accepted"}], "Reset Hard → Accepted"),
        (
            "ChangeConfiguration",
            {"key": "HeartbeatInterval", "value": "60"},
            [4, "1", "NotSupported", "", {}],
            "ChangeConfiguration HeartbeatInterval, 60 → NotSupported",
        ),
        (
            "GetVariables",
            {"getVariableData": [{"component": {"name": "C"}, "variable": {"name": "V"}}]},
            [
                3,
                "1",
                {"getVariableResult": [{"attributeStatus": "Accepted", "attributeValue": "5"}]},
            ],
            "GetVariables C.V → 5",
        ),
        ("GetConfiguration", {"key": ["A", "B"]}, None, "GetConfiguration"),
    ],
)
def test_a_message_in_one_line(action, payload, reply, line):
    assert told(action, payload, reply) == line


@pytest.mark.parametrize(
    ("action", "frame", "line"),
    [
        (None, "{no json", ""),
        ("Heartbeat", "{no json", "Heartbeat"),
        ("Heartbeat", '[2,"1","Heartbeat",null]', "Heartbeat"),
        (None, '[3,"1",{}]', ""),
        ("DataTransfer", '[2,"1","DataTransfer",{"data":"' + "x" * 20_000 + '"}]', "DataTransfer"),
    ],
)
def test_what_cannot_be_read_falls_back_to_the_action(action, frame, line):
    assert summary(action, frame, None) == line


def test_the_line_is_one_line_and_never_long():
    line = told("BootNotification", {"chargePointVendor": "a\nb" * 100, "reason": "x" * 500})

    assert "\n" not in line
    assert len(line) <= 160


NAMES = ["status", "evse", "id", "idToken", "meterValue", "sampledValue", "value", "unit"]
NAMES += ["transactionInfo", "chargingStation", "setVariableData", "component", "idTagInfo"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=15,
)


@given(action=st.sampled_from(sorted(ABOUT)), payload=JSON, reply=JSON)
def test_nothing_that_was_said_makes_it_fail(action, payload, reply):
    frame = json.dumps([2, "1", action, payload])

    for answer in (reply, [3, "1", reply], [4, reply, reply]):
        line = summary(action, frame, json.dumps(answer))
        assert line.startswith(action)
        assert "\n" not in line
        assert len(line) <= 160
