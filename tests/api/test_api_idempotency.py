"""A request that is made twice with one key acts once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.test_api_close import WHY, stuck
from tests.api.test_api_problems import problem
from voltaro.services.idempotency import Idempotency

KEYED = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


async def test_second_close_with_the_same_key_gets_the_first_answer(api):
    name, _ = await stuck(api)
    path = f"/api/v1/transactions/{name}/close"

    first = await api.http.post(path, json=WHY, headers=KEYED)
    again = await api.http.post(path, json=WHY, headers=KEYED)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(await api.items("/api/v1/audit", target=name)) == 1


async def test_key_in_quotes_is_the_same_key(api):
    tokens = [{"value": "A1"}]
    await api.http.post("/api/v1/tokens/import", json=tokens, headers=KEYED)
    quoted = {"Idempotency-Key": f'"{KEYED["Idempotency-Key"]}"'}

    again = await api.http.post("/api/v1/tokens/import", json=tokens, headers=quoted)

    assert again.json()["created"] == 1


async def test_same_key_with_another_body_is_refused(api):
    await api.http.post("/api/v1/tokens/import", json=[{"value": "A1"}], headers=KEYED)

    for path, body in (
        ("/api/v1/tokens/import", [{"value": "A2"}]),
        ("/api/v1/tokens/import?partial=true", [{"value": "A1"}]),
        ("/api/v1/keys", {"name": "x", "scopes": ["read"]}),
    ):
        answer = await api.http.post(path, json=body, headers=KEYED)

        problem(answer, 422, "idempotency_key_reused")


async def test_keys_of_different_people_do_not_meet(api):
    await api.http.post("/api/v1/tokens/import", json=[{"value": "A1"}], headers=KEYED)
    made = await api.http.post("/api/v1/keys", json={"name": "x", "scopes": ["write"]})
    other = {"Authorization": f"Bearer {made.json()['key']}"} | KEYED

    answer = await api.anonymous.post(
        "/api/v1/tokens/import", json=[{"value": "A2"}], headers=other
    )

    assert answer.json()["created"] == 1


async def test_text_of_a_new_key_is_not_kept_for_repetitions(api):
    body = {"name": "billing", "scopes": ["read"]}
    first = await api.http.post("/api/v1/keys", json=body, headers=KEYED)

    again = await api.http.post("/api/v1/keys", json=body, headers=KEYED)

    assert first.json()["key"].startswith("vlt_")
    assert again.json() == first.json() | {"key": None}
    assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
    async with api.database.engine.connect() as connection:
        stored = await connection.exec_driver_sql("SELECT body FROM idempotent_requests")
        assert first.json()["key"].encode() not in stored.scalar_one()


async def test_refused_request_leaves_its_key_free(api):
    refused = await api.http.post("/api/v1/keys", json={"name": "x"}, headers=KEYED)
    problem(refused, 422, "invalid")

    mended = await api.http.post(
        "/api/v1/keys", json={"name": "x", "scopes": ["read"]}, headers=KEYED
    )

    assert mended.status_code == 201


async def test_repetition_while_the_first_still_runs_is_a_conflict(api):
    name, _ = await stuck(api)
    path = f"/api/v1/transactions/{name}/close"

    async with api.intake._stations.take("CP-1"):
        both = [asyncio.create_task(api.http.post(path, json=WHY, headers=KEYED)) for _ in "ab"]
        (refused,), (first,) = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)

    problem(await refused, 409, "idempotency_in_progress")
    assert (await first).status_code == 200


async def test_request_that_a_crash_cut_off_is_told_so(api):
    body = [{"value": "A1"}]
    await api.http.post("/api/v1/tokens/import", json=body, headers=KEYED)
    async with api.database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE idempotent_requests SET status = NULL")

    answer = await api.http.post("/api/v1/tokens/import", json=body, headers=KEYED)

    problem(answer, 409, "idempotency_outcome_unknown")


async def test_key_is_forgotten_after_a_day(api):
    now = datetime.now(UTC)
    idempotency = Idempotency(engine=api.database.engine, clock=lambda: now)
    for key in ("a", "b", "c"):
        assert await idempotency.begin("x", key, b"1") is None
        idempotency.leave("x", key)
    now += timedelta(hours=24, seconds=1)

    assert await idempotency.begin("x", "a", b"2") is None

    async with api.database.engine.connect() as connection:
        left = await connection.exec_driver_sql("SELECT count(*) FROM idempotent_requests")
        assert left.scalar_one() == 1


@pytest.mark.parametrize("key", ["", '""', "a" * 256, "a b", b"\xff"])
async def test_key_that_is_none_is_refused(api, key):
    answer = await api.http.post("/api/v1/tokens/import", json=[], headers={"Idempotency-Key": key})

    problem(answer, 400, "bad_idempotency_key")


async def test_key_is_asked_for_before_anything_is_remembered(api):
    answer = await api.anonymous.post("/api/v1/tokens/import", json=[], headers=KEYED)

    assert answer.status_code == 401
