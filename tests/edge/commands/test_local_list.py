"""Local authorization lists: what goes to a station, and what we say that it holds."""

import asyncio
import itertools

import asyncpg
import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call_result

from tests.edge.commands.conftest import Answering
from tests.edge.conftest import at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


@pytest.fixture
def holds(server):
    """What we say that a station holds."""

    async def ask(station_id):
        return await server.get(f"/api/v1/stations/{station_id}/local-list")

    return ask


async def conflicts(station, connector=0):
    """The station says that its list contradicts what it was told."""
    payload = {"connectorId": connector, "errorCode": "LocalListConflict", "status": "Available"}
    await station.call("StatusNotification", payload | {"timestamp": at()})


async def tells(operator, station, **limits):
    """The station tells what it takes, by the names of its configuration keys."""
    station.on["GetConfiguration"] = {
        "configurationKey": [
            {"key": key, "readonly": True, "value": str(value)} for key, value in limits.items()
        ]
    }
    assert (await operator.raw(station.id, "GetConfiguration")).status_code == 200
    station.asked.clear()


async def tokens(operator, count):
    return [await operator.server.token() for _ in range(count)]


async def holding(operator, *listed):
    """A connected station with these tokens on its list."""
    station = await operator.answering()
    station.on["SendLocalList"] = ACCEPTED
    if listed:
        command = await operator.asks(
            station.id, "send_local_list", wait=10, update="full", tokens=listed
        )
        assert command["state"] == "accepted", command
        station.asked.clear()
    return station


def sent(station: Answering):
    """Each list that the station was sent: its kind, and its tokens with their status."""
    return [
        (
            payload["updateType"],
            {
                each["idTag"]: each.get("idTagInfo", {}).get("status")
                for each in payload.get("localAuthorizationList", [])
            },
        )
        for _, action, payload in station.asked
        if action == "SendLocalList"
    ]


def versions(station: Answering):
    return [payload["listVersion"] for _, action, payload in station.asked]


def listed(shown):
    return {each["token"] for each in shown["items"]}


class Keeper(ocpp.v16.ChargePoint):
    """Keeps its list as the specification has it."""

    def __init__(self, *given):
        super().__init__(*given)
        self.version = 0
        self.kept = {}

    @on("SendLocalList")
    def on_list(self, list_version, update_type, local_authorization_list=(), **_):
        if update_type == "Full":
            self.kept = {}
        elif list_version <= self.version:
            return call_result.SendLocalList("VersionMismatch")
        for entry in local_authorization_list:
            if "id_tag_info" in entry:
                self.kept[entry["id_tag"]] = entry["id_tag_info"]
            else:
                self.kept.pop(entry["id_tag"], None)
        self.version = list_version
        return call_result.SendLocalList("Accepted")

    @on("GetLocalListVersion")
    def on_version(self, **_):
        return call_result.GetLocalListVersion(self.version)


async def test_a_station_by_others_keeps_the_list_that_we_say_it_has(operator, holds):
    one, two = await tokens(operator, 2)
    blocked = await operator.server.token(
        status="blocked", group="fleet", expires_at="2100-01-02T03:04:05Z"
    )
    socket = await operator.server.connects()
    keeper = Keeper(socket.id, socket.socket)
    listening = asyncio.create_task(keeper.start())

    first = await operator.asks(
        socket.id, "send_local_list", wait=10, update="full", tokens=[one, blocked]
    )
    assert first["state"] == "accepted", first
    assert keeper.kept == {
        one: {"status": "Accepted"},
        blocked: {
            "status": "Blocked",
            "parent_id_tag": "fleet",
            "expiry_date": "2100-01-02T03:04:05.000Z",
        },
    }
    second = await operator.asks(
        socket.id,
        "send_local_list",
        wait=10,
        update="differential",
        tokens=[two],
        remove=[one.lower()],
    )
    asked = await operator.asks(socket.id, "get_local_list_version", wait=10)

    assert set(keeper.kept) == {two, blocked}
    assert second["result"]["version"] > first["result"]["version"] >= 1
    assert asked["result"] == {"version": keeper.version}
    shown = await holds(socket.id)
    assert (shown["version"], shown["in_step"]) == (keeper.version, True)
    assert shown["reported_version"] == keeper.version
    assert shown["counts"] == {"accepted": 1, "blocked": 1}
    assert {each["token"]: each["status"] for each in shown["items"]} == {
        two: "accepted",
        blocked: "blocked",
    }
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_without_tokens_all_that_may_charge_are_on_the_list(operator, holds):
    await tokens(operator, 2)
    expired = await operator.server.token(expires_at="2020-01-01T00:00:00Z")
    blocked = await operator.server.token(status="blocked")
    too_long = await operator.server.token("A" + "B" * 20)
    station = await holding(operator)

    command = await operator.asks(station.id, "send_local_list", wait=10, update="full")

    every = await operator.server.items("/api/v1/tokens")
    good = {each["value"] for each in every if each["status"] == "accepted"} - {expired}
    ((kind, put),) = sent(station)
    assert kind == "Full"
    assert set(put) == good - {too_long}
    assert blocked not in put
    assert command["result"]["left_out"] == 1
    assert listed(await holds(station.id)) == set(put)
    await operator.server.http.delete(f"/api/v1/tokens/{too_long}")


async def test_without_tokens_a_difference_is_what_has_changed_since(operator):
    station = await holding(operator)
    gone, changed = await tokens(operator, 2)
    await operator.asks(station.id, "send_local_list", wait=10, update="full")
    new = await operator.server.token()
    await operator.server.token(gone, status="blocked")
    await operator.server.token(changed, group="fleet")
    station.asked.clear()

    await operator.asks(station.id, "send_local_list", wait=10, update="differential")
    again = await operator.asks(station.id, "send_local_list", wait=10, update="differential")

    assert sent(station) == [("Differential", {gone: None, changed: "Accepted", new: "Accepted"})]
    assert again["detail"] == "the station holds that already"


async def test_an_empty_list_is_sent_without_entries_and_clears(operator, holds):
    station = await holding(operator, *await tokens(operator, 2))

    await operator.asks(station.id, "send_local_list", wait=10, update="full", tokens=[])

    assert "localAuthorizationList" not in station.asked[-1][2]
    shown = await holds(station.id)
    assert (shown["items"], shown["in_step"]) == ([], True)


async def test_the_first_list_is_sent_in_full_since_nobody_knows_what_is_there(operator):
    (one,) = await tokens(operator, 1)
    station = await holding(operator)

    await operator.asks(station.id, "send_local_list", wait=10, update="differential", tokens=[one])

    assert sent(station) == [("Full", {one: "Accepted"})]


@pytest.mark.parametrize(
    ("count", "kinds"),
    [(3, ["Full"]), (4, ["Full", "Differential"]), (7, ["Full", "Differential", "Differential"])],
)
async def test_no_message_has_more_entries_than_the_station_takes(operator, holds, count, kinds):
    some = await tokens(operator, count)
    station = await holding(operator)
    await tells(operator, station, SendLocalListMaxLength=3)

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="full", tokens=some
    )

    assert [kind for kind, _ in sent(station)] == kinds
    assert max(len(put) for _, put in sent(station)) == 3
    assert all(a < b for a, b in itertools.pairwise(versions(station)))
    assert command["result"]["messages"] == len(kinds)
    shown = await holds(station.id)
    assert listed(shown) == set(some)
    assert (shown["version"], shown["in_step"]) == (versions(station)[-1], True)


async def test_more_tokens_than_the_list_has_room_for_are_refused(operator):
    some = await tokens(operator, 3)
    station = await holding(operator)
    await tells(operator, station, LocalAuthListMaxLength=2)

    answer = await operator.refused(station.id, "send_local_list", update="full", tokens=some)
    await operator.asks(station.id, "send_local_list", wait=10, update="full")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/tokens")
    ((_, put),) = sent(station)
    assert len(put) == 2


@pytest.mark.parametrize("word", ["VersionMismatch", "Failed"])
async def test_a_refused_difference_is_followed_by_the_whole_list(operator, holds, word):
    one, two = await tokens(operator, 2)
    station = await holding(operator, one)
    station.on["SendLocalList"] = lambda payload: {
        "status": word if payload["updateType"] == "Differential" else "Accepted"
    }

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="differential", tokens=[two]
    )

    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    assert word in command["detail"]
    assert sent(station) == [
        ("Differential", {two: "Accepted"}),
        ("Full", {one: "Accepted", two: "Accepted"}),
    ]
    first, second = versions(station)
    assert first < second
    shown = await holds(station.id)
    assert (listed(shown), shown["version"], shown["in_step"]) == ({one, two}, second, True)


async def test_a_part_of_a_full_list_that_fails_is_followed_by_all_of_it(operator, holds):
    some = await tokens(operator, 2)
    station = await holding(operator)
    await tells(operator, station, SendLocalListMaxLength=1)
    answers = iter(["Accepted", "Failed", "Accepted", "Accepted"])
    station.on["SendLocalList"] = lambda _: {"status": next(answers)}

    await operator.asks(station.id, "send_local_list", wait=10, update="full", tokens=some)

    assert [kind for kind, _ in sent(station)] == ["Full", "Differential"] * 2
    shown = await holds(station.id)
    assert (listed(shown), shown["in_step"]) == (set(some), True)


async def test_a_full_list_that_fails_is_not_sent_again_and_again(operator, holds):
    one, two = await tokens(operator, 2)
    station = await holding(operator, one)
    station.on["SendLocalList"] = {"status": "Failed"}

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="differential", tokens=[two]
    )

    assert [kind for kind, _ in sent(station)] == ["Differential", "Full"]
    assert (command["state"], command["answer"]) == ("rejected", "Failed")
    shown = await holds(station.id)
    assert (listed(shown), shown["in_step"]) == ({one}, False)


async def test_a_station_without_lists_is_sent_no_second_message(operator, holds):
    some = await tokens(operator, 2)
    station = await holding(operator)
    await tells(operator, station, SendLocalListMaxLength=1)
    station.on["SendLocalList"] = {"status": "NotSupported"}

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="full", tokens=some
    )

    assert (command["state"], command["answer"]) == ("rejected", "NotSupported")
    assert len(station.asked) == 1
    shown = await holds(station.id)
    assert (shown["supported"], shown["version"], shown["items"]) == (False, 0, [])


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (["InternalError", "", {}], "call_error"),
        ({"status": "Perhaps"}, "invalid_answer"),
        ({}, "invalid_answer"),
        (None, "timed_out"),
    ],
    ids=["CALLERROR", "unknown word", "no word", "silence"],
)
async def test_after_no_proper_answer_the_next_list_is_a_full_one(operator, holds, reply, state):
    one, two = await tokens(operator, 2)
    station = await holding(operator, one)
    station.on["SendLocalList"] = reply

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="differential", tokens=[two]
    )

    assert command["state"] == state
    shown = await holds(station.id)
    assert (listed(shown), shown["in_step"]) == ({one}, False)
    station.on["SendLocalList"] = ACCEPTED
    station.asked.clear()
    await operator.asks(station.id, "send_local_list", wait=10, update="differential", tokens=[two])
    assert sent(station) == [("Full", {one: "Accepted", two: "Accepted"})]
    assert (await holds(station.id))["in_step"]


async def test_a_late_answer_puts_the_record_right(operator, holds):
    one, two = await tokens(operator, 2)
    station = await holding(operator, one)
    station.on["SendLocalList"] = None
    await operator.asks(station.id, "send_local_list", wait=10, update="differential", tokens=[two])
    assert (await holds(station.id))["unanswered_version"] is not None

    await station.says([3, station.asked[-1][0], ACCEPTED])

    shown = await eventually(lambda: holds(station.id), lambda each: each["in_step"])
    assert (listed(shown), shown["version"]) == ({one, two}, versions(station)[-1])


async def test_a_connection_that_ends_between_two_parts_leaves_what_was_accepted(operator, holds):
    some = sorted(await tokens(operator, 2))
    station = await holding(operator)
    await tells(operator, station, SendLocalListMaxLength=1)
    station.on["SendLocalList"] = lambda payload: (
        ACCEPTED if payload["updateType"] == "Full" else None
    )
    command = await operator.asks(station.id, "send_local_list", update="full", tokens=some)
    await station.is_asked("SendLocalList", 2)

    await station.leaves()

    await operator.sees(command, "unknown")
    shown = await holds(station.id)
    first, second = versions(station)
    assert (shown["version"], shown["unanswered_version"]) == (first, second)
    assert not shown["in_step"]
    assert len(shown["items"]) == 1


async def test_the_raw_door_leaves_the_same_record(operator, holds):
    station = await operator.answering()
    station.on["SendLocalList"] = ACCEPTED
    entry = {"idTag": "RAW1", "idTagInfo": {"status": "Expired", "parentIdTag": "P"}}

    await operator.raw(
        station.id,
        "SendLocalList",
        {"listVersion": 40, "updateType": "Full", "localAuthorizationList": [entry]},
    )

    shown = await holds(station.id)
    assert (shown["version"], shown["in_step"]) == (40, True)
    assert shown["items"] == [
        {"token": "RAW1", "status": "expired", "group": "P", "expires_at": None}
    ]
    await operator.raw(
        station.id,
        "SendLocalList",
        {
            "listVersion": 41,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": "raw1"}],
        },
    )
    assert (await holds(station.id))["items"] == []
    (one,) = await tokens(operator, 1)
    await operator.asks(station.id, "send_local_list", wait=10, update="full", tokens=[one])
    assert versions(station)[-1] > 41


@pytest.mark.parametrize(
    ("reported", "in_step", "supported"),
    [("same", True, True), (0, False, True), (-1, False, False), (999, False, True)],
)
async def test_the_version_that_a_station_reports_is_compared(
    operator, holds, reported, in_step, supported
):
    station = await holding(operator, *await tokens(operator, 1))
    ours = (await holds(station.id))["version"]
    told = ours if reported == "same" else reported
    station.on["GetLocalListVersion"] = {"listVersion": told}

    answer = await operator.raw(station.id, "GetLocalListVersion")

    assert answer.json()["result"] == {"listVersion": told}
    shown = await holds(station.id)
    assert (shown["in_step"], shown["supported"]) == (in_step, supported)
    assert shown["reported_version"] == told
    station.asked.clear()
    (two,) = await tokens(operator, 1)
    await operator.asks(station.id, "send_local_list", wait=10, update="differential", tokens=[two])
    assert sent(station)[0][0] == ("Differential" if in_step else "Full")
    assert versions(station)[0] > max(ours, told)


async def test_a_reported_conflict_brings_a_full_list_once(operator, holds):
    one, two = await tokens(operator, 2)
    station = await holding(operator, one, two)
    await operator.server.token(two, status="blocked")
    other = await holding(operator, one)

    await conflicts(station)

    await station.is_asked("SendLocalList")
    assert sent(station) == [("Full", {one: "Accepted", two: "Blocked"})]
    shown = await eventually(lambda: holds(station.id), lambda each: each["in_step"])
    assert shown["counts"] == {"accepted": 1, "blocked": 1}
    (command, *_) = await operator.server.items("/api/v1/commands", station_id=station.id)
    assert (command["command"], command["author"]) == ("send_local_list", "voltaro")

    await conflicts(station)

    assert not (await holds(station.id))["in_step"]
    await conflicts(other)  # they are dealt with in order
    await other.is_asked("SendLocalList")
    await operator.asks(station.id, "get_local_list_version", wait=10)
    assert len(sent(station)) == 1


async def test_a_conflict_at_a_connector_is_not_one_of_the_list(operator, holds):
    station = await holding(operator, *await tokens(operator, 1))

    await conflicts(station, connector=1)

    assert (await holds(station.id))["in_step"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"update": "full", "tokens": ["NOBODY"]}, "tokens"),
        ({"update": "full", "remove": ["A1"]}, ""),
        ({"update": "differential", "tokens": ["A1"], "remove": ["a1"]}, ""),
        ({"update": "some"}, "update"),
        ({}, "update"),
    ],
)
async def test_what_cannot_be_a_list_is_refused(operator, fields, field):
    station = await operator.answering()

    answer = await operator.refused(station.id, "send_local_list", **fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith(field)
    assert station.asked == []


async def test_a_token_that_1_6_cannot_spell_is_refused_when_it_is_named(operator):
    long = await operator.server.token("L" * 21)
    station = await holding(operator)

    answer = await operator.refused(station.id, "send_local_list", update="full", tokens=[long])

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/tokens")
    await operator.server.http.delete(f"/api/v1/tokens/{long}")


async def test_a_long_list_is_shown_page_by_page(operator, server):
    some = await tokens(operator, 5)
    station = await holding(operator, *some)
    found, cursor = [], None

    while cursor is not None or not found:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        shown = await server.get(f"/api/v1/stations/{station.id}/local-list", **query)
        found += [each["token"] for each in shown["items"]]
        cursor = shown["next_cursor"]

    assert sorted(found) == sorted(some)
    assert len(found) == 5


async def test_a_station_that_is_deleted_takes_its_list_along(
    operator, server, module_database_url
):
    station = await holding(operator, *await tokens(operator, 1))
    await station.leaves()

    await server.http.delete(f"/api/v1/stations/{station.id}")

    connection = await asyncpg.connect(module_database_url)
    left = await connection.fetchval(
        "SELECT count(*) FROM local_list_entries WHERE station_id = $1", station.id
    )
    await connection.close()
    assert left == 0


async def test_an_alias_too_long_for_1_6_is_left_out_and_not_the_card(operator):
    """Q50: nobody chose it, and no station of 1.6 can read it."""
    await operator.server.token("04A2B7C2", aliases=["C2B7A204", "000000000000004A2B7C2"])
    station = await operator.answering()
    station.on["SendLocalList"] = ACCEPTED

    command = await operator.asks(
        station.id, "send_local_list", wait=10, update="full", tokens=["04A2B7C2"]
    )

    listed = station.asked[0][2]["localAuthorizationList"]
    assert [each["idTag"] for each in listed] == ["04A2B7C2", "C2B7A204"]
    assert command["result"]["left_out"] == 1
