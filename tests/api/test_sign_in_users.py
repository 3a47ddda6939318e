"""Users over HTTP: who may make them, what each role may do, and the token that comes with changes."""

import pytest

from tests.api.people import PASSWORD
from tests.api.test_api_problems import problem
from voltaro import __version__
from voltaro.api import events

NEW = "staple battery horse"
#: What each needs, over all kinds of resources.
REQUESTS = [
    ("GET", "/api/v1/stations", None, "viewer"),
    ("GET", "/api/v1/messages", None, "viewer"),
    ("GET", "/api/v1/openapi.json", None, "viewer"),
    ("GET", "/status", None, "viewer"),
    ("GET", "/sessions", None, "viewer"),
    ("GET", "/api/docs", None, "viewer"),
    ("PUT", "/api/v1/stations/CP-1", {}, "operator"),
    ("DELETE", "/api/v1/stations/CP-1", None, "operator"),
    ("PUT", "/api/v1/tokens/A1", {}, "operator"),
    ("DELETE", "/api/v1/tokens/A1", None, "operator"),
    ("POST", "/api/v1/stations/CP-1/commands", {"command": "clear_cache"}, "operator"),
    ("POST", "/api/v1/stations/CP-1/ocpp/Reset", {"type": "Soft"}, "operator"),
    ("POST", "/api/v1/transactions/x/close", {"reason": "x"}, "operator"),
    ("PUT", "/api/v1/charging-profiles/x", {}, "operator"),
    ("GET", "/api/v1/keys", None, "administrator"),
    ("POST", "/api/v1/keys", {"name": "x", "scopes": ["read"]}, "administrator"),
    ("DELETE", "/api/v1/keys/x", None, "administrator"),
    ("GET", "/api/v1/audit", None, "administrator"),
    ("GET", "/api/v1/users", None, "administrator"),
    ("PUT", "/api/v1/users/bob", {"role": "administrator"}, "administrator"),
    ("POST", "/api/v1/users/anna/reset", None, "administrator"),
    ("DELETE", "/api/v1/users/anna", None, "administrator"),
]
ROLES = ["viewer", "operator", "administrator"]


@pytest.mark.parametrize("role", ROLES)
async def test_role_may_do_what_it_says_and_nothing_more(api, people, role):
    browser = await people.signed_in("zoe", role)
    # Not taken for somebody on this machine, who may see the short views without a key.
    browser.csrf["X-Forwarded-For"] = "192.0.2.7"

    for method, path, body, needed in REQUESTS:
        answer = await browser.asks(method, path, json=body)

        if ROLES.index(role) >= ROLES.index(needed):
            assert answer.status_code not in {401, 403}, (method, path)
        else:
            detail = problem(answer, 403, "missing_scope")["detail"]
            assert f"; 'zoe' is {role}" in detail, (method, path)
    assert len(await api.items("/api/v1/users")) == (2 if role == "administrator" else 1)


async def test_change_with_a_cookie_needs_the_token_of_that_sign_in(api, people):
    browser = await people.signed_in()
    other = await people.signed_in("bob")

    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": b"\xff"}, other.csrf):
        answer = await browser.http.put("/api/v1/tokens/A1", json={}, headers=headers)
        problem(answer, 403, "csrf_token_missing")
    assert await api.items("/api/v1/tokens") == []
    assert (await browser.http.get("/api/v1/tokens")).status_code == 200
    assert (await browser.asks("PUT", "/api/v1/tokens/A1", json={})).status_code == 201


async def test_key_wins_over_the_cookie_and_needs_no_token(api, people):
    browser = await people.signed_in(role="viewer")
    key = {"Authorization": api.http.headers["Authorization"]}

    made = await browser.http.put("/api/v1/tokens/A1", json={}, headers=key)
    wrong = await browser.http.get("/api/v1/tokens", headers={"Authorization": "Bearer wrong"})

    assert made.status_code == 201
    problem(wrong, 401, "unauthorized")


async def test_me_of_a_key_has_neither_role_nor_token(api):
    answer = await api.http.get("/api/v1/me")

    assert answer.json() == {
        "name": "bootstrap",
        "kind": "key",
        "role": None,
        "scopes": ["admin", "read", "write"],
        "csrf_token": None,
        "secure": True,
        "version": __version__,
    }
    problem(await api.anonymous.get("/api/v1/me"), 401, "unauthorized")
    far = await api.http.get("/api/v1/me", headers={"X-Forwarded-For": "192.0.2.7"})
    assert not far.json()["secure"]


async def test_audit_log_has_the_name_of_who_signed_in(api, people):
    browser = await people.signed_in("Anna", "administrator")

    await browser.asks("PUT", "/api/v1/tokens/A1", json={})
    await browser.asks("PUT", "/api/v1/users/bob", json={"role": "viewer"})
    await browser.asks("PUT", "/api/v1/users/bob", json={"role": "operator"})
    await browser.asks("PUT", "/api/v1/users/bob", json={"role": "operator", "password": NEW})
    await browser.asks("POST", "/api/v1/users/bob/reset")
    await browser.asks("PUT", "/api/v1/me/password", json={"current": PASSWORD, "new": NEW})
    await browser.learns()
    await browser.asks("DELETE", "/api/v1/users/BOB")

    entries = await api.items("/api/v1/audit", actor="Anna")
    assert [(each["action"], each["target"]) for each in reversed(entries)] == [
        ("token.created", "a1"),
        ("user.created", "bob"),
        ("user.changed", "bob"),
        ("user.password_changed", "bob"),
        ("user.reset_link_made", "bob"),
        ("user.password_changed", "Anna"),
        ("user.deleted", "bob"),
    ]
    changed = entries[-3]
    assert changed["before"] == {"role": "viewer", "disabled": False}
    assert changed["after"] == {"role": "operator", "disabled": False}
    text = (await api.http.get("/api/v1/audit")).text
    assert all(word not in text for word in (PASSWORD, NEW, "argon2", "code="))


async def test_new_user_without_a_password_gets_a_link_and_chooses_one(api, people):
    made = await api.http.put("/api/v1/users/anna", json={"role": "viewer"})
    assert made.status_code == 201
    url = made.json()["reset_url"]
    assert url.startswith(f"{api.http.base_url}/reset?code=".replace("//reset", "/reset"))
    browser = people.browser()

    answer = await browser.fills_in(url, name="mallory", password=NEW, again=NEW)

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")
    assert (await browser.http.get("/api/v1/me")).json()["name"] == "anna"
    (user,) = await api.items("/api/v1/users")
    assert user["has_password"]
    assert user["last_sign_in_at"] is not None
    # Once only.
    assert (await browser.http.get(url)).status_code == 410
    again = await api.http.put("/api/v1/users/Anna", json={"role": "viewer"})
    assert (again.status_code, again.json()["reset_url"]) == (200, None)


async def test_link_leads_to_where_people_reach_the_server(api):
    object.__setattr__(api.deps, "public_url", "https://charging.example.org")

    made = await api.http.put("/api/v1/users/anna", json={"role": "viewer"})

    assert made.json()["reset_url"].startswith("https://charging.example.org/reset?code=")


async def test_new_password_ends_every_other_sign_in_and_goes_on_here(people):
    here, there = await people.signed_in(), people.browser()
    await there.signs_in("anna")
    stolen = dict(here.http.cookies)
    body = {"current": PASSWORD, "new": NEW}

    answer = await here.asks("PUT", "/api/v1/me/password", json=body)

    assert answer.status_code == 200, answer.text
    assert not await there.is_signed_in()
    thief = people.browser()
    thief.http.cookies.update(stolen)
    assert not await thief.is_signed_in()
    here.csrf = {"X-CSRF-Token": answer.json()["csrf_token"]}
    assert (await here.asks("PUT", "/api/v1/tokens/A1", json={})).status_code == 201
    assert (await people.browser().signs_in("anna")).status_code == 403
    assert (await people.browser().signs_in("anna", NEW)).status_code == 303


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"current": "wrong password", "new": NEW}, "/current"),
        ({"current": PASSWORD, "new": "too short"}, "/new"),
        ({"current": PASSWORD, "new": "x" * 1001}, "/new"),
        ({"current": PASSWORD}, "/new"),
    ],
)
async def test_password_that_is_wrong_or_cannot_be_changes_nothing(people, body, pointer):
    browser = await people.signed_in()

    answer = await browser.asks("PUT", "/api/v1/me/password", json=body)

    assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == pointer
    assert await browser.is_signed_in()
    assert (await people.browser().signs_in("anna")).status_code == 303


async def test_who_guesses_the_current_password_is_slowed_down(people):
    browser = await people.signed_in()
    body = {"current": "wrong password", "new": NEW}

    answers = [await browser.asks("PUT", "/api/v1/me/password", json=body) for _ in range(11)]

    problem(answers[9], 422, "invalid")
    problem(answers[10], 429, "too_many_failures")


async def test_key_has_no_password_to_change(api):
    body = {"current": PASSWORD, "new": NEW}

    problem(await api.http.put("/api/v1/me/password", json=body), 403, "no_password")


async def test_viewer_changes_the_own_password(people):
    browser = await people.signed_in(role="viewer")

    body = {"current": PASSWORD, "new": NEW}
    answer = await browser.asks("PUT", "/api/v1/me/password", json=body)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"role": "viewer"},
        {"role": "operator", "disabled": True},
        {"role": "operator", "password": NEW},
        None,
    ],
)
async def test_who_is_changed_or_deleted_is_signed_out_at_once(api, people, change):
    browser = await people.signed_in()

    if change is None:
        assert (await api.http.delete("/api/v1/users/anna")).status_code == 204
    else:
        assert (await api.http.put("/api/v1/users/anna", json=change)).status_code == 200

    problem(await browser.http.get("/api/v1/me"), 401, "unauthorized")
    async with api.database.engine.connect() as connection:
        left = await connection.exec_driver_sql("SELECT count(*) FROM sign_ins")
        assert left.scalar() == 0


async def test_putting_what_is_there_already_signs_nobody_out(api, people):
    browser = await people.signed_in()

    await api.http.put("/api/v1/users/ANNA", json={"role": "operator", "disabled": False})

    assert await browser.is_signed_in()


async def test_last_administrator_stays_one(api, people):
    anna = await people.signed_in("anna", "administrator")
    await people.user("bob", "operator")
    # Who has not chosen a password yet cannot help when anna is gone.
    await api.http.put("/api/v1/users/invited", json={"role": "administrator"})

    disabled = {"role": "administrator", "disabled": True}

    answers = [
        await api.http.delete("/api/v1/users/anna"),
        await api.http.put("/api/v1/users/anna", json={"role": "operator"}),
        await anna.asks("PUT", "/api/v1/users/anna", json=disabled),
        await anna.asks("DELETE", "/api/v1/users/Anna"),
    ]

    for answer in answers:
        problem(answer, 409, "last_administrator")
    assert await anna.is_signed_in()
    await api.http.put("/api/v1/users/bob", json={"role": "administrator"})
    assert (await api.http.delete("/api/v1/users/anna")).status_code == 204
    assert (await api.http.delete("/api/v1/users/invited")).status_code == 204


async def test_names_are_the_same_in_any_case_and_never_those_of_keys(api):
    await api.http.post("/api/v1/keys", json={"name": "Billing", "scopes": ["read"]})
    body = {"role": "viewer", "password": PASSWORD}

    assert (await api.http.put("/api/v1/users/Jörg", json=body)).status_code == 201
    assert (await api.http.put("/api/v1/users/JÖRG", json=body)).status_code == 200
    assert [each["name"] for each in await api.items("/api/v1/users")] == ["Jörg"]
    for name in ("billing", "voltaro", "Bootstrap", "local administrator"):
        problem(await api.http.put(f"/api/v1/users/{name}", json=body), 422, "invalid")
    same = {"name": "Bob", "scopes": ["read"]}
    assert (await api.http.put("/api/v1/users/bob", json=body)).status_code == 201
    problem(await api.http.post("/api/v1/keys", json=same), 422, "invalid")


@pytest.mark.parametrize(
    "name", ["%20", "x%20", "%00", "a%0Ab", "x" * 65, "%3Cb%3E", "a%E2%80%AEb"]
)
async def test_name_that_cannot_be_is_refused(api, name):
    answer = await api.http.put(f"/api/v1/users/{name}", json={"role": "viewer"})

    problem(answer, 422, "invalid")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1001, "Annemarie-1"])
async def test_password_that_cannot_be_is_refused(api, password):
    body = {"role": "viewer", "password": password}

    problem(await api.http.put("/api/v1/users/annemarie-1", json=body), 422, "invalid")
    assert await api.items("/api/v1/users") == []


async def test_users_are_listed_by_name_page_after_page(api):
    for name in ("dora", "Anna", "carl", "Bob"):
        await api.http.put(f"/api/v1/users/{name}", json={"role": "viewer"})

    users = await api.items("/api/v1/users", limit=2)

    assert [user["name"] for user in users] == ["Anna", "Bob", "carl", "dora"]
    assert "password_hash" not in users[0]
    assert (users[0]["created_by"], users[0]["has_password"]) == ("bootstrap", False)


async def test_stream_goes_on_with_a_cookie_and_ends_with_the_sign_in(api, people, monkeypatch):
    monkeypatch.setattr(events, "_CHECK_S", 0.0)
    browser = await people.signed_in(role="viewer")
    async with browser.http.stream("GET", "/api/v1/events") as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("retry:")
        await api.station("CP-1")
        seen = [await anext(lines) for _ in range(3)]
        assert any(line == "event: stations" for line in seen), seen

        await browser.asks("POST", "/sign-out")
        await api.station("CP-2")

        assert not [line async for line in lines if "CP-2" in line]
