"""Finding a message and understanding it."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.api.test_api_problems import problem
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow

M = "/api/v1/messages"


async def heard(api, station_id="CP-1", **changes):
    """Put an exchange into the journal."""
    values = {
        "id": uuid7(),
        "station_id": station_id,
        "received_at": api.now,
        "direction": "in",
        "protocol": "ocpp1.6",
        "message_id": "1",
        "action": "Heartbeat",
        "frame": '[2,"1","Heartbeat",{}]',
        "reply": '{"currentTime":"2026-11-03T07:15:02.004Z"}',
        "verdict": "ok",
        "handling_ms": 1.0,
    }
    row = JournalRow(**values | changes)
    api.database.writer.note(journal=row)
    await api.settled()
    return str(row.id)


async def found(api, **query):
    return [each["id"] for each in await api.items(M, **query)]


async def test_by_who_asked(api):
    asked_us = await heard(api)
    asked_by_us = await heard(api, direction="out", action="Reset")

    assert await found(api, direction="in") == [asked_us]
    assert await found(api, direction="out") == [asked_by_us]
    problem(await api.http.get(M, params={"direction": "up"}), 422, "invalid")


async def test_by_whether_it_failed(api):
    good = [await heard(api, verdict=each) for each in ("ok", "repeated")]
    bad = [await heard(api, verdict=e) for e in ("FormationViolation", "timed_out", "ignored")]

    assert await found(api, failed="true") == bad[::-1]
    assert await found(api, failed="false") == good[::-1]
    assert len(await found(api)) == 5
    problem(await api.http.get(M, params={"failed": "perhaps"}), 422, "invalid")


async def test_by_a_text_in_question_or_answer_whatever_the_case(api):
    question = await heard(api, frame='[2,"1","Authorize",{"idTag":"04AbCd"}]')
    answer = await heard(api, reply='{"personalMessage":"04ABCD"}')
    await heard(api, frame='[2,"1","Authorize",{"idTag":"04AC"}]')

    assert await found(api, station_id="CP-1", text="04abcd") == [answer, question]


@pytest.mark.parametrize("text", ["100%", "a_c", r"a\b", "a/b"])
async def test_a_text_is_meant_as_it_stands(api, text):
    wanted = await heard(api, frame=f"[{text}]")
    await heard(api, frame="[1000 abc axc ab]")

    assert await found(api, station_id="CP-1", text=text) == [wanted]


async def test_a_message_without_an_answer_is_found_by_its_question(api):
    wanted = await heard(api, reply=None, frame="[needle]")

    assert await found(api, station_id="CP-1", text="needle") == [wanted]


async def test_looking_for_a_text_everywhere_needs_a_recent_since(api):
    wanted = await heard(api, frame="[needle]")

    answer = await api.http.get(M, params={"text": "needle"})
    problem(answer, 422, "invalid")
    assert answer.json()["errors"] == [
        {
            "parameter": "text",
            "detail": "give station_id too, or a since in the last seven days",
        }
    ]
    old = (api.now - timedelta(days=8)).isoformat()
    problem(await api.http.get(M, params={"text": "needle", "since": old}), 422, "invalid")
    recent = (api.now - timedelta(days=6)).isoformat()
    assert await found(api, text="needle", since=recent) == [wanted]
    problem(await api.http.get(M, params={"text": "", "station_id": "x"}), 422, "invalid")


async def test_filters_go_on_over_pages(api):
    wanted = [await heard(api, direction="out") for _ in range(3)]
    await heard(api)

    assert await found(api, direction="out", limit=1) == wanted[::-1]


async def test_one_message_looks_as_in_the_list(api):
    name = await heard(api)

    answer = await api.http.get(f"{M}/{name}")

    assert answer.status_code == 200
    assert answer.json() == (await api.items(M))[0]
    assert answer.json()["summary"] == "Heartbeat"


@pytest.mark.parametrize("name", ["nonsense", str(UUID(int=7))])
@pytest.mark.parametrize("path", ["", "/explanation"])
async def test_a_message_that_is_not_there_is_not_found(api, name, path):
    problem(await api.http.get(f"{M}/{name}{path}"), 404, "not_found")


async def test_a_summary_tells_messages_apart(api):
    await heard(
        api,
        action="StatusNotification",
        frame='[2,"1","StatusNotification",'
        '{"connectorId":1,"errorCode":"NoError","status":"Charging"}]',
        reply="{}",
    )

    (item,) = await api.items(M)

    assert item["summary"] == "StatusNotification EVSE 1 → Charging"


async def test_a_message_is_explained(api):
    name = await heard(
        api,
        action="StatusNotification",
        frame='[2,"1","StatusNotification",{"connectorId":1,"status":"Dancing"}]',
        reply="{}",
    )

    answer = await api.http.get(f"{M}/{name}/explanation")

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"action", "about", "request", "response"}
    assert body["action"] == "StatusNotification"
    assert body["about"]
    connector, status = body["request"]["fields"]
    assert set(connector) == {"pointer", "name", "text", "unit", "values"}
    assert (connector["pointer"], connector["name"]) == ("/connectorId", "connectorId")
    assert status["values"]["Available"] == "free"
    assert [each["pointer"] for each in body["request"]["errors"]] == ["/errorCode", "/status"]
    assert body["response"] == {"fields": [], "errors": []}


async def test_garbage_is_explained_as_one_error(api):
    name = await heard(
        api, action=None, message_id=None, frame="{garbage", reply="why", verdict="ignored"
    )

    body = (await api.http.get(f"{M}/{name}/explanation")).json()

    assert (body["action"], body["about"], body["response"]) == (None, None, None)
    assert body["request"]["fields"] == []
    (error,) = body["request"]["errors"]
    assert "JSON" in error["detail"]
