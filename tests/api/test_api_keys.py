"""Keys over HTTP: scopes, expiry, last use."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import KEY
from tests.api.test_api_problems import problem
from voltaro.store.api_keys import load_api_keys


async def make(api, name="billing", scopes=("read",), **more):
    body = {"name": name, "scopes": list(scopes), **more}
    answer = await api.http.post("/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['key']}"}


async def test_new_key_is_shown_once_and_stored_only_as_a_hash(api):
    answer = await api.http.post("/api/v1/keys", json={"name": "billing", "scopes": ["read"]})

    body = answer.json()
    assert answer.headers["location"] == "/api/v1/keys/billing"
    assert body["key"].startswith("vlt_")
    assert (body["created_by"], body["scopes"], body["built_in"]) == ("bootstrap", ["read"], False)
    listed = await api.items("/api/v1/keys")
    assert [key["name"] for key in listed] == ["billing", "bootstrap", "local administrator"]
    assert all("key" not in key for key in listed)
    assert body["key"] not in (await api.http.get("/api/v1/audit")).text


REQUESTS = [
    ("GET", "/api/v1/stations", None, "read"),
    ("GET", "/status", None, "read"),
    ("GET", "/api/v1/openapi.json", None, "read"),
    ("PUT", "/api/v1/tokens/A1", {}, "write"),
    ("DELETE", "/api/v1/tokens/A1", None, "write"),
    ("POST", "/api/v1/transactions/x/close", {"reason": "x"}, "write"),
    ("GET", "/api/v1/keys", None, "admin"),
    ("POST", "/api/v1/keys", {"name": "x", "scopes": ["admin"]}, "admin"),
    ("DELETE", "/api/v1/keys/x", None, "admin"),
    ("GET", "/api/v1/audit", None, "admin"),
]


@pytest.mark.parametrize(("method", "path", "body", "needed"), REQUESTS)
async def test_request_needs_its_scope(api, method, path, body, needed):
    everything = {"read", "write", "admin"}
    poor = await make(api, "poor", everything - {needed})
    rich = await make(api, "rich", everything)

    refused = await api.anonymous.request(method, path, json=body, headers=poor)
    allowed = await api.anonymous.request(method, path, json=body, headers=rich)

    assert f"{needed!r}" in problem(refused, 403, "missing_scope")["detail"]
    assert f'scope="{needed}"' in refused.headers["www-authenticate"]
    assert allowed.status_code not in {401, 403}


async def test_deleted_key_stops_working_at_once(api):
    headers = await make(api)
    assert (await api.anonymous.get("/api/v1/stations", headers=headers)).status_code == 200

    answer = await api.http.delete("/api/v1/keys/billing")

    assert answer.status_code == 204
    problem(await api.anonymous.get("/api/v1/stations", headers=headers), 401, "unauthorized")
    problem(await api.http.delete("/api/v1/keys/billing"), 404, "not_found")


@pytest.mark.parametrize("name", ["bootstrap", "local%20administrator"])
async def test_built_in_key_cannot_be_deleted_nor_made_again(api, name):
    problem(await api.http.delete(f"/api/v1/keys/{name}"), 409, "built_in")

    again = {"name": name.replace("%20", " "), "scopes": ["read"]}
    problem(await api.http.post("/api/v1/keys", json=again), 422, "invalid")
    assert (await api.http.get("/api/v1/keys")).status_code == 200


async def test_key_ends_when_it_expires(api):
    soon = datetime.now(UTC) + timedelta(hours=1)
    headers = await make(api, expires_at=soon.isoformat())
    assert (await api.anonymous.get("/api/v1/stations", headers=headers)).status_code == 200

    api.access._clock = lambda: soon

    problem(await api.anonymous.get("/api/v1/stations", headers=headers), 401, "unauthorized")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x"},
        {"name": "", "scopes": ["read"]},
        {"name": "a/b", "scopes": ["read"]},
        {"name": "x\n", "scopes": ["read"]},
        {"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["read"], "expires_at": "2101-01-01T00:00:00"},
    ],
)
async def test_key_that_cannot_be_is_refused(api, body):
    problem(await api.http.post("/api/v1/keys", json=body), 422, "invalid")


async def test_last_use_is_exact_in_lists_and_written_once_a_minute(api):
    headers = await make(api)
    began = datetime.now(UTC)
    written = []

    for minute in (0, 0.2, 0.5, 1.1, 1.2):
        api.access._clock = lambda minute=minute: began + timedelta(minutes=minute)
        await api.anonymous.get("/api/v1/stations", headers=headers)
        await api.settled()
        (stored,) = await load_api_keys(api.database.engine)
        written.append(round((stored.last_used_at - began) / timedelta(minutes=1), 3))

    (key,) = [k for k in await api.items("/api/v1/keys") if k["name"] == "billing"]
    used = datetime.fromisoformat(key["last_used_at"])
    assert abs(used - began - timedelta(minutes=1.2)) < timedelta(seconds=1)
    assert written == [0, 0, 0, 1.1, 1.1]


async def test_last_use_survives_a_restart(api):
    headers = await make(api)
    await api.anonymous.get("/api/v1/stations", headers=headers)
    await api.settled()

    await api.access.load()

    (key,) = [k for k in await api.items("/api/v1/keys") if k["name"] == "billing"]
    assert key["last_used_at"] is not None
    assert (key["scopes"], key["created_by"]) == (["read"], "bootstrap")


async def test_wrong_keys_are_slowed_down_and_right_ones_from_the_same_address_are_not(api):
    wrong = {"Authorization": "Bearer wrong"}
    answers = [await api.anonymous.get("/api/v1/stations", headers=wrong) for _ in range(30)]

    assert [each.status_code for each in answers][:20] == [401] * 20
    assert problem(answers[-1], 429, "too_many_failures")
    assert int(answers[-1].headers["retry-after"]) > 0
    right = {"Authorization": f"Bearer {KEY}"}
    assert (await api.anonymous.get("/api/v1/stations", headers=right)).status_code == 200
    assert (await api.anonymous.get("/api/v1/stations")).status_code == 401
