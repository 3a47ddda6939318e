"""What people are told about a message, and what it breaks of the official schema."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.protocol.about_actions import ABOUT
from voltaro.protocol.about_fields import FIELDS
from voltaro.protocol.about_words import WORDS
from voltaro.protocol.explanations import explain
from voltaro.protocol.schemas import actions, schema_of, station_actions
from voltaro.protocol.versions import OcppVersion

V16, V201, V21 = (version.value for version in OcppVersion)
CORE_201 = {
    *("BootNotification", "StatusNotification", "TransactionEvent", "MeterValues", "Authorize"),
    *("Heartbeat", "NotifyReport", "NotifyEvent", "Reset", "ChangeAvailability", "GetVariables"),
    *("SetVariables", "RequestStartTransaction", "RequestStopTransaction", "TriggerMessage"),
    *("UnlockConnector", "ClearCache", "GetBaseReport", "GetReport", "SendLocalList", "ReserveNow"),
    *("CancelReservation", "GetLog", "UpdateFirmware", "GetLocalListVersion", "CertificateSigned"),
}
#: A tariff within a charging schedule (ISO 15118) is none of the core.
REST_201 = {"salesTariff", "salesTariffEntry", "consumptionCost", "cost", "relativeTimeInterval"}


def asked(action, payload, reply="{}", *, version=V16):
    frame = json.dumps([2, "1", action, payload])
    reply = reply if reply is None or isinstance(reply, str) else json.dumps(reply)
    return explain(version, "in", action, frame, reply)


def by_pointer(part):
    return {each.pointer: each for each in part.fields}


def faults(part):
    return [(each.pointer, each.detail) for each in part.errors]


def test_fields_are_told_in_the_order_in_which_they_were_sent():
    found = asked(
        "StatusNotification", {"status": "Charging", "connectorId": 1, "errorCode": "NoError"}
    )

    assert found.action == "StatusNotification"
    assert "another state" in found.about
    assert [each.pointer for each in found.request.fields] == [
        "/status",
        "/connectorId",
        "/errorCode",
    ]
    status, connector, _ = found.request.fields
    assert status.text == "The state of the connector."
    assert status.values["SuspendedEV"] == "the vehicle draws nothing"
    assert set(status.values) == set(
        schema_of(OcppVersion.V16, "StatusNotification", "Request")["properties"]["status"]["enum"]
    )
    assert connector.values is None
    assert found.request.errors == ()
    assert (found.response.fields, found.response.errors) == ((), ())


def test_the_same_name_means_something_else_in_another_message():
    boot = asked(
        "BootNotification",
        {"chargePointVendor": "A", "chargePointModel": "B"},
        {"status": "Pending", "currentTime": "2026-01-01T00:00:00Z", "interval": 30},
    )

    response = by_pointer(boot.response)
    assert "set up meanwhile" in response["/status"].values["Pending"]
    assert response["/interval"].unit == "s"
    assert response["/status"].text == "Whether the station is taken in."


@pytest.mark.parametrize(
    ("sample", "unit"),
    [
        ({"value": "1"}, "Wh"),
        ({"value": "1", "unit": "kWh"}, "kWh"),
        ({"value": "1", "measurand": "Power.Active.Import", "unit": "W"}, "W"),
        ({"value": "1", "measurand": "SoC"}, None),
    ],
)
def test_a_reading_has_the_unit_that_stands_beside_it(sample, unit):
    moment = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [sample]}

    found = asked("MeterValues", {"connectorId": 1, "meterValue": [moment]})

    assert by_pointer(found.request)["/meterValue/0/sampledValue/0/value"].unit == unit


def test_a_reading_of_2_0_1_has_its_unit_of_measure():
    sample = {"value": 7.2, "unitOfMeasure": {"unit": "kW"}, "measurand": "Power.Active.Import"}
    moment = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [sample]}

    found = asked("MeterValues", {"evseId": 1, "meterValue": [moment]}, version=V201)

    assert found.request.errors == ()
    assert by_pointer(found.request)["/meterValue/0/sampledValue/0/value"].unit == "kW"


def test_a_limit_has_the_unit_of_its_schedule():
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
        },
    }
    call = json.dumps(
        [2, "1", "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile}]
    )

    found = explain(V16, "out", "SetChargingProfile", call, '[3,"1",{"status":"Accepted"}]')

    period = "/csChargingProfiles/chargingSchedule/chargingSchedulePeriod/0"
    assert by_pointer(found.request)[f"{period}/limit"].unit == "A"
    assert by_pointer(found.request)[f"{period}/startPeriod"].unit == "s"
    assert by_pointer(found.response)["/status"].values["Accepted"] == "yes"


def test_a_field_that_the_schema_does_not_know_is_listed_without_a_meaning():
    found = asked("Heartbeat", {"mood": "good", "status": "x"})

    assert [(e.pointer, e.text, e.values) for e in found.request.fields] == [
        ("/mood", None, None),
        ("/status", None, None),
    ]
    assert faults(found.request) == [
        ("/mood", "unknown property"),
        ("/status", "unknown property"),
    ]


def test_each_breach_of_the_schema_is_told_with_its_place():
    found = asked(
        "StatusNotification",
        {"connectorId": "1", "errorCode": "NoError", "status": "Dancing"},
        {"nonsense": 1},
    )

    errors = dict(faults(found.request))
    assert errors["/connectorId"] == "not of type integer"
    assert errors["/status"].startswith("not one of the allowed values: Available, ")
    assert faults(found.response) == [("/nonsense", "unknown property")]


def test_the_schema_is_that_of_the_version_that_was_spoken():
    payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}

    assert asked("StatusNotification", payload, version=V16).request.errors == ()
    assert asked("StatusNotification", payload, version=V201).request.errors != ()


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        ("{no json", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 2000, "not valid JSON"),
        ("[]", "no message of OCPP-J"),
        ('{"a":1}', "no message of OCPP-J"),
        ('[2,"1","Heartbeat"]', "no message of OCPP-J"),
        ('[3,"1",{}]', "an answer to no question"),
        ('[4,"1","InternalError","",{}]', "an answer to no question"),
        ('[2,"1","Dance",{}]', "ocpp1.6 has no action 'Dance'"),
    ],
)
def test_what_cannot_be_read_is_one_error(frame, detail):
    found = explain(V16, "in", None, frame, None)

    ((pointer, told),) = faults(found.request)
    assert pointer == ""
    assert detail in told
    assert found.request.fields == ()
    assert found.response is None


@pytest.mark.parametrize(
    ("direction", "reply"),
    [
        ("in", None),
        ("in", "this station is not accepted yet"),
        ("out", None),
        ("out", '[4,"1","NotSupported","",{}]'),
    ],
)
def test_without_an_answer_there_is_nothing_to_explain_of_it(direction, reply):
    frame = '[2,"1","Reset",{"type":"Hard"}]'

    found = explain(V16, direction, "Reset", frame, reply)

    assert found.response is None
    assert found.request.errors == ()


def test_a_message_without_an_answer_by_design_is_explained():
    frame = '[6,"1","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"x","data":[]}]'

    found = explain(V21, "in", "NotifyPeriodicEventStream", frame, None)

    assert found.action == "NotifyPeriodicEventStream"
    assert "/id" in by_pointer(found.request)


def test_a_huge_report_is_explained_up_to_a_bound():
    found = asked("Heartbeat", {f"x{n}": n for n in range(5000)})

    assert len(found.request.fields) == 2000


def test_payload_that_is_no_object_is_told():
    found = asked("Heartbeat", [1, 2])

    assert faults(found.request) == [("", "payload is not an object")]


def properties(schema, node, name=None, path=()):
    """(the keys under which a text may stand, words) of every property below a node."""
    if "$ref" in node:
        node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    yield from properties(schema, node["items"], name, path) if "items" in node else ()
    for each, below in node.get("properties", {}).items():
        if each != "customData" and each not in REST_201:
            yield (f"{name}.{each}" if name else None, each)
            yield from properties(schema, below, each)


@pytest.mark.parametrize(
    ("version", "action"),
    [(OcppVersion.V16, each) for each in sorted(actions(OcppVersion.V16))]
    + [(OcppVersion.V201, each) for each in sorted(CORE_201)],
)
@pytest.mark.parametrize("kind", ["Request", "Response"])
def test_every_field_of_1_6_and_of_the_core_of_2_0_1_is_explained(version, action, kind):
    schema = schema_of(version, action, kind)

    unexplained = [
        name
        for inner, name in properties(schema, schema)
        if not {inner or f"{action}/{name}", name} & FIELDS.keys()
    ]

    assert unexplained == []


def test_every_action_of_1_6_and_2_0_1_has_its_sentence():
    known = actions(OcppVersion.V16) | actions(OcppVersion.V201)

    assert known <= ABOUT.keys()
    assert station_actions(OcppVersion.V16) <= ABOUT.keys()
    assert all(text.endswith(".") for text in (*ABOUT.values(), *FIELDS.values()))
    assert all(words for words in WORDS.values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["meterValue", "sampledValue", "value", "limit", "evse", "unit", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    version=st.sampled_from([V16, V201, V21]),
    action=st.sampled_from(sorted(ABOUT)),
    payload=JSON,
    reply=JSON,
)
def test_nothing_that_was_said_makes_it_fail(version, action, payload, reply):
    frame = json.dumps([2, "1", action, payload])

    explain(version, "in", action, frame, json.dumps(reply))
    explain(version, "out", action, frame, json.dumps([3, "1", reply]))
