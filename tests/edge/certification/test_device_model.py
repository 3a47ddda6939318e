"""Block B of 2.0.1 and 2.1: variables are read, set and reported, before acceptance too."""

import pytest

from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

THRESHOLD = {"component": "OCPPCommCtrlr", "name": "OfflineThreshold"}
HEARTBEAT = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval"}
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Wall 22", "vendorName": "ACME"}}
AVAILABLE = {
    "timestamp": "2026-01-02T03:04:05Z",
    "connectorStatus": "Available",
    "evseId": 1,
    "connectorId": 1,
}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 2}


def named(component, name, instance=None, evse=None):
    """Component and variable as they are on the wire."""
    return {
        "component": {"name": component} | ({"evse": evse} if evse else {}),
        "variable": {"name": name} | ({"instance": instance} if instance else {}),
    }


def told(component, name, value, *, instance=None, evse=None, **attribute):
    """An entry of a NotifyReport."""
    return named(component, name, instance, evse) | {
        "variableAttribute": [{"value": value, "mutability": "ReadWrite"} | attribute],
        "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
    }


def reads(values):
    """A GetVariables handler that knows these values, by the variable's name and instance."""

    def answer(payload):
        results = []
        for each in payload["getVariableData"]:
            variable = each["variable"]
            key = variable["name"], variable.get("instance")
            known = key in values
            found = {"attributeStatus": "Accepted", "attributeValue": values[key]} if known else {}
            results.append(
                {"attributeStatus": "UnknownVariable", "attributeType": "Actual"} | each | found
            )
        return {"getVariableResult": results}

    return answer


def sets(status="Accepted", **by_name):
    """A SetVariables handler; the answers are in the other order."""

    def answer(payload):
        return {
            "setVariableResult": [
                {key: each[key] for key in each if key != "attributeValue"}
                | {
                    "attributeType": each.get("attributeType", "Actual"),
                    "attributeStatus": by_name.get(each["variable"]["name"], status),
                }
                for each in reversed(payload["setVariableData"])
            ]
        }

    return answer


async def kept(operator, station, **query):
    """The variables that are kept, by their name in one word."""
    items = await operator.server.items(f"/api/v1/stations/{station.id}/variables", **query)
    return {each["key"]: each for each in items}


async def parts(station, *contents, request_id, first=0):
    """NotifyReports with these contents; the last of them ends the report."""
    for number, content in enumerate(contents, first):
        more = {"tbc": True} if number < first + len(contents) - 1 else {}
        await part(station, number, content, request_id=request_id, **more)


async def part(station, number, content, *, request_id, **more):
    body = {
        "requestId": request_id,
        "generatedAt": "2026-01-02T03:04:05Z",
        "seqNo": number,
        "reportData": content,
    }
    assert await station.call("NotifyReport", body | more) == {}


async def asks_report(operator, station, base="full", status="Accepted"):
    """The command, and the request id that the station was given."""
    station.on["GetBaseReport"] = {"status": status}
    command = await operator.asks_and_hears(station.id, "get_base_report", base=base)
    _, payload = await station.is_asked("GetBaseReport")
    return command, payload["requestId"]


# -- variables


@VERSIONS
async def test_a_value_is_read(operator, version):
    """TC_B_06."""
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "123"})

    command = await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])

    assert command["state"] == "accepted"
    (value,) = command["result"]["variables"]
    assert (value["component"], value["name"], value["value"]) == (
        "OCPPCommCtrlr",
        "OfflineThreshold",
        "123",
    )
    _, payload = await station.is_asked("GetVariables")
    assert payload == {"getVariableData": [named("OCPPCommCtrlr", "OfflineThreshold")]}
    found = await kept(operator, station)
    assert found["OCPPCommCtrlr.OfflineThreshold"]["value"] == "123"


@VERSIONS
async def test_several_values_are_read_at_once(operator, version):
    """TC_B_07."""
    station = await operator.answering(version=version)
    values = {("OfflineThreshold", None): "123", ("AuthorizeRemoteStart", None): "false"}
    station.on["GetVariables"] = reads(values)
    remote_start = {"component": "AuthCtrlr", "name": "AuthorizeRemoteStart"}

    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=[THRESHOLD, remote_start]
    )

    assert command["state"] == "accepted"
    assert [each["value"] for each in command["result"]["variables"]] == ["123", "false"]
    ((_, action, payload),) = station.asked
    assert (action, payload) == (
        "GetVariables",
        {
            "getVariableData": [
                named("OCPPCommCtrlr", "OfflineThreshold"),
                named("AuthCtrlr", "AuthorizeRemoteStart"),
            ]
        },
    )
    found = await kept(operator, station)
    assert found["AuthCtrlr.AuthorizeRemoteStart"]["value"] == "false"


@VERSIONS
async def test_of_several_values_one_may_be_unknown(operator, version):
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "123"})
    unknown = {"component": "AuthCtrlr", "name": "AuthorizeRemoteStart"}

    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=[THRESHOLD, unknown]
    )

    assert command["state"] == "accepted"
    assert [each["value"] for each in command["result"]["variables"]] == ["123"]
    (other,) = command["result"]["unknown"]
    assert (other["name"], other["answer"]) == ("AuthorizeRemoteStart", "UnknownVariable")
    assert [each[1] for each in station.asked] == ["GetVariables"]


@VERSIONS
async def test_no_more_values_are_asked_for_than_the_station_takes(operator, version):
    """TC_B_08: five are wanted, four fit."""
    station = await operator.answering(version=version)
    wanted = [
        ("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"),
        ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
        ("DeviceDataCtrlr", "BytesPerMessage", "GetReport"),
        ("DeviceDataCtrlr", "BytesPerMessage", "GetVariables"),
        ("AuthCtrlr", "AuthorizeRemoteStart", None),
    ]
    answers = {(name, instance): "4096" for _, name, instance in wanted}
    station.on["GetVariables"] = reads(answers | {("ItemsPerMessage", "GetVariables"): "4"})
    variables = [
        {"component": component, "name": name} | ({"instance": instance} if instance else {})
        for component, name, instance in wanted
    ]
    await operator.asks(station.id, "get_variables", wait=10, variables=variables[1:2])

    command = await operator.asks(station.id, "get_variables", wait=10, variables=variables)

    asked = [payload["getVariableData"] for _, _, payload in station.asked[1:]]
    assert [len(each) for each in asked] == [4, 1]
    assert [each for part in asked for each in part] == [named(*each) for each in wanted]
    assert len(command["result"]["variables"]) == 5


@VERSIONS
async def test_no_message_is_longer_than_the_station_takes(operator, version):
    """B06.FR.05, by bytes."""
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("BytesPerMessage", "GetVariables"): "400"})
    limit = {"component": "DeviceDataCtrlr", "name": "BytesPerMessage", "instance": "GetVariables"}
    await operator.asks(station.id, "get_variables", wait=10, variables=[limit])

    many = [{"component": "VendorThing", "name": f"Number{each}"} for each in range(20)]
    await operator.asks(station.id, "get_variables", wait=10, variables=many)

    frames = station.frames[1:]
    assert len(frames) > 2
    assert max(map(len, frames)) <= 400


@VERSIONS
async def test_a_value_is_set(operator, version):
    """TC_B_09."""
    station = await operator.answering(version=version)
    station.on["SetVariables"] = sets()

    command = await operator.asks(
        station.id, "set_variables", wait=10, variables=[THRESHOLD | {"value": "123"}]
    )

    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    _, payload = await station.is_asked("SetVariables")
    assert payload == {
        "setVariableData": [{"attributeValue": "123", **named("OCPPCommCtrlr", "OfflineThreshold")}]
    }
    found = (await kept(operator, station))["OCPPCommCtrlr.OfflineThreshold"]
    assert (found["value"], found["reported_at"]) == ("123", None)


@VERSIONS
async def test_several_values_are_set_at_once(operator, version):
    """TC_B_10."""
    station = await operator.answering(version=version)
    station.on["SetVariables"] = sets()
    remote_start = {"component": "AuthCtrlr", "name": "AuthorizeRemoteStart", "value": "false"}

    command = await operator.asks(
        station.id, "set_variables", wait=10, variables=[THRESHOLD | {"value": "123"}, remote_start]
    )

    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    ((_, _, payload),) = station.asked
    assert payload == {
        "setVariableData": [
            {"attributeValue": "123", **named("OCPPCommCtrlr", "OfflineThreshold")},
            {"attributeValue": "false", **named("AuthCtrlr", "AuthorizeRemoteStart")},
        ]
    }
    found = await kept(operator, station)
    assert {key: each["value"] for key, each in found.items()} == {
        "OCPPCommCtrlr.OfflineThreshold": "123",
        "AuthCtrlr.AuthorizeRemoteStart": "false",
    }


@VERSIONS
async def test_of_several_values_that_are_set_each_has_its_own_answer(operator, version):
    """The answers may come in any order (B05.FR.02)."""
    station = await operator.answering(version=version)
    station.on["SetVariables"] = sets(
        OfflineThreshold="Accepted",
        HeartbeatInterval="RebootRequired",
        Locked="Rejected",
        Strange="UnknownVariable",
    )
    vendor = {"component": "VendorThing"}
    changes = [
        THRESHOLD | {"value": "1"},
        HEARTBEAT | {"value": "2"},
        vendor | {"name": "Locked", "value": "3"},
        vendor | {"name": "Strange", "value": "4"},
    ]

    command = await operator.asks(station.id, "set_variables", wait=10, variables=changes)

    assert command["state"] == "rejected"
    assert [each["answer"] for each in command["result"]["variables"]] == [
        "Accepted",
        "RebootRequired",
        "Rejected",
        "UnknownVariable",
    ]
    assert command["detail"] == "VendorThing.Locked: Rejected; VendorThing.Strange: UnknownVariable"
    assert len(station.asked) == 1
    found = await kept(operator, station)
    assert {key: (each["value"], each["reboot_required"]) for key, each in found.items()} == {
        "OCPPCommCtrlr.OfflineThreshold": ("1", False),
        "OCPPCommCtrlr.HeartbeatInterval": ("2", True),
        "VendorThing.Strange": (None, False),
    }
    assert found["VendorThing.Strange"]["unknown"] is True


@VERSIONS
async def test_the_same_value_is_not_set_twice_in_one_message(operator, version):
    """B05.FR.13; names are the same in any case."""
    station = await operator.answering(version=version)
    station.on["SetVariables"] = sets()
    again = {"component": "ocppcommctrlr", "name": "OFFLINETHRESHOLD", "value": "3"}
    changes = [
        THRESHOLD | {"value": "1"},
        THRESHOLD | {"value": "2", "attribute": "target"},
        again,
    ]

    command = await operator.asks(station.id, "set_variables", wait=10, variables=changes)

    assert [each["state"] for each in command["result"]["variables"]] == ["accepted"] * 3
    sizes = [len(payload["setVariableData"]) for _, _, payload in station.asked]
    assert sizes == [2, 1]
    assert station.asked[0][2]["setVariableData"][1]["attributeType"] == "Target"
    found = await operator.server.items(f"/api/v1/stations/{station.id}/variables")
    assert [(each["attribute"], each["value"]) for each in found] == [
        ("actual", "3"),
        ("target", "2"),
    ]


@VERSIONS
async def test_what_is_left_out_of_an_answer_is_said(operator, version):
    station = await operator.answering(version=version)
    result = named("OCPPCommCtrlr", "HeartbeatInterval") | {"attributeStatus": "Accepted"}
    station.on["SetVariables"] = {"setVariableResult": [result]}

    command = await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[THRESHOLD | {"value": "1"}, HEARTBEAT | {"value": "2"}],
    )

    assert command["state"] == "invalid_answer"
    assert [each["state"] for each in command["result"]["variables"]] == [
        "invalid_answer",
        "accepted",
    ]


@VERSIONS
async def test_the_raw_door_has_the_same_effects(operator, version):
    station = await operator.answering(version=version)
    station.on["SetVariables"] = sets(HeartbeatInterval="Rejected")
    data = [
        {"attributeValue": "1", **named("OCPPCommCtrlr", "OfflineThreshold")},
        {"attributeValue": "2", **named("OCPPCommCtrlr", "HeartbeatInterval")},
    ]

    answer = await operator.raw(station.id, "SetVariables", {"setVariableData": data})

    assert answer.status_code == 200
    (command,) = await operator.server.items("/api/v1/commands", station_id=station.id)
    assert command["state"] == "rejected"
    assert list(await kept(operator, station)) == ["OCPPCommCtrlr.OfflineThreshold"]


@VERSIONS
async def test_everything_at_once_is_a_report(operator, version):
    station = await operator.answering(version=version)

    refused = await operator.refused(station.id, "get_variables")
    nameless = await operator.refused(station.id, "get_variables", variables=["HeartbeatInterval"])

    assert refused.status_code == nameless.status_code == 422
    assert "get_base_report" in refused.text
    assert "component" in nameless.text


@VERSIONS
async def test_a_known_variable_is_found_by_its_name_in_one_word(operator, version):
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "1"})
    await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])

    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=["ocppcommctrlr.offlinethreshold"]
    )

    assert command["state"] == "accepted"


# -- what can go wrong on the way


LIMITS = {("ItemsPerMessage", "GetVariables"): "1", ("ItemsPerMessage", "SetVariables"): "1"}


async def takes_one_at_a_time(operator):
    """A station that said so."""
    station = await operator.answering(version=V201)
    station.on["GetVariables"] = reads(LIMITS)
    for message in ("GetVariables", "SetVariables"):
        limit = {"component": "DeviceDataCtrlr", "name": "ItemsPerMessage", "instance": message}
        await operator.asks(station.id, "get_variables", wait=10, variables=[limit])
    station.asked.clear()
    return station


async def test_what_was_read_before_a_silence_is_told_and_kept(operator):
    station = await takes_one_at_a_time(operator)
    known = reads({("OfflineThreshold", None): "1"})

    def once(payload):
        return known(payload) if len(station.asked) == 1 else None

    station.on["GetVariables"] = once
    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=[THRESHOLD, HEARTBEAT]
    )

    assert command["state"] == "timed_out"
    assert [each["value"] for each in command["result"]["variables"]] == ["1"]
    assert command["detail"].endswith("1 of 2 variables were read before that")
    assert (await kept(operator, station))["OCPPCommCtrlr.OfflineThreshold"]["value"] == "1"


async def test_a_message_that_is_refused_does_not_keep_the_next_from_being_sent(operator):
    station = await takes_one_at_a_time(operator)
    accepts = sets()

    def refuses_the_first(payload):
        return accepts(payload) if len(station.asked) > 1 else ["InternalError", "", {}]

    station.on["SetVariables"] = refuses_the_first
    changes = [THRESHOLD | {"value": "1"}, HEARTBEAT | {"value": "2"}]
    command = await operator.asks(station.id, "set_variables", wait=10, variables=changes)

    assert command["state"] == "call_error"
    assert [each["state"] for each in command["result"]["variables"]] == ["call_error", "accepted"]


async def test_after_a_silence_nothing_more_is_set(operator):
    station = await takes_one_at_a_time(operator)
    station.on["SetVariables"] = None

    changes = [THRESHOLD | {"value": "1"}, HEARTBEAT | {"value": "2"}]
    command = await operator.asks(station.id, "set_variables", wait=10, variables=changes)

    assert command["state"] == "timed_out"
    assert "OCPPCommCtrlr.HeartbeatInterval: not asked" in command["detail"]
    assert len(station.asked) == 1


@VERSIONS
async def test_an_answer_without_the_attribute_belongs_to_what_was_asked(operator, version):
    """Some stations leave it out, against B05.FR.03 and B06.FR.03."""
    station = await operator.answering(version=version)
    station.on["GetVariables"] = {
        "getVariableResult": [
            named("OCPPCommCtrlr", "OfflineThreshold")
            | {"attributeStatus": "Accepted", "attributeValue": "9"}
        ]
    }

    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=[THRESHOLD | {"attribute": "max_set"}]
    )

    assert [each["value"] for each in command["result"]["variables"]] == ["9"]
    (found,) = await operator.server.items(f"/api/v1/stations/{station.id}/variables")
    assert (found["attribute"], found["value"]) == ("max_set", "9")


@VERSIONS
async def test_an_answer_about_something_else_changes_nothing(operator, version):
    station = await operator.answering(version=version)
    station.on["GetVariables"] = {
        "getVariableResult": [
            named("Other", "Thing") | {"attributeStatus": "Accepted", "attributeValue": "9"}
        ]
    }

    command = await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])

    assert command["detail"] == "OCPPCommCtrlr.OfflineThreshold: no answer"
    assert await kept(operator, station) == {}


# -- reports


@VERSIONS
@pytest.mark.parametrize(
    ("base", "word"),
    [
        pytest.param("configuration", "ConfigurationInventory", id="TC_B_12"),
        pytest.param("full", "FullInventory", id="TC_B_13"),
        pytest.param("summary", "SummaryInventory", id="TC_B_14"),
    ],
)
async def test_a_base_report_is_asked_for_collected_and_shown(operator, version, base, word):
    station = await operator.answering(version=version)
    command, request_id = await asks_report(operator, station, base)
    assert command["state"] == "accepted"
    assert command["arguments"] == {"base": base, "request_id": request_id}
    _, payload = await station.is_asked("GetBaseReport")
    assert payload["reportBase"] == word
    assert payload["requestId"] >= 0
    limits = {
        "dataType": "integer",
        "unit": "s",
        "minLimit": 10,
        "maxLimit": 86400.5,
        "supportsMonitoring": True,
    }
    first = told("OCPPCommCtrlr", "OfflineThreshold", "60", persistent=True) | {
        "variableCharacteristics": limits
    }
    state = told("EVSE", "AvailabilityState", "Available", evse={"id": 1}, mutability="ReadOnly")

    await parts(station, [first], [state], request_id=request_id)

    done = await operator.sees(command, "done")
    assert done["detail"] == "all 2 parts arrived"
    found = await kept(operator, station, request_id=request_id)
    assert list(found) == ["EVSE#1.AvailabilityState", "OCPPCommCtrlr.OfflineThreshold"]
    threshold = found["OCPPCommCtrlr.OfflineThreshold"]
    assert {key: threshold[key] for key in ("value", "mutability", "persistent", "constant")} == {
        "value": "60",
        "mutability": "read_write",
        "persistent": True,
        "constant": False,
    }
    shown = ("data_type", "unit", "min_limit", "max_limit", "supports_monitoring")
    assert [threshold[key] for key in shown] == ["integer", "s", 10, 86400.5, True]
    assert found["EVSE#1.AvailabilityState"]["mutability"] == "read_only"


@VERSIONS
async def test_each_report_has_an_id_of_its_own(operator, version):
    station = await operator.answering(version=version)

    ids = [(await asks_report(operator, station))[1] for _ in range(3)]

    assert len(set(ids)) == 3


@VERSIONS
async def test_a_report_on_criteria_may_have_nothing_in_it(operator, version):
    """TC_B_18: first nothing fits, then one variable does."""
    station = await operator.answering(version=version)
    state = {"component": "EVSE", "evse_id": 1, "name": "AvailabilityState"}
    station.on["GetReport"] = {"status": "EmptyResultSet"}

    empty = await operator.asks(
        station.id, "get_report", wait=10, criteria=["problem"], variables=[state]
    )

    assert (empty["state"], empty["answer"]) == ("done", "EmptyResultSet")
    _, payload = await station.is_asked("GetReport")
    assert payload.pop("requestId") >= 0
    assert payload == {
        "componentCriteria": ["Problem"],
        "componentVariable": [
            {
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "AvailabilityState"},
            }
        ],
    }

    station.on["GetReport"] = {"status": "Accepted"}
    command = await operator.asks_and_hears(
        station.id, "get_report", criteria=["available"], variables=[state]
    )
    _, payload = await station.is_asked("GetReport", 2)
    assert payload["componentCriteria"] == ["Available"]
    content = [told("EVSE", "AvailabilityState", "Available", evse={"id": 1})]
    await parts(station, content, request_id=payload["requestId"])

    await operator.sees(command, "done")
    found = await kept(operator, station)
    assert found["EVSE#1.AvailabilityState"]["value"] == "Available"


@VERSIONS
async def test_a_report_is_narrowed_to_instances(operator, version):
    """B08.FR.20: without a variable, all of a component's."""
    station = await operator.answering(version=version)
    station.on["GetReport"] = {"status": "EmptyResultSet"}
    limit = {"component": "DeviceDataCtrlr", "name": "ItemsPerMessage", "instance": "GetReport"}
    meter = {"component": "FiscalMetering", "component_instance": "Main"}
    connector = {"component": "Connector", "evse_id": 1, "connector_id": 2, "name": "Available"}

    await operator.asks(station.id, "get_report", wait=10, variables=[limit, meter, connector])

    _, payload = await station.is_asked("GetReport")
    assert payload["componentVariable"] == [
        named("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"),
        {"component": {"name": "FiscalMetering", "instance": "Main"}},
        named("Connector", "Available", evse={"id": 1, "connectorId": 2}),
    ]


@VERSIONS
@pytest.mark.parametrize("status", ["NotSupported", "Rejected"])
async def test_a_station_may_refuse_to_report(operator, version, status):
    station = await operator.answering(version=version)

    command, _ = await asks_report(operator, station, status=status)

    assert (command["state"], command["answer"]) == ("rejected", status)


@VERSIONS
async def test_a_full_report_replaces_what_is_there_once_it_is_complete(operator, version):
    station = await operator.answering(version=version)
    _, first = await asks_report(operator, station)
    await parts(station, [told("A", "Old", "1"), told("A", "Stays", "1")], request_id=first)

    command, second = await asks_report(operator, station)
    await part(station, 0, [told("A", "Stays", "2")], request_id=second, tbc=True)

    assert sorted(await kept(operator, station)) == ["A.Old", "A.Stays"]
    shown = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert (shown["state"], shown["detail"]) == ("accepted", "parts that arrived so far: 1")

    await part(station, 1, [told("A", "New", "3")], request_id=second)

    await operator.sees(command, "done")
    found = await kept(operator, station)
    assert {key: each["value"] for key, each in found.items()} == {"A.New": "3", "A.Stays": "2"}


@VERSIONS
async def test_a_report_with_a_gap_is_not_complete(operator, version):
    """Nor is it when a part comes twice; what comes late fills the gap."""
    station = await operator.answering(version=version)
    _, first = await asks_report(operator, station)
    await parts(station, [told("A", "Old", "1")], request_id=first)
    command, second = await asks_report(operator, station)

    await part(station, 0, [told("A", "One", "1")], request_id=second, tbc=True)
    await part(station, 2, [told("A", "Three", "3")], request_id=second)
    await part(station, 2, [told("A", "Three", "3")], request_id=second)

    shown = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert (shown["state"], shown["detail"]) == ("accepted", "parts that arrived so far: 2")
    assert "A.Old" in await kept(operator, station)

    await part(station, 1, [told("A", "Two", "2")], request_id=second, tbc=True)

    await operator.sees(command, "done")
    assert sorted(await kept(operator, station)) == ["A.One", "A.Three", "A.Two"]


@VERSIONS
async def test_two_reports_may_come_between_each_other(operator, version):
    station = await operator.answering(version=version)
    full, one = await asks_report(operator, station, "full")
    some, two = await asks_report(operator, station, "summary")

    await part(station, 0, [told("A", "One", "1")], request_id=one, tbc=True)
    await part(station, 0, [told("B", "One", "1")], request_id=two)
    await operator.sees(some, "done")
    await part(station, 1, [told("A", "Two", "2")], request_id=one)

    await operator.sees(full, "done")
    assert sorted(await kept(operator, station)) == ["A.One", "A.Two", "B.One"]
    assert sorted(await kept(operator, station, request_id=two)) == ["B.One"]


@VERSIONS
async def test_a_report_that_nobody_asked_for_is_kept(operator, version):
    station = await operator.answering(version=version)

    await parts(station, [told("A", "One", "1")], request_id=77)

    assert (await kept(operator, station))["A.One"]["value"] == "1"


@VERSIONS
async def test_what_was_read_meanwhile_is_not_lost_to_a_full_report(operator, version):
    station = await operator.answering(version=version)
    command, request_id = await asks_report(operator, station)
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "1"})
    await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])

    await parts(station, [told("A", "One", "1")], request_id=request_id)

    await operator.sees(command, "done")
    assert sorted(await kept(operator, station)) == ["A.One", "OCPPCommCtrlr.OfflineThreshold"]


@VERSIONS
async def test_a_value_alone_leaves_what_the_report_told_of_it(operator, version):
    station = await operator.answering(version=version)
    _, request_id = await asks_report(operator, station)
    entry = told("OCPPCommCtrlr", "OfflineThreshold", "60", mutability="ReadOnly")
    await parts(station, [entry], request_id=request_id)
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "61"})

    await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])

    found = (await kept(operator, station))["OCPPCommCtrlr.OfflineThreshold"]
    assert (found["value"], found["mutability"], found["data_type"]) == (
        "61",
        "read_only",
        "string",
    )


@VERSIONS
async def test_a_report_is_asked_for_no_more_variables_than_the_station_takes(operator, version):
    """B08.FR.06."""
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("ItemsPerMessage", "GetReport"): "1"})
    limit = {"component": "DeviceDataCtrlr", "name": "ItemsPerMessage", "instance": "GetReport"}
    await operator.asks(station.id, "get_variables", wait=10, variables=[limit])

    refused = await operator.refused(
        station.id, "get_report", variables=[{"component": "A"}, {"component": "B"}]
    )

    assert refused.status_code == 422
    assert "at most 1" in refused.text


@VERSIONS
async def test_a_report_is_not_asked_for_in_a_longer_message_than_the_station_takes(
    operator, version
):
    """B08.FR.18."""
    station = await operator.answering(version=version)
    station.on["GetVariables"] = reads({("BytesPerMessage", "GetReport"): "300"})
    station.on["GetReport"] = {"status": "EmptyResultSet"}
    limit = {"component": "DeviceDataCtrlr", "name": "BytesPerMessage", "instance": "GetReport"}
    await operator.asks(station.id, "get_variables", wait=10, variables=[limit])
    many = [{"component": "A" * 40, "name": f"V{number}"} for number in range(5)]

    refused = await operator.refused(station.id, "get_report", variables=many)
    await operator.asks(station.id, "get_report", wait=10, variables=many[:1])

    assert refused.status_code == 422
    assert "at most 300 bytes" in refused.text
    assert len(station.frames[-1]) <= 300


# -- secrets


@VERSIONS
async def test_what_can_only_be_written_is_neither_kept_nor_shown(operator, version):
    """A01.FR.12 and its likes; some stations tell it all the same."""
    station = await operator.answering(version=version)
    _, request_id = await asks_report(operator, station)
    secret = told("VendorThing", "Pin", "4711-told", mutability="WriteOnly")
    password = told("SecurityCtrlr", "BasicAuthPassword", "hunter22-told")
    await parts(station, [secret, password], request_id=request_id)
    station.on["SetVariables"] = sets()
    station.on["GetVariables"] = reads({("Pin", None): "4711-read"})
    pin = {"component": "VendorThing", "name": "Pin"}

    command = await operator.asks(
        station.id, "set_variables", wait=10, variables=[pin | {"value": "4711-set"}]
    )

    assert command["state"] == "accepted"
    assert "***" in str(command["arguments"])
    found = await kept(operator, station)
    assert [each["value"] for each in found.values()] == [None, None]
    rows = await operator.server.journal(
        station.id, lambda rows: any(each["action"] == "SetVariables" for each in rows)
    )
    assert "told" not in str([each["frame"] for each in rows if each["action"] == "NotifyReport"])
    everything = str(rows) + str(command)
    for text in ("4711-told", "hunter22-told", "4711-set"):
        assert text not in everything


@VERSIONS
async def test_what_a_station_calls_write_only_is_secret_at_every_door(operator, version):
    """Nothing in the name of this one says so, but the report of the station did."""
    station = await operator.answering(version=version)
    _, request_id = await asks_report(operator, station)
    entry = told("VendorThing", "Phrase", "4711-told", mutability="WriteOnly")
    await parts(station, [entry], request_id=request_id)
    station.on["SetVariables"] = sets()
    station.on["GetVariables"] = reads({("Phrase", None): "4711-read"})
    phrase = {"component": "VendorThing", "name": "Phrase"}
    on_wire = {"component": {"name": "VendorThing"}, "variable": {"name": "Phrase"}}

    answers = [
        await operator.asks(station.id, "get_variables", wait=10, variables=[phrase]),
        (await operator.raw(station.id, "GetVariables", {"getVariableData": [on_wire]})).json(),
        (
            await operator.raw(
                station.id,
                "SetVariables",
                {"setVariableData": [on_wire | {"attributeValue": "4711-set"}]},
            )
        ).json(),
    ]

    assert station.asked[-1][2]["setVariableData"][0]["attributeValue"] == "4711-set"
    await nowhere(operator, station, answers, "4711-")


@VERSIONS
@pytest.mark.parametrize("name", ["VendorPassword", "ApiToken", "AdminPin"])
async def test_what_looks_like_a_secret_is_secret_though_no_report_says_so(operator, version, name):
    station = await operator.answering(version=version)
    _, request_id = await asks_report(operator, station)
    await parts(station, [told("VendorThing", name, "4711-told")], request_id=request_id)
    station.on["SetVariables"] = sets()
    station.on["GetVariables"] = reads({(name, None): "4711-read"})
    secret = {"component": "VendorThing", "name": name}

    answers = [
        await operator.asks(
            station.id, "set_variables", wait=10, variables=[secret | {"value": "4711-set"}]
        ),
        await operator.asks(station.id, "get_variables", wait=10, variables=[secret]),
    ]

    assert station.asked[-2][2]["setVariableData"][0]["attributeValue"] == "4711-set"
    await nowhere(operator, station, answers, "4711-")


async def nowhere(operator, station, answers, text):
    """It is in no answer, no list, no record of a command and no journal."""
    rows = await operator.server.journal(
        station.id, lambda rows: any(each["action"] == "SetVariables" for each in rows)
    )
    commands = await operator.server.items("/api/v1/commands", station_id=station.id)
    everything = [answers, rows, commands, await kept(operator, station)]
    assert "***" in str(rows)
    assert text not in str(everything)


# -- before acceptance


async def test_a_pending_station_is_configured_and_then_accepted(operator):
    """TC_B_02: variables and reports meanwhile; the next boot is accepted."""
    station_id = await operator.server.station(security_profile=0, registration="pending")
    station = await operator.answering(station_id, V201)
    assert (await station.call("BootNotification", BOOT))["status"] == "Pending"
    station.on["GetVariables"] = reads({("OfflineThreshold", None): "1"})
    station.on["SetVariables"] = sets()

    read = await operator.asks(station.id, "get_variables", wait=10, variables=[THRESHOLD])
    changed = await operator.asks(
        station.id, "set_variables", wait=10, variables=[THRESHOLD | {"value": "2"}]
    )
    report, request_id = await asks_report(operator, station, "configuration")
    await parts(station, [told("A", "One", "1")], [told("A", "Two", "1")], request_id=request_id)

    assert (read["state"], changed["state"]) == ("accepted", "accepted")
    await operator.sees(report, "done")
    await operator.server.http.put(
        f"/api/v1/stations/{station_id}", json={"registration": "accepted"}
    )
    assert (await station.call("BootNotification", BOOT))["status"] == "Accepted"
    assert await station.call("StatusNotification", AVAILABLE) == {}


@VERSIONS
async def test_a_cold_boot_is_accepted(operator, version):
    """TC_B_01."""
    station = await operator.server.connects(version=version)

    assert (await station.call("BootNotification", BOOT))["status"] == "Accepted"
    assert await station.call("StatusNotification", AVAILABLE) == {}


@pytest.mark.parametrize("registration", ["pending", "rejected"])
async def test_nothing_else_is_taken_before_acceptance(operator, registration):
    """TC_B_30; a report that nobody asked for is nothing else either."""
    station_id = await operator.server.station(security_profile=0, registration=registration)
    station = await operator.server.connects(station_id, V201)
    answer = await station.call("BootNotification", BOOT)
    assert answer["status"] == registration.capitalize()

    assert await station.code("StatusNotification", AVAILABLE) == "SecurityError"
    report = {"requestId": 1, "generatedAt": "2026-01-02T03:04:05Z", "seqNo": 0}
    assert await station.code("NotifyReport", report) == "SecurityError"


async def test_a_pending_station_is_asked_to_boot_again(operator):
    """TC_B_31."""
    station_id = await operator.server.station(security_profile=0, registration="pending")
    station = await operator.answering(station_id, V201)
    assert (await station.call("BootNotification", BOOT))["status"] == "Pending"
    station.on["TriggerMessage"] = {"status": "Accepted"}
    await operator.server.http.put(
        f"/api/v1/stations/{station_id}", json={"registration": "accepted"}
    )

    command = await operator.asks(station.id, "trigger_message", message="boot_notification")
    _, asked = await station.is_asked("TriggerMessage")
    again = BOOT | {"reason": "Triggered"}
    assert (await station.call("BootNotification", again))["status"] == "Accepted"

    assert asked == {"requestedMessage": "BootNotification"}
    await operator.sees(command, "done")
    assert await station.call("StatusNotification", AVAILABLE) == {}


# -- network profiles


@VERSIONS
@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Accepted", "accepted", id="TC_B_42"),
        pytest.param("Failed", "rejected", id="TC_B_44"),
        pytest.param("Rejected", "rejected", id="rejected"),
    ],
)
async def test_a_network_profile_is_set_or_not(operator, version, status, state):
    station = await operator.answering(version=version)
    station.on["SetNetworkProfile"] = {"status": status}

    command = await operator.asks(
        station.id,
        "set_network_profile",
        wait=10,
        slot=2,
        url="wss://ocpp.example.org/v",
        interface="wireless0",
        security_profile=2,
        message_timeout_s=25,
    )

    assert (command["state"], command["answer"]) == (state, status)
    _, payload = await station.is_asked("SetNetworkProfile")
    assert payload == {
        "configurationSlot": 2,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppInterface": "Wireless0",
            "ocppTransport": "JSON",
            "messageTimeout": 25,
            "ocppCsmsUrl": "wss://ocpp.example.org/v",
            "securityProfile": 2,
        },
    }


@pytest.mark.parametrize("field", [{"interface": "any"}, {"ocpp_version": "2.1"}])
async def test_what_2_0_1_has_no_word_for_is_refused(operator, field):
    station = await operator.answering(version=V201)

    refused = await operator.refused(
        station.id, "set_network_profile", slot=1, url="ws://a", security_profile=1, **field
    )

    assert refused.status_code == 422
    assert station.asked == []
