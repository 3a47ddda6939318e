"""Any CALL of the station's own version, as an integrator sends it."""

import asyncio
import json

import pytest

from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


async def test_the_answer_of_the_station_is_the_answer(operator):
    station = await operator.answering()
    station.on["Reset"] = {"status": "Accepted"}

    answer = await operator.raw(station.id, "Reset", {"type": "Soft"})

    assert answer.status_code == 200
    message_id, payload = await station.is_asked("Reset")
    assert payload == {"type": "Soft"}
    assert answer.json() == {"message_id": message_id, "result": {"status": "Accepted"}}


async def test_a_rejection_is_an_answer_like_any_other(operator):
    station = await operator.answering()
    station.on["Reset"] = {"status": "Rejected"}

    answer = await operator.raw(station.id, "Reset", {"type": "Hard"})

    assert answer.status_code == 200
    assert answer.json()["result"] == {"status": "Rejected"}
    command = await operator.server.get(answer.headers["location"])
    assert (command["state"], command["answer"]) == ("rejected", "Rejected")


async def test_the_payload_goes_out_to_the_letter(operator):
    station = await operator.answering()
    station.on["DataTransfer"] = {"status": "Accepted"}
    body = '{ "vendorId":"v",\n "data":"ä\\u00e4 1.50" }'

    await operator.raw(station.id, "DataTransfer", body)

    message_id, payload = await station.is_asked("DataTransfer")
    assert payload == json.loads(body)
    assert station.frames[-1] == f'[2,"{message_id}","DataTransfer",{body}]'


async def test_a_callerror_is_told_with_its_code(operator):
    station = await operator.answering()
    station.on["ClearCache"] = ["InternalError", "no memory", {"free": 0}]

    answer = await operator.raw(station.id, "ClearCache")

    assert answer.status_code == 502
    problem = answer.json()
    assert problem["code"] == "call_error"
    assert problem["call_error"] == {
        "code": "InternalError",
        "description": "no memory",
        "details": {"free": 0},
    }


@pytest.mark.parametrize(
    "reply", [{}, {"status": "Perhaps"}, {"status": 5}, {"state": "Accepted"}], ids=json.dumps
)
async def test_an_answer_that_says_nothing_is_told_apart(operator, reply):
    station = await operator.answering()
    station.on["Reset"] = reply

    answer = await operator.raw(station.id, "Reset", {"type": "Soft"})

    assert answer.status_code == 502
    assert answer.json()["code"] == "invalid_answer"
    assert answer.json()["result"] == reply


async def test_an_answer_that_is_cut_off_is_told_apart(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    asking = asyncio.create_task(operator.raw(station.id, "Reset", {"type": "Soft"}))
    message_id, _ = await station.is_asked("Reset")

    await station.says(f'[3,"{message_id}",{{"status":')

    assert (await asking).json()["code"] == "invalid_answer"


async def test_silence_is_told_as_silence(operator):
    station = await operator.answering()
    station.on["Reset"] = None

    answer = await operator.raw(station.id, "Reset", {"type": "Soft"})

    assert answer.status_code == 504
    assert answer.json()["code"] == "no_answer"
    assert answer.json()["sent"] is True


async def test_a_station_that_is_away_is_told_at_once(operator):
    station_id = await operator.server.station()

    answer = await operator.raw(station_id, "Reset", {"type": "Soft"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "station_offline"


async def test_a_connection_that_ends_is_told_as_sent_and_unanswered(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    asking = asyncio.create_task(operator.raw(station.id, "Reset", {"type": "Soft"}))
    await station.is_asked("Reset")

    await station.leaves()

    answer = await asking
    assert answer.status_code == 504
    assert (answer.json()["code"], answer.json()["sent"]) == ("connection_lost", True)


async def test_a_payload_that_breaks_the_schema_is_not_sent(operator):
    station = await operator.answering()

    answer = await operator.raw(station.id, "Reset", {"type": "Gently", "when": "now"})

    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert pointers == {"/type", "/when"}
    assert station.asked == []


@pytest.mark.parametrize("body", ["[]", "5", "{", '{"a":\xff}'.encode("latin-1"), "null"])
async def test_what_is_no_object_is_not_sent(operator, body):
    station = await operator.answering()

    assert (await operator.raw(station.id, "ClearCache", body)).status_code == 422
    assert station.asked == []


async def test_an_action_that_the_version_does_not_have_is_not_found(operator):
    station = await operator.answering()

    answer = await operator.raw(station.id, "SetVariables", {})

    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown_action"


async def test_a_station_that_nobody_registered_is_not_found(operator):
    assert (await operator.raw("nobody", "Reset", {"type": "Soft"})).status_code == 404


@pytest.mark.parametrize("version", [V201, V21])
async def test_stations_of_2_x_are_asked_in_their_own_words(operator, version):
    station = await operator.answering(version=version)
    station.on["Reset"] = {"status": "Scheduled"}

    answer = await operator.raw(station.id, "Reset", {"type": "OnIdle", "evseId": 1})

    assert answer.json()["result"] == {"status": "Scheduled"}
    assert (await operator.raw(station.id, "Reset", {"type": "Soft"})).status_code == 422


async def test_the_station_is_answered_while_it_owes_us_an_answer(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    asking = asyncio.create_task(operator.raw(station.id, "Reset", {"type": "Soft"}))
    message_id, _ = await station.is_asked("Reset")

    assert "currentTime" in await station.call("Heartbeat")
    await station.says([3, message_id, {"status": "Accepted"}])

    assert (await asking).status_code == 200


async def test_one_call_at_a_time_goes_to_a_station(operator):
    station = await operator.answering()
    station.on["ClearCache"] = None
    first = asyncio.create_task(operator.raw(station.id, "ClearCache"))
    message_id, _ = await station.is_asked("ClearCache")
    second = asyncio.create_task(operator.raw(station.id, "ClearCache"))
    await station.call("Heartbeat")

    assert len(station.asked) == 1
    station.on["ClearCache"] = {"status": "Accepted"}
    await station.says([3, message_id, {"status": "Rejected"}])

    assert (await first).json()["result"] == {"status": "Rejected"}
    assert (await second).json()["result"] == {"status": "Accepted"}


async def test_after_a_silence_the_next_call_goes_out(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    station.on["ClearCache"] = {"status": "Accepted"}
    silent = asyncio.create_task(operator.raw(station.id, "Reset", {"type": "Soft"}))
    await station.is_asked("Reset")

    answer = await operator.raw(station.id, "ClearCache")

    assert answer.status_code == 200
    assert (await silent).status_code == 504


async def test_the_exchange_is_in_the_messages(operator):
    station = await operator.answering()
    station.on["ClearCache"] = {"status": "Accepted"}

    await operator.raw(station.id, "ClearCache")

    rows = await operator.server.journal(station.id, lambda rows: rows)
    (row,) = [each for each in rows if each["action"] == "ClearCache"]
    assert (row["direction"], row["verdict"]) == ("out", "ok")
    assert json.loads(row["reply"])[2] == {"status": "Accepted"}


async def test_asked_twice_with_one_idempotency_key_it_is_sent_once(operator):
    station = await operator.answering()
    station.on["ClearCache"] = {"status": "Accepted"}
    path = f"/api/v1/stations/{station.id}/ocpp/ClearCache"
    headers = {"Idempotency-Key": "once"}

    first = await operator.server.http.post(path, content="{}", headers=headers)
    again = await operator.server.http.post(path, content="{}", headers=headers)

    assert again.json() == first.json()
    assert len(station.asked) == 1
