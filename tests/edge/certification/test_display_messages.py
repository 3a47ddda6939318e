"""Block O of 2.0.1 and 2.1: messages are put on a station's display, told, and taken off."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.edge.certification.transaction_events import EVSE, REF, Charging, token
from tests.edge.conftest import V16, V21, V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = {"message_id": 7, "content": "Closed on Sunday."}
WIRE = {
    "id": 7,
    "priority": "NormalCycle",
    "message": {"format": "UTF8", "content": "Closed on Sunday."},
}
NONE = {
    "language": None,
    "state": None,
    "start_at": None,
    "end_at": None,
    "station_ref": None,
}
KEPT = TEXT | {"priority": "normal_cycle", "format": "utf8"} | NONE


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(operator, request):
    return await operator.answering(version=request.param)


async def sets(operator, station, answer="Accepted", **fields):
    """What was asked for, and the command once it was answered."""
    station.on["SetDisplayMessage"] = {"status": answer}
    command = await operator.asks_and_hears(station.id, "set_display_message", **(TEXT | fields))
    return station.asked[-1][2]["message"], command


async def kept(operator, station):
    path = f"/api/v1/stations/{station.id}/display-messages"
    items = (await operator.server.get(path))["items"]
    for each in items:
        assert each.pop("told_at")
    return items


async def gets(operator, station, answer="Accepted", **fields):
    station.on["GetDisplayMessages"] = {"status": answer}
    command = await operator.asks_and_hears(station.id, "get_display_messages", **fields)
    return command, station.asked[-1][2]


async def tells(station, asked, *numbers, **more):
    told = [WIRE | {"id": each} for each in numbers]
    payload = {"requestId": asked["requestId"], "messageInfo": told} | more
    assert await station.call("NotifyDisplayMessages", payload) == {}


def text(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def soon(minutes):
    return text(datetime.now(UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize("priority", ["always_front", "in_front", "normal_cycle"])
async def test_a_message_is_put_on_the_display(operator, station, priority):
    """TC_O_01."""
    asked, command = await sets(operator, station, priority=priority, language="en")

    word = {"always_front": "AlwaysFront", "in_front": "InFront"}.get(priority, "NormalCycle")
    content = WIRE["message"] | {"language": "en"}
    assert asked == WIRE | {"priority": word, "message": content}
    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    assert await kept(operator, station) == [KEPT | {"priority": priority, "language": "en"}]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("NotSupportedPriority", id="TC_O_17"),
        pytest.param("NotSupportedState", id="TC_O_18"),
        pytest.param("NotSupportedMessageFormat", id="TC_O_19"),
        pytest.param("Rejected", id="TC_O_26"),
    ],
)
async def test_a_message_that_the_station_does_not_take_is_shown_and_not_kept(
    operator, station, answer
):
    fields = {"state": "charging", "format": "html", "priority": "in_front"}
    asked, command = await sets(operator, station, answer, **fields)

    content = WIRE["message"] | {"format": "HTML"}
    assert asked == WIRE | {"priority": "InFront", "state": "Charging", "message": content}
    assert (command["state"], command["answer"]) == ("rejected", answer)
    assert await kept(operator, station) == []


async def test_a_message_with_the_same_number_replaces_the_other(operator, station):
    """TC_O_12."""
    await sets(operator, station, language="en", state="idle")
    asked, command = await sets(operator, station, content="Open on Sunday.", priority="in_front")

    message = {"format": "UTF8", "content": "Open on Sunday."}
    assert asked == {"id": 7, "priority": "InFront", "message": message}
    assert (command["state"], command["answer"]) == ("accepted", "Accepted")
    new = {"content": "Open on Sunday.", "priority": "in_front"}
    assert await kept(operator, station) == [KEPT | new]


async def test_a_message_begins_at_its_time(operator, station):
    """TC_O_13."""
    begin, end = soon(5), soon(10)
    asked, _ = await sets(operator, station, start_at=begin, end_at=end)

    assert asked == WIRE | {"startDateTime": begin, "endDateTime": end}
    assert await kept(operator, station) == [KEPT | {"start_at": begin, "end_at": end}]


async def test_a_message_whose_time_is_over_is_not_listed(operator, station):
    """TC_O_14: the station removes it by itself."""
    end = text(datetime.now(UTC) + timedelta(seconds=1))
    asked, _ = await sets(operator, station, end_at=end)

    assert asked == WIRE | {"endDateTime": end}
    assert await eventually(lambda: kept(operator, station), lambda items: not items) == []


async def test_a_message_of_a_session_goes_with_it(operator, station):
    """TC_O_06."""
    charging = Charging(station)
    about = {"evse": EVSE, "idToken": token(await operator.server.token())}
    await charging.tells("Started", "Authorized", "Charging", wh=0, **about)
    session = await operator.server.transaction(station.id)

    asked, _ = await sets(operator, station, transaction_id=session["id"])
    before = await kept(operator, station)
    await charging.tells("Ended", "StopAuthorized", wh=10)

    assert asked["transactionId"] == REF
    assert before == [KEPT | {"station_ref": REF}]
    assert await kept(operator, station) == []
    again = await operator.refused(
        station.id, "set_display_message", transaction_id=session["id"], **TEXT
    )
    assert again.status_code == 422


async def test_all_messages_are_told_in_parts_and_what_was_left_out_is_gone(operator, station):
    """The last part may say nothing of more to come (O03.FR.04)."""
    await sets(operator, station)
    command, asked = await gets(operator, station)

    await tells(station, asked, 1, 2, tbc=True)
    partly = [each["message_id"] for each in await kept(operator, station)]
    await tells(station, asked, 3)

    assert asked == {"requestId": asked["requestId"]}
    assert partly == [1, 2, 7]
    assert (await operator.sees(command, "done"))["detail"] == "all 2 parts arrived"
    assert [each["message_id"] for each in await kept(operator, station)] == [1, 2, 3]


async def test_some_messages_are_told_and_the_others_stay(operator, station):
    await sets(operator, station)
    command, asked = await gets(
        operator, station, message_ids=[1, 2], priority="in_front", state="idle"
    )

    await tells(station, asked, 1)

    wanted = {"id": [1, 2], "priority": "InFront", "state": "Idle"}
    assert asked == {"requestId": asked["requestId"]} | wanted
    await operator.sees(command, "done")
    assert [each["message_id"] for each in await kept(operator, station)] == [1, 7]


@pytest.mark.parametrize(("fields", "left"), [({}, []), ({"message_ids": [1]}, [KEPT])])
async def test_a_station_without_such_messages_says_so(operator, station, fields, left):
    await sets(operator, station)

    command, _ = await gets(operator, station, "Unknown", **fields)

    assert command["state"] == "done"
    assert command["detail"] == "the station has no such messages"
    assert await kept(operator, station) == left


@pytest.mark.parametrize(("answer", "state"), [("Accepted", "accepted"), ("Unknown", "rejected")])
async def test_a_message_is_taken_off_the_display(operator, station, answer, state):
    await sets(operator, station)
    station.on["ClearDisplayMessage"] = {"status": answer}

    command = await operator.asks_and_hears(station.id, "clear_display_message", message_id=7)

    assert station.asked[-1][2] == {"id": 7}
    assert (command["state"], command["answer"]) == (state, answer)
    assert await kept(operator, station) == []


@pytest.mark.parametrize("trouble", [["InternalError", "", {}], {"status": "Perhaps"}])
async def test_a_message_that_was_not_agreed_to_is_not_kept(operator, station, trouble):
    station.on["SetDisplayMessage"] = trouble

    command = await operator.asks_and_hears(station.id, "set_display_message", **TEXT)

    assert command["state"] in {"call_error", "rejected", "invalid_answer"}
    assert await kept(operator, station) == []


async def test_what_is_set_through_the_raw_door_is_kept_as_well(operator, station):
    station.on["SetDisplayMessage"] = {"status": "Accepted"}

    assert (
        await operator.raw(station.id, "SetDisplayMessage", {"message": WIRE})
    ).status_code == 200

    assert await kept(operator, station) == [KEPT]


async def test_words_that_nobody_knows_are_kept_as_none(operator, station):
    """They are answered all the same."""
    odd = {
        "id": 7,
        "priority": "Loud",
        "state": "Dancing",
        "message": {"format": "Song", "content": "la"},
    }
    payload = {"requestId": 1, "messageInfo": [odd]}

    assert await station.call("NotifyDisplayMessages", payload) == {}

    silent = {"content": "la", "priority": None, "format": None}
    assert await kept(operator, station) == [KEPT | silent]


@pytest.mark.parametrize(
    "fields", [{"format": "qrcode"}, {"state": "suspended"}, {"content": "x" * 513}]
)
async def test_words_of_21_are_not_sent_to_a_station_of_201(operator, fields):
    old, new = [await operator.answering(version=each) for each in (V201, V21)]
    answer = await operator.refused(old.id, "set_display_message", **(TEXT | fields))

    assert answer.status_code == 422
    assert "2.0.1" in answer.text
    assert old.asked == []
    assert (await sets(operator, new, **fields))[1]["state"] == "accepted"


@pytest.mark.parametrize(
    "fields",
    [
        {"end_at": "2020-01-01T00:00:00Z"},
        {"start_at": "2099-01-02T00:00:00Z", "end_at": "2099-01-01T00:00:00Z"},
        {"transaction_id": "0190d5a4-8e4f-7a30-9d4b-6c3f5a7e1b2c"},
        {"content": ""},
        {"language": "not a tag"},
        {"message_id": -1},
    ],
)
async def test_a_message_that_cannot_be_is_refused(operator, station, fields):
    answer = await operator.refused(station.id, "set_display_message", **(TEXT | fields))

    assert answer.status_code == 422
    assert station.asked == []


async def test_a_station_of_16_has_no_display_messages(operator):
    station = await operator.answering(version=V16)

    answer = await operator.refused(station.id, "set_display_message", **TEXT)

    assert answer.status_code == 409
    assert station.asked == []
