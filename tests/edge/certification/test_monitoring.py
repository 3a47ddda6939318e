"""Block N of 2.0.1 and 2.1: monitors are set, cleared and told (N02-N06)."""

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
EVSE = {"name": "EVSE", "evse": {"id": 1}}
STATE = {"name": "AvailabilityState"}
POWER = {"name": "Power"}


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(operator, request):
    return await operator.answering(version=request.param)


def monitor(monitor_id, component=EVSE, variable=STATE, kind="Delta", value=1, severity=8):
    """What a station tells of a variable with one monitor."""
    told = {
        "id": monitor_id,
        "transaction": False,
        "value": value,
        "type": kind,
        "severity": severity,
    }
    return {"component": component, "variable": variable, "variableMonitoring": [told]}


async def tells(station, request_id, *monitors, seq_no=0, tbc=None):
    payload = {"requestId": request_id, "seqNo": seq_no, "generatedAt": at()}
    payload |= {"monitor": list(monitors)} if monitors else {}
    payload |= {"tbc": tbc} if tbc is not None else {}
    assert await station.call("NotifyMonitoringReport", payload) == {}


async def gets_report(operator, station, status="Accepted", **fields):
    before = sum(action == "GetMonitoringReport" for _, action, _ in station.asked)
    station.on["GetMonitoringReport"] = {"status": status}
    command = await operator.asks(station.id, "get_monitoring_report", **fields)
    _, asked = await station.is_asked("GetMonitoringReport", before + 1)
    return command, asked


async def shown(server, station, **query):
    return await server.items(f"/api/v1/stations/{station.id}/monitors", **query)


AT_EVSE = {"component": "EVSE", "evse_id": 1, "name": "AvailabilityState"}
AT_STATION = {"component": "ChargingStation", "name": "Power"}
STATE_AT_STATION = AT_STATION | {"name": "AvailabilityState"}
POWER_AT_EVSE = AT_EVSE | {"name": "Power"}
STATION = {"name": "ChargingStation"}
DELTA, THRESHOLD = {"criteria": ["delta"]}, {"criteria": ["threshold"]}
WIRE_DELTA = {"monitoringCriteria": ["DeltaMonitoring"]}
WIRE_THRESHOLD = {"monitoringCriteria": ["ThresholdMonitoring"]}
LIMIT_AT_STATION = monitor(2, STATION, POWER, "UpperThreshold", 22000)


def about(*places):
    """In GetMonitoringReport."""
    return {"componentVariable": [{"component": c, "variable": v} for c, v in places]}


@pytest.mark.parametrize(
    ("nothing", "wire_nothing", "something", "wire_something", "told"),
    [
        pytest.param(
            DELTA,
            WIRE_DELTA,
            THRESHOLD,
            WIRE_THRESHOLD,
            [LIMIT_AT_STATION, monitor(3, EVSE, POWER, "LowerThreshold", 10)],
            id="TC_N_01",
        ),
        pytest.param(
            {"variables": [AT_STATION]},
            about((STATION, POWER)),
            {"variables": [AT_EVSE]},
            about((EVSE, STATE)),
            [monitor(1)],
            id="TC_N_02",
        ),
        pytest.param(
            DELTA | {"variables": [AT_EVSE]},
            WIRE_DELTA | about((EVSE, STATE)),
            THRESHOLD | {"variables": [AT_STATION]},
            WIRE_THRESHOLD | about((STATION, POWER)),
            [LIMIT_AT_STATION],
            id="TC_N_03",
        ),
        pytest.param(
            THRESHOLD | {"variables": [AT_STATION, POWER_AT_EVSE]},
            WIRE_THRESHOLD | about((STATION, POWER), (EVSE, POWER)),
            DELTA | {"variables": [STATE_AT_STATION, AT_EVSE]},
            WIRE_DELTA | about((STATION, STATE), (EVSE, STATE)),
            [monitor(1), monitor(4, STATION)],
            id="TC_N_60",
        ),
        pytest.param(
            {}, {}, {}, {}, [monitor(1), monitor(5, EVSE, POWER, "Periodic", 60)], id="TC_N_47"
        ),
    ],
)
async def test_a_report_of_monitors_is_asked_for_and_shown(
    operator, server, station, nothing, wire_nothing, something, wire_something, told
):
    """First nothing fits, then there is a report, a monitor in each part."""
    empty, asked = await gets_report(operator, station, "EmptyResultSet", **nothing)
    assert asked == {"requestId": asked["requestId"]} | wire_nothing
    assert (await operator.sees(empty, "done"))["detail"] == "the station has no such monitors"

    command, asked = await gets_report(operator, station, **something)
    assert asked == {"requestId": asked["requestId"]} | wire_something
    await operator.sees(command, "accepted")
    for number, each in enumerate(told):
        more = number + 1 < len(told)
        await tells(station, asked["requestId"], each, seq_no=number, tbc=more)

    await operator.sees(command, "done")
    kinds = {
        "Delta": "delta",
        "Periodic": "periodic",
        "UpperThreshold": "upper_threshold",
        "LowerThreshold": "lower_threshold",
    }
    assert {
        (
            each["monitor_id"],
            each["component"],
            each["evse_id"],
            each["name"],
            each["kind"],
            each["value"],
            each["severity"],
        )
        for each in await shown(server, station)
    } == {
        (
            found["id"],
            each["component"]["name"],
            each["component"].get("evse", {}).get("id"),
            each["variable"]["name"],
            kinds[found["type"]],
            found["value"],
            found["severity"],
        )
        for each in told
        for found in each["variableMonitoring"]
    }


async def test_a_whole_report_leaves_nothing_that_is_not_there(operator, server, station):
    """N04.FR.19: numbers may change at a reboot."""
    first, asked = await gets_report(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked["requestId"], monitor(1), monitor(2, severity=7))
    await operator.sees(first, "done")

    second, asked = await gets_report(operator, station)
    await operator.sees(second, "accepted")
    await tells(station, asked["requestId"], monitor(2), seq_no=1, tbc=False)
    assert [each["monitor_id"] for each in await shown(server, station)] == [1, 2]
    await tells(station, asked["requestId"], monitor(3), seq_no=0, tbc=True)

    await operator.sees(second, "done")
    assert [each["monitor_id"] for each in await shown(server, station)] == [2, 3]


async def test_a_report_of_some_monitors_leaves_the_others(operator, server, station):
    first, asked = await gets_report(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked["requestId"], monitor(1))
    await operator.sees(first, "done")

    second, asked = await gets_report(operator, station, criteria=["threshold"])
    await operator.sees(second, "accepted")
    await tells(station, asked["requestId"], monitor(2, kind="UpperThreshold"))
    await operator.sees(second, "done")

    assert [each["monitor_id"] for each in await shown(server, station)] == [1, 2]


async def test_an_empty_whole_report_leaves_nothing(operator, server, station):
    first, asked = await gets_report(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked["requestId"], monitor(1))
    await operator.sees(first, "done")

    second, _ = await gets_report(operator, station, "EmptyResultSet")
    await operator.sees(second, "done")

    assert await shown(server, station) == []


async def test_a_report_that_nobody_asked_for_is_kept(server, station):
    await tells(station, 4711, monitor(1))

    assert len(await shown(server, station)) == 1


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_a_report_that_is_refused_is_rejected(operator, station, status):
    command, _ = await gets_report(operator, station, status)

    assert (await operator.sees(command, "rejected"))["answer"] == status


@pytest.mark.parametrize(
    ("base", "wire"),
    [
        ("all", "All"),
        ("factory_default", "FactoryDefault"),
        ("hard_wired_only", "HardWiredOnly"),
    ],
)
@pytest.mark.parametrize(
    ("status", "state"),
    [("Accepted", "accepted"), ("NotSupported", "rejected"), ("Rejected", "rejected")],
)
async def test_a_monitoring_base_is_set_or_not(operator, station, base, wire, status, state):
    """TC_N_05."""
    station.on["SetMonitoringBase"] = {"status": status}

    command = await operator.asks(station.id, "set_monitoring_base", wait=10, base=base)

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[-1][2] == {"monitoringBase": wire}


async def test_a_base_without_custom_monitors_takes_them_away(operator, server, station):
    """N03.FR.03, .04."""
    station.on["SetMonitoringBase"] = ACCEPTED
    station.on["SetVariableMonitoring"] = takes_all()
    await operator.asks(station.id, "set_variable_monitoring", wait=10, monitors=[AT_EVSE])
    await tells(station, 1, monitor(1, severity=3))

    await operator.asks(station.id, "set_monitoring_base", wait=10, base="all")
    assert len(await shown(server, station)) == 2
    await operator.asks(station.id, "set_monitoring_base", wait=10, base="factory_default")

    assert [each["monitor_id"] for each in await shown(server, station)] == [1]


def takes_all(first=100, status="Accepted"):
    """Answers each monitor, in the opposite order."""

    def answer(asked):
        results = [
            {
                "id": each.get("id", first + number),
                "status": status,
                "type": each["type"],
                "severity": each["severity"],
                "component": each["component"],
                "variable": each["variable"],
            }
            for number, each in enumerate(asked["setMonitoringData"])
        ]
        if status != "Accepted":
            for each in results:
                del each["id"]
        return {"setMonitoringResult": results[::-1]}

    return answer


async def test_a_monitor_is_set(operator, server, station):
    """TC_N_08."""
    station.on["SetVariableMonitoring"] = takes_all()

    command = await operator.asks(
        station.id, "set_variable_monitoring", wait=10, monitors=[AT_EVSE | {"severity": 8}]
    )

    assert command["state"] == "accepted"
    (found,) = command["result"]["monitors"]
    assert (found["monitor_id"], found["answer"]) == (100, "Accepted")
    assert station.asked[0][2] == {
        "setMonitoringData": [
            {"value": 1, "type": "Delta", "severity": 8, "component": EVSE, "variable": STATE}
        ]
    }
    (kept,) = await shown(server, station, component="evse")
    assert (kept["monitor_id"], kept["origin"]) == (100, "custom_monitor")


async def test_several_monitors_are_set_at_once(operator, server, station):
    """TC_N_09; the answers come in another order."""
    station.on["SetVariableMonitoring"] = takes_all()
    threshold = AT_STATION | {"kind": "upper_threshold", "value": 22000.5, "severity": 4}

    command = await operator.asks(
        station.id,
        "set_variable_monitoring",
        wait=10,
        monitors=[AT_EVSE, threshold | {"in_transactions": True}],
    )

    assert [each["monitor_id"] for each in command["result"]["monitors"]] == [100, 101]
    _, second = await shown(server, station)
    assert (
        second.items()
        >= {
            "name": "Power",
            "kind": "upper_threshold",
            "value": 22000.5,
            "severity": 4,
            "in_transactions": True,
        }.items()
    )


async def test_a_monitor_replaces_the_one_with_its_number(operator, server, station):
    """N04.FR.12."""
    station.on["SetVariableMonitoring"] = takes_all()
    await operator.asks(station.id, "set_variable_monitoring", wait=10, monitors=[AT_EVSE])

    await operator.asks(
        station.id,
        "set_variable_monitoring",
        wait=10,
        monitors=[AT_EVSE | {"monitor_id": 100, "severity": 2}],
    )

    assert station.asked[-1][2]["setMonitoringData"][0]["id"] == 100
    (kept,) = await shown(server, station)
    assert kept["severity"] == 2


@pytest.mark.parametrize(
    "word",
    ["UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate"],
)
async def test_a_monitor_that_is_refused_says_why(operator, server, station, word):
    station.on["SetVariableMonitoring"] = takes_all(status=word)

    command = await operator.asks(
        station.id, "set_variable_monitoring", wait=10, monitors=[AT_EVSE]
    )

    assert (command["state"], command["answer"]) == ("rejected", word)
    assert command["detail"] == f"EVSE#1.AvailabilityState: {word}"
    assert await shown(server, station) == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Accepted", "accepted", id="TC_N_16"),
        pytest.param("Rejected", "rejected", id="TC_N_17"),
    ],
)
async def test_a_monitoring_level_is_set_or_not(operator, station, status, state):
    station.on["SetMonitoringLevel"] = {"status": status}

    command = await operator.asks(station.id, "set_monitoring_level", wait=10, severity=4)

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[0][2] == {"severity": 4}


def clears(word="Accepted"):
    return lambda asked: {
        "clearMonitoringResult": [{"id": each, "status": word} for each in asked["id"]]
    }


async def takes_so_many(station, operator, message, items):
    """The operator has the station tell how much of such a list it takes."""
    variable = {"name": "ItemsPerMessage", "instance": message}
    station.on["GetVariables"] = {
        "getVariableResult": [
            {
                "attributeStatus": "Accepted",
                "attributeValue": str(items),
                "component": {"name": "MonitoringCtrlr"},
                "variable": variable,
            }
        ]
    }
    await operator.asks(
        station.id,
        "get_variables",
        wait=10,
        variables=[{"component": "MonitoringCtrlr"} | variable],
    )


async def test_more_monitors_than_the_station_takes_are_cleared_in_turns(operator, server, station):
    """TC_N_18."""
    await takes_so_many(station, operator, "ClearVariableMonitoring", 2)
    await tells(station, 1, monitor(1), monitor(2), monitor(9))
    station.on["ClearVariableMonitoring"] = clears()

    command = await operator.asks(
        station.id, "clear_variable_monitoring", wait=10, monitor_ids=[1, 2, 3, 4, 5, 5]
    )

    sent = [each[2]["id"] for each in station.asked if each[1] == "ClearVariableMonitoring"]
    assert sent == [[1, 2], [3, 4], [5]]
    assert command["state"] == "accepted"
    assert [each["monitor_id"] for each in command["result"]["monitors"]] == [1, 2, 3, 4, 5]
    assert [each["monitor_id"] for each in await shown(server, station)] == [9]


async def test_more_monitors_than_the_station_takes_are_set_in_turns(operator, station):
    """N04.FR.09."""
    await takes_so_many(station, operator, "SetVariableMonitoring", 2)
    station.on["SetVariableMonitoring"] = takes_all()
    monitors = [AT_EVSE | {"severity": each} for each in range(5)]

    command = await operator.asks(station.id, "set_variable_monitoring", wait=10, monitors=monitors)

    sent = [
        len(each[2]["setMonitoringData"])
        for each in station.asked
        if each[1] == "SetVariableMonitoring"
    ]
    assert (command["state"], sent) == ("accepted", [2, 2, 1])


@pytest.mark.parametrize(
    ("word", "left"), [pytest.param("Rejected", [1], id="TC_N_44"), ("NotFound", [])]
)
async def test_a_monitor_that_is_not_cleared_says_why(operator, server, station, word, left):
    await tells(station, 1, monitor(1))
    station.on["ClearVariableMonitoring"] = clears(word)

    command = await operator.asks(station.id, "clear_variable_monitoring", wait=10, monitor_ids=[1])

    assert (command["state"], command["answer"]) == ("rejected", word)
    assert command["detail"] == f"monitor 1: {word}"
    assert [each["monitor_id"] for each in await shown(server, station)] == left


async def test_a_silence_in_between_tells_what_was_cleared_before(operator, station):
    await takes_so_many(station, operator, "ClearVariableMonitoring", 1)
    answers = iter([clears()({"id": [1]}), ["InternalError", "", {}]])
    station.on["ClearVariableMonitoring"] = lambda _asked: next(answers)

    command = await operator.asks(
        station.id, "clear_variable_monitoring", wait=10, monitor_ids=[1, 2]
    )

    assert command["state"] == "call_error"
    assert command["result"]["monitors"] == [{"monitor_id": 1, "answer": "Accepted"}]
    assert command["detail"].endswith("1 of 2 monitors were answered before that")


async def test_an_event_has_the_severity_of_its_monitor(operator, server, station):
    """2.0.1 stations do not tell it in the event."""
    await tells(station, 1, monitor(1, severity=3))
    event = {
        "eventId": 1,
        "timestamp": at(),
        "trigger": "Delta",
        "actualValue": "Faulted",
        "variableMonitoringId": 1,
        "eventNotificationType": "CustomMonitor",
        "component": EVSE,
        "variable": STATE,
    }
    payload = {"generatedAt": at(), "seqNo": 0, "eventData": [event]}

    assert await station.call("NotifyEvent", payload) == {}

    (found,) = await server.items(f"/api/v1/stations/{station.id}/monitoring-events")
    assert found["severity"] == 3


async def test_a_station_of_1_6_has_no_monitors(operator):
    station = await operator.answering()

    answer = await operator.refused(station.id, "set_monitoring_level", severity=4)

    assert (answer.status_code, answer.json()["code"]) == (409, "command_not_served")


@pytest.mark.parametrize(
    "body",
    [
        {"monitors": []},
        {"monitors": [AT_EVSE | {"severity": 10}]},
        {"monitors": [{"component": "Connector", "connector_id": 1, "name": "X"}]},
        {"monitors": [AT_EVSE | {"value": "much"}]},
    ],
)
async def test_what_is_no_monitor_is_refused(operator, station, body):
    answer = await operator.refused(station.id, "set_variable_monitoring", **body)

    assert answer.status_code == 422
    assert station.asked == []


async def test_what_goes_through_the_raw_door_is_kept_as_well(operator, server, station):
    station.on["SetVariableMonitoring"] = takes_all()
    station.on["ClearVariableMonitoring"] = clears()
    data = {"value": 1, "type": "Delta", "severity": 8, "component": EVSE, "variable": STATE}

    answer = await operator.raw(
        station.id, "SetVariableMonitoring", {"setMonitoringData": [data, data | {"severity": 7}]}
    )
    assert answer.status_code == 200
    assert [each["monitor_id"] for each in await shown(server, station)] == [100, 101]
    await operator.raw(station.id, "ClearVariableMonitoring", {"id": [100]})

    assert [each["monitor_id"] for each in await shown(server, station)] == [101]


@pytest.mark.parametrize(
    ("answer", "state"),
    [(["NotSupported", "", {}], "call_error"), ({"nonsense": 1}, "invalid_answer")],
)
async def test_an_answer_that_is_none_keeps_nothing(operator, server, station, answer, state):
    station.on["SetVariableMonitoring"] = answer

    command = await operator.asks(
        station.id, "set_variable_monitoring", wait=10, monitors=[AT_EVSE]
    )

    assert command["state"] == state
    assert await shown(server, station) == []
