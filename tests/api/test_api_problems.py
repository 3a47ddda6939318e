"""What somebody sees who asks for something wrong."""

import re

import httpx
import pytest

from voltaro.api.errors import MEDIA_TYPE


def problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["type"] == f"urn:voltaro:problem:{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nothing", "/api/v1/stations/", "/docs"])
async def test_path_that_leads_nowhere(api, path):
    body = problem(await api.http.get(path), 404, "not_found")

    assert body["instance"] == path


async def test_method_that_is_not_served(api):
    answer = await api.http.post("/api/v1/stations/CP-1", json={})

    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/api/v1/transactions?sation_id=CP-1", "station_id"),
        ("/api/v1/messages?verdikt=ok", "verdict"),
        ("/api/v1/stations?Limit=3", "limit"),
        ("/api/v1/transactions?is_open=true", "open"),
    ],
)
async def test_unknown_query_parameter_is_named_with_the_nearest_known(api, path, hint):
    body = problem(await api.http.get(path), 400, "unknown_parameter")

    assert f"did you mean {hint}?" in body["detail"]


@pytest.mark.parametrize(
    "path", ["/status?station=1", "/sessions?limit=1", "/api/v1/tokens/A1?x=1"]
)
async def test_query_parameter_where_there_are_none_is_refused(api, path):
    problem(await api.http.get(path), 400, "unknown_parameter")


async def test_repeated_query_parameter_is_refused(api):
    answer = await api.http.get("/api/v1/stations?limit=1&limit=2")

    problem(answer, 400, "repeated_parameter")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("open=perhaps", "open"),
        ("station_id=a%00b", "station_id"),
    ],
)
async def test_query_parameter_with_an_impossible_value_is_named(api, query, parameter):
    body = problem(await api.http.get(f"/api/v1/transactions?{query}"), 422, "invalid")

    assert [each["parameter"] for each in body["errors"]] == [parameter]


async def test_body_that_is_no_json_says_where(api):
    answer = await api.http.put(
        "/api/v1/stations/CP-1",
        content=b'{"strict": tru}',
        headers={"Content-Type": "application/json"},
    )

    body = problem(answer, 422, "invalid")
    assert "not JSON" in body["detail"]


async def test_body_without_its_content_type_says_what_to_send(api):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await api.http.put("/api/v1/stations/CP-1", content=b'{"strict":true}', headers=form)

    assert "Content-Type: application/json" in problem(answer, 422, "invalid")["detail"]


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"strict":' + b"9" * 5000 + b"}", b'"\xff"', b'{"site":"\\ud800"}'],
)
async def test_hostile_body_is_refused_not_stumbled_over(api, content):
    json = {"Content-Type": "application/json"}
    answer = await api.http.put("/api/v1/stations/CP-1", content=content, headers=json)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_huge_body_is_refused(api):
    answer = await api.http.put("/api/v1/stations/CP-1", content=b" " * (2 * 1024 * 1024))

    problem(answer, 413, "body_too_large")


async def test_request_id_of_the_client_is_kept_when_harmless(api):
    kept = await api.http.get("/api/v1/nothing", headers={"X-Request-ID": "deploy-17"})
    replaced = await api.http.get("/api/v1/nothing", headers={"X-Request-ID": "a b<script>"})
    made = await api.http.get("/api/v1/stations")

    assert problem(kept, 404, "not_found")["request_id"] == "deploy-17"
    assert "script" not in problem(replaced, 404, "not_found")["request_id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made.headers["x-request-id"])


async def test_defect_of_ours_is_told_without_details(api):
    async with api.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE tokens RENAME COLUMN status TO state")

    answer = await api.http.get("/api/v1/tokens")

    body = problem(answer, 500, "internal_error")
    assert "state" not in answer.text
    assert "SELECT" not in answer.text
    assert body["request_id"]


async def test_readyz_tells_why_it_is_not_ready(api):
    assert (await api.anonymous.get("/readyz")).status_code == 200

    api.unready.append("the database is away")

    body = problem(await api.anonymous.get("/readyz"), 503, "not_ready")
    assert body["errors"] == [{"detail": "the database is away"}]
    assert (await api.anonymous.get("/livez")).status_code == 200
