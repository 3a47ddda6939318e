"""Closing a stuck transaction by hand."""

import asyncio
from datetime import timedelta

import pytest

from tests.api.test_api_problems import problem
from voltaro.domain.quantities import Sample

WHY = {"reason": "the station was replaced"}


async def stuck(api, *, token="A1"):
    """A transaction that nobody ended; returns its id and its id on the wire."""
    await api.station("CP-1", security_profile=0)
    await api.http.put(f"/api/v1/tokens/{token}")
    began = api.now - timedelta(hours=3)
    ref = await api.starts("CP-1", token=token, at=began, meter_wh=1000)
    await api.samples("CP-1", ref, Sample(at=began + timedelta(minutes=20), value=4000, unit="Wh"))
    (item,) = await api.items("/api/v1/transactions")
    return item["id"], ref


async def test_stuck_transaction_is_closed_with_the_energy_last_measured(api):
    name, _ = await stuck(api)

    answer = await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["open"], body["energy_wh"], body["duration_s"]) == (False, 3000, 1200)
    assert (body["flags"], body["stop_reason"]) == (["closed_by_operator"], "Other")
    assert await api.items("/api/v1/transactions", open=True) == []
    shown = await api.http.get(f"/api/v1/transactions/{name}")
    assert shown.headers["etag"] == answer.headers["etag"]


async def test_operator_says_when_and_with_which_reading(api):
    name, _ = await stuck(api)
    ended_at = (api.now - timedelta(hours=1)).isoformat()

    answer = await api.http.post(
        f"/api/v1/transactions/{name}/close",
        json=WHY | {"ended_at": ended_at, "register_stop_wh": 9000.5},
    )

    body = answer.json()
    assert (body["energy_wh"], body["register_last_wh"], body["duration_s"]) == (8000, 9000.5, 7200)


async def test_second_close_is_a_conflict(api):
    name, _ = await stuck(api)
    await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    answer = await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    problem(answer, 409, "already_ended")


async def test_end_that_the_station_reports_later_replaces_the_operators(api):
    name, ref = await stuck(api)
    await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    await api.stops("CP-1", ref, at=api.now, meter_wh=7000)

    body = (await api.http.get(f"/api/v1/transactions/{name}")).json()
    assert (body["energy_wh"], body["stop_reason"], body["flags"]) == (6000, "Local", [])
    assert body["duration_s"] == 3 * 3600


async def test_readings_and_close_at_the_same_time_lose_nothing(api):
    """Both take the station's turn: neither decides on what the other has changed."""
    name, ref = await stuck(api)
    at = api.now - timedelta(hours=2)
    readings = [
        api.samples("CP-1", ref, Sample(at=at + timedelta(seconds=n), value=5000 + n, unit="Wh"))
        for n in range(20)
    ]
    closing = api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    *_, answer = await asyncio.gather(*readings, closing)

    assert answer.status_code == 200
    body = (await api.http.get(f"/api/v1/transactions/{name}")).json()
    assert (body["open"], body["flags"]) == (False, ["closed_by_operator"])
    assert body["energy_wh"] == 4019


async def test_token_is_free_again(api):
    name, _ = await stuck(api)
    await api.station("CP-2", security_profile=0)
    await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

    await api.starts("CP-2", token="A1", at=api.now, meter_wh=0)

    (other, _) = await api.items("/api/v1/transactions")
    assert other["token_status"] == "accepted"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        ({"reason": "  "}, "/reason"),
        (WHY | {"ended_at": "2001-01-01T00:00:00Z"}, "/ended_at"),
        (WHY | {"ended_at": "2101-01-01T00:00:00Z"}, "/ended_at"),
        (WHY | {"ended_at": "2026-01-01T00:00:00"}, "/ended_at"),
        (WHY | {"register_stop_wh": 10}, "/register_stop_wh"),
        (WHY | {"register_stop_wh": -1}, "/register_stop_wh"),
        (WHY | {"energy": 10}, "/energy"),
    ],
)
async def test_what_cannot_be_is_named(api, body, pointer):
    name, _ = await stuck(api)

    answer = await api.http.post(f"/api/v1/transactions/{name}/close", json=body)

    assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == pointer
    assert (await api.http.get(f"/api/v1/transactions/{name}")).json()["open"]


async def test_revision_is_honoured(api):
    name, _ = await stuck(api)
    path = f"/api/v1/transactions/{name}/close"
    shown = await api.http.get(f"/api/v1/transactions/{name}")

    refused = await api.http.post(path, json=WHY, headers={"If-Match": '"1"'})
    done = await api.http.post(path, json=WHY, headers={"If-Match": shown.headers["etag"]})

    problem(refused, 412, "revision_changed")
    assert done.status_code == 200


async def test_nobody_closes_what_does_not_exist(api):
    for name in ("x", "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"):
        answer = await api.http.post(f"/api/v1/transactions/{name}/close", json=WHY)

        problem(answer, 404, "not_found")


async def test_reason_and_author_are_in_the_audit_log(api):
    name, _ = await stuck(api)
    path = f"/api/v1/transactions/{name}/close"
    await api.http.post(path, json=WHY, headers={"X-Request-ID": "shift-7"})

    (entry,) = await api.items("/api/v1/audit", target=name)

    assert (entry["actor"], entry["action"], entry["request_id"]) == (
        "bootstrap",
        "transaction.closed",
        "shift-7",
    )
    assert entry["after"]["reason"] == WHY["reason"]
    assert entry["before"]["energy_wh"] == 3000
