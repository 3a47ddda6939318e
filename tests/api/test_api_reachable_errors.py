"""Each failure that the description names can be had, of every operation that names it."""

import re
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.api.test_api_docs import OPERATIONS
from tests.api.test_api_problems import problem

BODIES = {
    "send_command": {"command": "clear_cache"},
    "send_call": {},
    "close_transaction": {"reason": "x"},
    "put_my_password": {"current": "x", "new": "y"},
    "put_user": {"role": "viewer"},
    "create_key": {"name": "x", "scopes": ["read"]},
    "import_tokens": [{"value": "A1"}],
    "start_simulated_stations": {},
    "put_tariff": {"currency": "EUR", "price_per_kwh": "0.39"},
    "put_station_tariff": {"tariff": "day"},
    "put_site_tariff": {"tariff": "day"},
    "put_charging_profile": {
        "purpose": "tx_default",
        "kind": "relative",
        "schedules": [{"rate_unit": "A", "periods": [{"start_s": 0, "limit": 16}]}],
    },
}
QUERIES = {"create_file": {"name": "x", "kind": "other"}, "get_qr_code": {"text": "x"}}
#: Answers that are no failure of a request (the server is not ready), or of those that need a
#: station, a file or a user: see `test_files`, `tests/edge/commands`,
#: `tests/edge/test_database_away.py`, `test_tariffs`, `test_sign_in_users` and `test_sign_in_lasting`.
ELSEWHERE = {
    ("get_readyz", "503"),
    ("create_file", "413"),
    ("create_file", "507"),
    ("get_file_content", "416"),
    ("send_command", "503"),
    ("send_call", "503"),
    ("send_call", "409"),
    ("send_call", "502"),
    ("send_call", "504"),
    ("cancel_command", "409"),
    ("revoke_station_certificate", "409"),
    ("delete_tariff", "409"),
    ("put_my_password", "403"),
    ("put_my_password", "503"),
    ("put_user", "409"),
    ("delete_user", "409"),
    ("delete_user", "503"),
    ("reset_user", "503"),
}


def documented(*codes):
    return [
        pytest.param(method, path, operation, id=f"{operation['operationId']}-{code}")
        for method, path, operation in OPERATIONS
        for code in operation["responses"]
        if code in codes and (operation["operationId"], code) not in ELSEWHERE
    ]


def concrete(path):
    return re.sub(r"\{[^}]*\}", "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11", path)


async def ask(client, method, path, operation, **more):
    body = BODIES.get(operation["operationId"])
    if body is not None and "content" not in more:
        more.setdefault("json", body)
    if "content" not in more and operation["operationId"] in QUERIES:
        more.setdefault("params", QUERIES[operation["operationId"]])
    return await client.request(method, concrete(path), **more)


def test_every_documented_failure_is_tried_here():
    tried = {"400", "401", "403", "404", "409", "412", "415", "422", "429", "503"}

    named = {
        code
        for _, _, o in OPERATIONS
        for code in o["responses"]
        if code >= "400" and (o["operationId"], code) not in ELSEWHERE
    }

    assert named <= tried


async def test_400(api):
    for method, path, operation in [p.values for p in documented("400")]:
        answer = await ask(api.http, method, path, operation, params={"nonsense": "1"})
        problem(answer, 400, "unknown_parameter")


async def test_401(api):
    stranger = {"X-Forwarded-For": "192.0.2.1"}
    for method, path, operation in [p.values for p in documented("401")]:
        answer = await ask(api.anonymous, method, path, operation, headers=stranger)
        problem(answer, 401, "unauthorized")


async def test_403(api):
    made = await api.http.post("/api/v1/keys", json={"name": "none", "scopes": ["admin"]})
    poor = {"Authorization": f"Bearer {made.json()['key']}"}
    for method, path, operation in [p.values for p in documented("403")]:
        answer = await ask(api.anonymous, method, path, operation, headers=poor)
        problem(answer, 403, "missing_scope")


async def test_404(api):
    for method, path, operation in [p.values for p in documented("404")]:
        # Lists that outlive their station are empty for one that never was, and no station is NUL.
        answers = [
            await ask(api.http, method, each, operation)
            for each in (path, re.sub(r"\{[^}]*\}", "%00", path))
        ]
        found = [answer for answer in answers if answer.status_code == 404]
        assert found, operation["operationId"]
        problem(found[0], 404, "not_found")


async def test_409(api):
    """The first request with the key was cut off; what else is a conflict has its own tests."""
    async with api.database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION unfinished() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN NEW.status = NULL; RETURN NEW; END'"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER unfinished BEFORE UPDATE ON idempotent_requests "
            "FOR EACH ROW EXECUTE FUNCTION unfinished()"
        )
    await api.station("CP-1", security_profile=0)
    await api.station("019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11", security_profile=0)
    await api.starts("CP-1", token=None, at=api.now, meter_wh=0)
    (transaction,) = await api.items("/api/v1/transactions")
    for method, path, operation in [p.values for p in documented("409")]:
        if method == "delete":
            answer = await api.http.delete("/api/v1/keys/bootstrap")
            problem(answer, 409, "built_in")
            continue
        place = path.replace("{transaction_id}", transaction["id"])
        headers = {"Idempotency-Key": operation["operationId"]}
        assert (await ask(api.http, method, place, operation, headers=headers)).is_success
        answer = await ask(api.http, method, place, operation, headers=headers)
        problem(answer, 409, "idempotency_outcome_unknown")


async def test_412(api):
    await api.station("CP-1", security_profile=0)
    await api.starts("CP-1", token=None, at=api.now, meter_wh=0)
    (transaction,) = await api.items("/api/v1/transactions")
    for method, path, operation in [p.values for p in documented("412")]:
        place = path.replace("{transaction_id}", transaction["id"])
        answer = await ask(api.http, method, place, operation, headers={"If-Match": '"77"'})
        problem(answer, 412, "revision_changed")


async def test_415(api):
    for method, path, operation in [p.values for p in documented("415")]:
        answer = await ask(api.http, method, path, operation, content=b"<tokens/>")
        problem(answer, 415, "unsupported_media_type")


async def test_422(api):
    await api.station("019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11", security_profile=0)
    for method, path, operation in [p.values for p in documented("422")]:
        if "requestBody" in operation:
            json = {"Content-Type": "application/json"}
            answer = await ask(
                api.http, method, path, operation, content=b'{"nonsense": 1', headers=json
            )
        else:
            query = [p for p in operation["parameters"] if p["in"] == "query"]
            name = next((p["name"] for p in query if p["name"] == "limit"), query[0]["name"])
            answer = await ask(api.http, method, path, operation, params={name: "\0"})
        problem(answer, 422, "invalid")


async def test_429(api):
    wrong = {"Authorization": "Bearer wrong"}
    for _ in range(30):
        await api.anonymous.get("/status", headers=wrong)
    for method, path, operation in [p.values for p in documented("429")]:
        answer = await ask(api.anonymous, method, path, operation, headers=wrong)
        problem(answer, 429, "too_many_failures")


async def test_503(api, postgres, database_url):
    """No new connections; `test_api_database_away` has the other ways of being away."""
    some = [p.values for p in documented("503")]
    name = urlsplit(database_url).path.removeprefix("/")
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await connection.close()
    await api.database.engine.dispose()

    for method, path, operation in some:
        answer = await ask(api.http, method, path, operation)

        problem(answer, 503, "database_unavailable")
