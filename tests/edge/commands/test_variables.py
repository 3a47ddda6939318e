"""The configuration of a station: read whole or in part, changed, and kept as it was told."""

import asyncio
import contextlib

import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result

from tests.edge.conftest import V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIGURATION = {
    "HeartbeatInterval": (False, "300"),
    "NumberOfConnectors": (True, "2"),
    "GetConfigurationMaxKeys": (True, "2"),
    "wlan_ssid": (False, None),
}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


def told(*keys, unknown=(), **values):
    """A GetConfiguration.conf."""
    listed = [
        {"key": key, "readonly": CONFIGURATION[key][0], "value": CONFIGURATION[key][1]}
        for key in keys
    ] + [{"key": key, "readonly": False, "value": value} for key, value in values.items()]
    listed = [{k: v for k, v in each.items() if v is not None} for each in listed]
    return {"configurationKey": listed} | ({"unknownKey": list(unknown)} if unknown else {})


def echoes(asked):
    """Every key that is asked for has its number as its value."""
    return told(**{key: key.removeprefix("k") for key in asked["key"]})


async def kept(operator, station, **query):
    """The variables that are kept, by the station's own text."""
    items = await operator.server.items(f"/api/v1/stations/{station.id}/variables", **query)
    return {each["key"]: each for each in items}


async def values(operator, station):
    return {key: each["value"] for key, each in (await kept(operator, station)).items()}


async def has_read(operator, station, **answer):
    """A station whose configuration is this."""
    station.on["GetConfiguration"] = told(**answer)
    await operator.asks(station.id, "get_variables", wait=10)


class Official(ChargePoint):
    """The `ocpp` package's station; it checks what it is asked by the official schema."""

    @on("GetConfiguration")
    def on_get(self, key=None):
        known = {name: each for name, each in CONFIGURATION.items() if not key or name in key}
        return call_result.GetConfiguration(
            configuration_key=[
                {"key": name, "readonly": readonly} | ({"value": value} if value else {})
                for name, (readonly, value) in known.items()
            ],
            unknown_key=[name for name in key or () if name not in CONFIGURATION],
        )

    @on("ChangeConfiguration")
    def on_change(self, key, value):
        if key not in CONFIGURATION:
            return call_result.ChangeConfiguration("NotSupported")
        return call_result.ChangeConfiguration("Rejected" if CONFIGURATION[key][0] else "Accepted")


@contextlib.asynccontextmanager
async def official(operator):
    station = await operator.server.connects()
    charge_point = Official(station.id, station.socket)
    listening = asyncio.create_task(charge_point.start())
    try:
        yield charge_point
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_station_by_others_tells_everything_and_takes_a_value(operator):
    async with official(operator) as station:
        read = await operator.asks(station.id, "get_variables", wait=10)
        changed = await operator.asks(
            station.id,
            "set_variables",
            wait=10,
            variables=[{"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "60"}],
        )
        some = await operator.asks(
            station.id, "get_variables", wait=10, variables=["NumberOfConnectors", "Nonsense"]
        )

    assert read["state"] == "accepted"
    assert [each["key"] for each in read["result"]["variables"]] == list(CONFIGURATION)
    assert read["result"]["variables"][0] == {
        "component": "OCPPCommCtrlr",
        "name": "HeartbeatInterval",
        "instance": None,
        "key": "HeartbeatInterval",
        "value": "300",
        "mutability": "read_write",
    }
    assert (changed["state"], changed["answer"]) == ("accepted", "Accepted")
    assert [each["value"] for each in some["result"]["variables"]] == ["2"]
    assert [each["key"] for each in some["result"]["unknown"]] == ["Nonsense"]
    found = await kept(operator, station)
    assert {key: each["value"] for key, each in found.items()} == {
        "HeartbeatInterval": "60",
        "NumberOfConnectors": "2",
        "GetConfigurationMaxKeys": "2",
        "wlan_ssid": None,
        "Nonsense": None,
    }
    assert found["Nonsense"]["unknown"] is True
    assert found["wlan_ssid"]["component"] == "Ocpp16"
    heartbeat = found["HeartbeatInterval"]
    assert heartbeat["reported_at"] < heartbeat["set_at"]


@pytest.mark.parametrize("payload", [{}, {"key": []}], ids=["no key list", "an empty one"])
async def test_a_full_read_through_the_raw_door_forgets_what_is_gone(operator, payload):
    station = await operator.answering()
    await has_read(operator, station, Old="1", Stays="2")

    station.on["GetConfiguration"] = told(Stays="3", New="4")
    await operator.raw(station.id, "GetConfiguration", payload)

    assert await values(operator, station) == {"Stays": "3", "New": "4"}


async def test_a_part_that_is_read_leaves_the_rest(operator):
    station = await operator.answering()
    await has_read(operator, station, A="1", B="2")

    station.on["GetConfiguration"] = told(A="9", unknown=["C"])
    await operator.raw(station.id, "GetConfiguration", {"key": ["A", "C"]})

    found = await kept(operator, station)
    assert {key: each["value"] for key, each in found.items()} == {"A": "9", "B": "2", "C": None}
    assert [key for key, each in found.items() if each["unknown"]] == ["C"]


async def test_what_was_unknown_is_known_once_it_is_told(operator):
    station = await operator.answering()
    station.on["GetConfiguration"] = told(unknown=["A"])
    await operator.raw(station.id, "GetConfiguration", {"key": ["A"]})

    await has_read(operator, station, A="1")

    assert (await kept(operator, station))["A"]["unknown"] is False


async def test_an_answer_without_anything_does_not_make_a_station_forget(operator):
    station = await operator.answering()
    await has_read(operator, station, A="1")

    station.on["GetConfiguration"] = {}
    command = await operator.asks(station.id, "get_variables", wait=10)

    assert command["state"] == "accepted"
    assert await values(operator, station) == {"A": "1"}


async def test_values_of_any_length_and_keys_in_any_case_are_taken(operator):
    """Quirks Q23, Q36."""
    station = await operator.answering()

    await has_read(operator, station, heartbeatINTERVAL="300", Long="x" * 100_000)

    found = await kept(operator, station, component="ocppcommctrlr")
    assert found["heartbeatINTERVAL"]["name"] == "HeartbeatInterval"
    assert len((await values(operator, station))["Long"]) == 100_000


async def test_a_key_that_is_told_twice_or_is_endless_does_no_harm(operator):
    station = await operator.answering()
    station.on["GetConfiguration"] = {
        "configurationKey": [
            {"key": key, "readonly": False, "value": value}
            for key, value in (("A", "1"), ("a", "2"), ("k" * 5000, "3"))
        ]
    }

    command = await operator.asks(station.id, "get_variables", wait=10)

    assert command["state"] == "accepted"
    assert await values(operator, station) == {"a": "2"}


async def test_the_station_is_asked_in_its_own_spelling(operator):
    """Quirk Q36."""
    station = await operator.answering()
    await has_read(operator, station, HeartBeatInterval="300", Wlan_SSID="x")
    station.on["ChangeConfiguration"] = {"status": "Accepted"}

    await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[
            {"name": "heartbeatinterval", "value": "1"},
            {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "2"},
            {"component": "Ocpp16", "name": "WLAN_SSID", "value": "home"},
        ],
    )

    sent = [payload for _, action, payload in station.asked if action == "ChangeConfiguration"]
    assert sent == [
        {"key": "HeartBeatInterval", "value": "1"},
        {"key": "HeartBeatInterval", "value": "2"},
        {"key": "Wlan_SSID", "value": "home"},
    ]
    assert await values(operator, station) == {"HeartBeatInterval": "2", "Wlan_SSID": "home"}


@pytest.mark.parametrize(
    ("wanted", "calls"), [(3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])], ids=str
)
async def test_no_more_keys_are_asked_for_at_once_than_the_station_takes(operator, wanted, calls):
    station = await operator.answering()
    await has_read(operator, station, GetConfigurationMaxKeys="3")
    station.asked.clear()
    station.on["GetConfiguration"] = echoes
    keys = [f"k{n}" for n in range(wanted)]

    command = await operator.asks(station.id, "get_variables", wait=10, variables=keys)

    assert [len(payload["key"]) for _, _, payload in station.asked] == calls
    assert command["state"] == "accepted"
    assert [each["key"] for each in command["result"]["variables"]] == keys
    assert len(await values(operator, station)) == wanted + 1


@pytest.mark.parametrize("limit", [None, "", "many", "0", "-1", "9" * 40])
async def test_a_limit_that_is_none_is_no_limit(operator, limit):
    station = await operator.answering()
    if limit is not None:
        await has_read(operator, station, GetConfigurationMaxKeys=limit)
        station.asked.clear()
    station.on["GetConfiguration"] = echoes

    await operator.asks(
        station.id, "get_variables", wait=10, variables=[f"k{n}" for n in range(60)]
    )

    assert [len(payload["key"]) for _, _, payload in station.asked] == [60]


async def silent_in_the_middle(operator, answer):
    """A station of two keys at a time that answers once so, and then with what is given."""
    station = await operator.answering()
    await has_read(operator, station, GetConfigurationMaxKeys="2")
    station.asked.clear()
    station.on["GetConfiguration"] = lambda asked: echoes(asked) if "k0" in asked["key"] else answer
    keys = [f"k{n}" for n in range(5)]
    return station, await operator.asks(station.id, "get_variables", wait=10, variables=keys)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (None, "timed_out"),
        (["InternalError", "busy", {}], "call_error"),
        ({"configurationKey": "none"}, "invalid_answer"),
    ],
    ids=["silence", "a CALLERROR", "nonsense"],
)
async def test_what_was_read_before_the_station_failed_is_kept_and_told(operator, answer, state):
    station, command = await silent_in_the_middle(operator, answer)

    assert command["state"] == state
    assert [each["value"] for each in command["result"]["variables"]] == ["0", "1"]
    assert command["detail"].endswith("2 of 5 variables were read before that")
    assert len(station.asked) == 2
    assert {"k0": "0", "k1": "1"}.items() <= (await values(operator, station)).items()


async def test_an_answer_that_comes_late_is_kept_but_does_not_make_the_rest_read(operator):
    station, command = await silent_in_the_middle(operator, None)
    message_id, _ = await station.is_asked("GetConfiguration", 2)

    await station.says([3, message_id, told(k2="2", k3="3")])

    await eventually(lambda: values(operator, station), lambda found: found.get("k3") == "3")
    shown = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert shown["state"] == "timed_out"
    assert len(shown["result"]["variables"]) == 2


async def test_a_connection_that_ends_in_the_middle_leaves_what_was_read(operator):
    station = await operator.answering()
    await has_read(operator, station, GetConfigurationMaxKeys="1")
    station.on["GetConfiguration"] = lambda asked: echoes(asked) if "k0" in asked["key"] else None
    command = await operator.asks(station.id, "get_variables", variables=["k0", "k1"])
    await station.is_asked("GetConfiguration", 3)

    await station.leaves()

    command = await operator.sees(command, "unknown")
    assert [each["key"] for each in command["result"]["variables"]] == ["k0"]
    assert (await values(operator, station))["k0"] == "0"


async def test_a_connection_that_ends_with_an_answer_leaves_what_was_read(operator):
    station = await operator.answering()
    await has_read(operator, station, GetConfigurationMaxKeys="1")

    async def answers_and_leaves(asked):
        await station.says([3, station.asked[-1][0], echoes(asked)])
        station.station.socket.transport.close()

    station.on["GetConfiguration"] = answers_and_leaves
    command = await operator.asks(station.id, "get_variables", wait=10, variables=["k0", "k1"])

    # Whether the second CALL still went out is a matter of moments.
    assert command["state"] in {"offline", "unknown"}
    assert [each["key"] for each in command["result"]["variables"]] == ["k0"]
    assert command["detail"].endswith("1 of 2 variables were read before that")
    assert (await values(operator, station))["k0"] == "0"


async def test_silence_to_the_only_question_is_silence(operator):
    station = await operator.answering()
    station.on["GetConfiguration"] = None

    command = await operator.asks(station.id, "get_variables", wait=10)

    assert (command["state"], command["result"]) == ("timed_out", None)


# -- changing


@pytest.mark.parametrize(
    ("status", "state", "value"),
    [
        ("Accepted", "accepted", "60"),
        ("RebootRequired", "reboot_required", "60"),
        ("Rejected", "rejected", "300"),
        ("NotSupported", "rejected", None),
        ("Perhaps", "invalid_answer", "300"),
    ],
)
@pytest.mark.parametrize("door", ["typed", "raw"])
async def test_what_is_kept_is_what_the_station_said(operator, status, state, value, door):
    station = await operator.answering()
    await has_read(operator, station, HeartbeatInterval="300")
    station.on["ChangeConfiguration"] = {"status": status}

    if door == "raw":
        payload = {"key": "HEARTBEATINTERVAL", "value": "60"}
        await operator.raw(station.id, "ChangeConfiguration", payload)
    else:
        command = await operator.asks(
            station.id,
            "set_variables",
            wait=10,
            variables=[{"name": "HeartbeatInterval", "value": "60"}],
        )
        assert command["state"] == state

    found = (await kept(operator, station))["HeartbeatInterval"]
    assert found["value"] == value
    assert found["reboot_required"] is (status == "RebootRequired")
    assert found["unknown"] is (status == "NotSupported")
    assert (found["set_at"] is not None) is (state in {"accepted", "reboot_required"})


async def test_what_waits_for_a_boot_is_in_force_after_it(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = {"status": "RebootRequired"}
    change = {"name": "HeartbeatInterval", "value": "60"}
    await operator.asks(station.id, "set_variables", wait=10, variables=[change])
    other = await operator.answering()

    await other.boots()
    assert (await kept(operator, station))["HeartbeatInterval"]["reboot_required"] is True
    await station.boots()

    found = (await kept(operator, station))["HeartbeatInterval"]
    assert (found["value"], found["reboot_required"]) == ("60", False)


async def test_each_key_is_asked_in_order_and_each_answer_is_told(operator):
    station = await operator.answering()
    statuses = {"A": "Accepted", "B": "NotSupported", "C": "RebootRequired", "D": "Rejected"}
    station.on["ChangeConfiguration"] = lambda asked: {"status": statuses[asked["key"]]}

    command = await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[{"name": name, "value": "1"} for name in statuses],
    )

    assert [payload["key"] for _, _, payload in station.asked] == list(statuses)
    answers = {each["key"]: each["answer"] for each in command["result"]["variables"]}
    assert answers == statuses
    assert command["state"] == "rejected"
    assert command["detail"] == "B: NotSupported; D: Rejected"


async def test_one_key_that_waits_for_a_boot_makes_all_wait(operator):
    station = await operator.answering()
    statuses = {"A": "RebootRequired", "B": "Accepted"}
    station.on["ChangeConfiguration"] = lambda asked: {"status": statuses[asked["key"]]}

    command = await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[{"name": name, "value": "1"} for name in statuses],
    )

    assert (command["state"], command["answer"]) == ("reboot_required", "RebootRequired")
    assert command["detail"] is None


async def test_a_callerror_to_one_key_does_not_keep_the_others_from_being_asked(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = lambda asked: (
        ["InternalError", "", {}] if asked["key"] == "A" else {"status": "Accepted"}
    )

    command = await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    )

    assert (command["state"], command["detail"]) == ("call_error", "A: InternalError")
    assert await values(operator, station) == {"B": "2"}


async def test_after_a_silence_the_rest_is_not_asked(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = lambda asked: (
        {"status": "Accepted"} if asked["key"] == "A" else None
    )

    command = await operator.asks(
        station.id,
        "set_variables",
        wait=10,
        variables=[{"name": name, "value": "1"} for name in "ABC"],
    )

    assert (command["state"], len(station.asked)) == ("timed_out", 2)
    assert command["detail"].endswith("B: timed_out; C: not asked")
    assert await values(operator, station) == {"A": "1"}


async def test_a_late_answer_to_the_only_key_settles_it(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = None
    command = await operator.asks(
        station.id, "set_variables", wait=10, variables=[{"name": "A", "value": "1"}]
    )
    message_id, _ = await station.is_asked("ChangeConfiguration")
    assert command["state"] == "timed_out"

    await station.says([3, message_id, {"status": "Accepted"}])

    assert (await operator.sees(command, "accepted"))["late"] is True
    assert await values(operator, station) == {"A": "1"}


async def test_a_read_only_key_is_asked_for_all_the_same(operator):
    """Quirk Q37: what is read-only may be writable."""
    station = await operator.answering()
    station.on["GetConfiguration"] = told("NumberOfConnectors")
    await operator.raw(station.id, "GetConfiguration")
    station.on["ChangeConfiguration"] = {"status": "Accepted"}

    change = {"name": "NumberOfConnectors", "value": "3"}
    command = await operator.asks(station.id, "set_variables", wait=10, variables=[change])

    assert command["state"] == "accepted"
    assert (await kept(operator, station))["NumberOfConnectors"]["mutability"] == "read_only"


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ("set_variables", [{"component": "TariffCostCtrlr", "name": "Currency", "value": "EUR"}]),
        ("set_variables", [{"name": "A", "value": "1"}, {"name": "B", "value": "x" * 501}]),
        ("set_variables", [{"name": "A"}]),
        ("set_variables", []),
        ("get_variables", []),
        ("get_variables", [{"component": "TxCtrlr", "name": "TxStartPoint"}]),
        ("get_variables", ["x" * 51]),
    ],
)
async def test_what_1_6_cannot_say_is_refused_before_anything_is_sent(operator, command, variables):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}

    answer = await operator.refused(station.id, command, variables=variables)

    assert answer.status_code == 422
    assert station.asked == []


async def test_a_station_of_2_0_1_is_not_asked_in_words_of_1_6(operator):
    station = await operator.answering(version=V201)

    everything = await operator.refused(station.id, "get_variables")
    by_key = await operator.refused(
        station.id, "set_variables", variables=[{"name": "HeartbeatInterval", "value": "1"}]
    )

    for answer in (everything, by_key):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert station.asked == []


async def test_text_that_no_database_holds_does_not_get_stuck(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}

    answer = await operator.raw(
        station.id, "ChangeConfiguration", '{"key":"A\\u0000","value":"1\\u0000"}'
    )

    assert answer.status_code == 200
    assert await values(operator, station) == {"A\ufffd": "1\ufffd"}


async def test_the_list_is_paged_and_filtered(operator):
    station = await operator.answering()
    await has_read(operator, station, **{f"Key{n:02}": str(n) for n in range(7)}, CpoName="ACME")
    path = f"/api/v1/stations/{station.id}/variables"

    first = await operator.server.get(path, limit=5)
    second = await operator.server.get(path, limit=5, cursor=first["next_cursor"])

    shown = [each["key"] for each in first["items"] + second["items"]]
    assert sorted(shown) == sorted([f"Key{n:02}" for n in range(7)] + ["CpoName"])
    assert second["next_cursor"] is None
    assert list(await kept(operator, station, name="organizationname")) == ["CpoName"]
    assert list(await kept(operator, station, name="cponame")) == ["CpoName"]
    assert list(await kept(operator, station, component="Ocpp16", name="key03")) == ["Key03"]
    assert (await operator.server.http.get("/api/v1/stations/nobody/variables")).status_code == 404


async def test_what_looks_like_a_secret_is_kept_and_shown_nowhere(operator):
    """1.6 has no word for what can only be written: the name has to do."""
    station = await operator.answering()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    station.on["GetConfiguration"] = told(wifi_password="4711-read")
    secret = {"name": "wifi_password", "value": "4711-set"}

    answers = [
        await operator.asks(station.id, "set_variables", wait=10, variables=[secret]),
        await operator.asks(station.id, "get_variables", wait=10, variables=["wifi_password"]),
        (await operator.raw(station.id, "GetConfiguration")).json(),
    ]

    assert station.asked[0][2] == {"key": "wifi_password", "value": "4711-set"}
    rows = await operator.server.journal(station.id, lambda rows: len(rows) == 3)
    assert "4711-" not in str([answers, rows, await kept(operator, station)])
