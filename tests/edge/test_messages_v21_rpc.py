"""Frames of 2.1: messages without an answer, answers that were of no use, and codes of all versions."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.edge.commands.conftest import Operator
from tests.edge.conftest import V16, V21, V201, VERSIONS, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

STREAM = {"id": 4, "pending": 0, "basetime": at(), "data": [{"t": 0, "v": "230.1"}]}
MONITOR = {
    "requestId": 1,
    "seqNo": 0,
    "generatedAt": at(),
    "monitor": [
        {
            "component": {"name": "EVSE", "evse": {"id": 1}},
            "variable": {"name": "Power"},
            "variableMonitoring": [
                {
                    "id": 7,
                    "transaction": False,
                    "value": 1,
                    "type": "Periodic",
                    "severity": 8,
                    "eventNotificationType": "CustomMonitor",
                }
            ],
        }
    ],
}


def opening(stream=4, monitor=7):
    params = {"interval": 60}
    stream_data = {"id": stream, "variableMonitoringId": monitor, "params": params}
    return {"constantStreamData": stream_data}


@pytest.fixture
def operator(server):
    return Operator(server)


@pytest_asyncio.fixture(loop_scope="module")
async def station(operator):
    return await operator.answering(version=V21)


async def events(server, station):
    return await server.items(f"/api/v1/stations/{station.id}/monitoring-events")


# -- SEND


async def test_values_of_a_stream_are_kept_and_not_answered(server):
    """N11.FR.04, N15.FR.02, N15.FR.03."""
    station = await server.connects(version=V21)
    await station.call("NotifyMonitoringReport", MONITOR)
    assert await station.call("OpenPeriodicEventStream", opening()) == {"status": "Accepted"}

    data = [{"t": 0, "v": "230.1"}, {"t": 1.5, "v": "230.4"}]
    for _ in range(2):  # the second time changes nothing
        sent = [6, "s1", "NotifyPeriodicEventStream", STREAM | {"data": data}]
        await station.says(json.dumps(sent))

    await station.beats()  # the next frame is its answer
    found = await eventually(lambda: events(server, station), lambda found: len(found) == 2)
    assert [(each["at"], each["value"]) for each in found] == [
        (at(1.5), "230.4"),
        (at(), "230.1"),
    ]
    told = ("component", "name", "evse_id", "trigger", "origin", "monitor_id", "severity")
    assert [found[0][name] for name in told] == [
        "EVSE",
        "Power",
        1,
        "periodic",
        "custom_monitor",
        7,
        8,
    ]
    rows = await server.journal(
        station.id, lambda rows: len(rows) == 2, action="NotifyPeriodicEventStream"
    )
    assert [(row["reply"], row["verdict"]) for row in rows] == [(None, "ok")] * 2


async def test_a_stream_of_a_monitor_that_nobody_knows_is_rejected(server):
    """N11.FR.05: the station then tells by NotifyEvent."""
    station = await server.connects(version=V21)

    answer = await station.call("OpenPeriodicEventStream", opening(monitor=99))

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "UnknownMonitor"


async def test_a_stream_may_be_opened_before_the_answer_to_its_monitor_is_stored(operator, station):
    """N11.FR.02: the station opens it as soon as it has the monitor."""
    wanted = {"value": 1, "type": "Periodic", "severity": 8}
    wanted |= {name: MONITOR["monitor"][0][name] for name in ("component", "variable")}
    station.on["SetVariableMonitoring"] = lambda _payload: None
    payload = {"setMonitoringData": [wanted]}
    asking = asyncio.create_task(operator.raw(station.id, "SetVariableMonitoring", payload))
    message_id, _ = await station.is_asked("SetVariableMonitoring")

    answer = await station.call("OpenPeriodicEventStream", opening(monitor=31))

    assert answer == {"status": "Accepted"}
    result = {name: value for name, value in wanted.items() if name != "value"}
    result |= {"status": "Accepted", "id": 31}
    await station.says([3, message_id, {"setMonitoringResult": [result]}])
    assert (await asking).status_code == 200


async def test_values_of_a_closed_stream_are_only_in_the_journal(server):
    """N13.FR.02."""
    station = await server.connects(version=V21)
    await station.call("NotifyMonitoringReport", MONITOR)
    await station.call("OpenPeriodicEventStream", opening())
    assert await station.call("ClosePeriodicEventStream", {"id": 4}) == {}

    await station.says(json.dumps([6, "s1", "NotifyPeriodicEventStream", STREAM]))

    await station.beats()
    rows = await server.journal(
        station.id, lambda rows: len(rows) == 1, action="NotifyPeriodicEventStream"
    )
    assert "230.1" in rows[0]["frame"]
    assert await events(server, station) == []


async def test_a_value_is_taken_while_the_station_owes_us_an_answer(operator, server, station):
    await station.call("NotifyMonitoringReport", MONITOR)
    await station.call("OpenPeriodicEventStream", opening())
    station.on["ClearCache"] = lambda _payload: None
    command = await operator.asks(station.id, "clear_cache")
    message_id, _ = await station.is_asked("ClearCache")

    await station.says([6, "s1", "NotifyPeriodicEventStream", STREAM])

    await eventually(lambda: events(server, station), lambda found: len(found) == 1)
    await station.says([3, message_id, {"status": "Accepted"}])
    await operator.sees(command, "accepted")


@pytest.mark.parametrize(
    ("frame", "verdict"),
    [
        ([6, "s1", "NotifyPeriodicEventStream", {"id": 4}], "OccurrenceConstraintViolation"),
        ([6, "s1", "NotifyPeriodicEventStream", []], "OccurrenceConstraintViolation"),
        ([6, "s1", "Teleport", {}], "NotImplemented"),
        ([6, "s1", "Heartbeat", {}], "NotSupported"),
    ],
)
async def test_a_send_that_cannot_be_used_is_not_answered_either(server, frame, verdict):
    station = await server.connects(version=V21)

    await station.says(json.dumps(frame))

    await station.beats()
    rows = await server.journal(station.id, lambda rows: len(rows) == 2)
    assert rows[0]["verdict"] == verdict


async def test_values_that_are_sent_as_a_call_are_refused(server):
    station = await server.connects(version=V21)

    assert await station.code("NotifyPeriodicEventStream", STREAM) == "NotSupported"


# -- CALLRESULTERROR


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('{"status":{"word":"Accepted"}}', "TypeConstraintViolation"),
        ("{}", "OccurrenceConstraintViolation"),
        ('{"status":"Perhaps"}', "PropertyConstraintViolation"),
        ("7", "FormatViolation"),
        ("{status}", "FormatViolation"),
    ],
)
async def test_a_station_is_told_that_its_answer_was_of_no_use(operator, station, answer, code):
    station.on["ClearCache"] = lambda _payload: None
    command = await operator.asks(station.id, "clear_cache")
    message_id, _ = await station.is_asked("ClearCache")

    await station.says(f'[3,"{message_id}",{answer}]')

    frame = await station.result_error()
    assert frame[:3] == [5, message_id, code]
    assert isinstance(frame[3], str)
    assert frame[4] == {}
    shown = await operator.sees(command, "invalid_answer")
    assert code in shown["detail"]
    if frame[3]:
        assert frame[3] in shown["detail"]


@pytest.mark.parametrize("version", [V16, V201])
async def test_stations_of_other_versions_are_not_told(operator, version):
    station = await operator.answering(version=version)
    station.on["ClearCache"] = {"status": 7}

    command = await operator.asks(station.id, "clear_cache")

    await operator.sees(command, "invalid_answer")
    await station.call("Heartbeat")
    assert station.result_errors == []


async def test_a_broken_callerror_is_not_answered(operator, station):
    station.on["ClearCache"] = lambda _payload: None
    command = await operator.asks(station.id, "clear_cache")
    message_id, _ = await station.is_asked("ClearCache")

    await station.says(f'[4,"{message_id}",oops]')

    await operator.sees(command, "invalid_answer")
    await station.call("Heartbeat")
    assert station.result_errors == []


async def test_an_answer_of_ours_that_was_of_no_use_is_marked_and_not_sent_again(server):
    station = await server.connects(version=V21)
    await station.call("Heartbeat", message_id="h1")
    await station.call("Heartbeat", message_id="h2")

    await station.says('[5,"h1","PropertyConstraintViolation","time is wrong",{}]')

    await station.beats()  # and nothing else comes
    rows = await server.journal(
        station.id, lambda rows: [row["verdict"] for row in rows][:1] == ["answer_refused"]
    )
    assert [(row["message_id"], row["verdict"]) for row in rows[:3]] == [
        ("h1", "answer_refused"),
        ("h2", "ok"),
        ("h1", "ignored"),
    ]
    assert "property_constraint_violation" in rows[2]["reply"]
    assert "time is wrong" in rows[2]["frame"]
    found = await eventually(
        lambda: server.items(f"/api/v1/stations/{station.id}/deviations"), lambda found: found
    )
    assert [each["kind"] for each in found] == ["answer_refused"]
    failed = await server.items("/api/v1/messages", station_id=station.id, failed=True)
    assert {row["message_id"] for row in failed} == {"h1"}


# -- codes

_BOOT = {
    V16: {"chargePointVendor": "v", "chargePointModel": "m"},
    V201: {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}},
}
_BOOT[V21] = _BOOT[V201]


def _without(version):
    payload = dict(_BOOT[version])
    payload.pop("chargePointVendor" if version == V16 else "reason")
    return payload


def _wrong_type(version):
    name = "chargePointVendor" if version == V16 else "reason"
    return _BOOT[version] | {name: {"a": 1}}


def _frames(version):
    word = "Teleport"
    own = "RemoteStartTransaction" if version == V16 else "RequestStartTransaction"
    return {
        "frame": '[2,"x","BootNotification",',
        "arity": '[2,"x","BootNotification",{},{}]',
        "unreadable": "noise",
        "unknown type": '[9,"x",{}]',
        "unknown action": f'[2,"x","{word}",{{}}]',
        "ours": f'[2,"x","{own}",{{}}]',
        "payload": '[2,"x","BootNotification",7]',
        "missing": json.dumps([2, "x", "BootNotification", _without(version)]),
        "type": json.dumps([2, "x", "BootNotification", _wrong_type(version)]),
    }


#: Condition: what each version is told; None: nothing at all.
_CODES = {
    "frame": ("FormationViolation", "FormatViolation", "FormatViolation"),
    "arity": ("FormationViolation", "FormatViolation", "FormatViolation"),
    "unreadable": (None, "RpcFrameworkError", "RpcFrameworkError"),
    "unknown type": (None, "MessageTypeNotSupported", None),
    "unknown action": ("NotImplemented",) * 3,
    "ours": ("NotSupported",) * 3,
    "payload": ("FormationViolation", "FormatViolation", "FormatViolation"),
    "missing": (
        "OccurenceConstraintViolation",
        "OccurrenceConstraintViolation",
        "OccurrenceConstraintViolation",
    ),
    "type": ("TypeConstraintViolation",) * 3,
}


@pytest.mark.parametrize(
    ("condition", "version", "code"),
    [
        (condition, version, code)
        for condition, codes in _CODES.items()
        for version, code in zip(VERSIONS, codes, strict=True)
    ],
)
async def test_each_condition_has_its_code_in_each_version(server, condition, version, code):
    station_id = await server.station(security_profile=0, strict=True)
    station = await server.connects(station_id, version)

    await station.says(_frames(version)[condition])
    await station.says('[2,"after","Heartbeat",{}]')

    frame = await station.hears()
    if code is None:
        assert frame[:2] == [3, "after"]
    else:
        expected = "-1" if condition == "unreadable" else "x"
        assert frame[:3] == [4, expected, code]
        assert isinstance(frame[3], str)
        assert isinstance(frame[4], dict)
        assert (await station.hears())[1] == "after"
