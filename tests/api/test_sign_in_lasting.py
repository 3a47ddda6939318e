"""How long sign-ins and one-time links last, over restarts and a database that is away."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.api.conftest import serving
from tests.api.people import PASSWORD, People
from tests.api.test_api_problems import problem

NEW = "staple battery horse"


def later(api, **time) -> None:
    """It is this much later than now."""
    now = api.users._clock()
    api.users._clock = api.users.sign_ins._clock = lambda: now + timedelta(**time)


async def seen_at(api):
    async with api.database.engine.connect() as connection:
        return (await connection.exec_driver_sql("SELECT seen_at FROM sign_ins")).scalars().all()


async def test_sign_in_ends_when_nobody_used_it_for_twelve_hours(api, people):
    browser = await people.signed_in()

    later(api, hours=11, minutes=59)
    assert await browser.is_signed_in()
    later(api, hours=11, minutes=59)
    assert await browser.is_signed_in()
    later(api, hours=12)
    assert not await browser.is_signed_in()


async def test_sign_in_ends_after_seven_days_however_much_it_is_used(api, people):
    browser = await people.signed_in()

    for _ in range(16):
        later(api, hours=10)
        assert await browser.is_signed_in()
    later(api, hours=10)
    assert not await browser.is_signed_in()


async def test_sign_in_is_still_one_after_a_restart(database_url, tmp_path):
    async with serving(database_url, tmp_path) as before:
        people = People(admin=before.http)
        browser = await people.signed_in("anna", "administrator")
        ended = people.browser()
        await ended.signs_in("anna")
        await ended.asks("POST", "/sign-out")
        cookies = dict(browser.http.cookies)
        await asyncio.gather(*(http.aclose() for http in people.opened))

    async with serving(database_url, tmp_path) as after:
        people = People(admin=after.http)
        again = people.browser()
        again.http.cookies.update(cookies)
        await again.learns()
        assert again.csrf == browser.csrf
        assert (await again.asks("PUT", "/api/v1/tokens/A1", json={})).status_code == 201
        assert (await people.browser().signs_in("anna")).status_code == 303
        assert after.users.new_first_code() is None
        await asyncio.gather(*(http.aclose() for http in people.opened))


async def test_use_is_written_down_when_the_server_stops(database_url, tmp_path):
    async with serving(database_url, tmp_path) as before:
        people = People(admin=before.http)
        browser = await people.signed_in()
        later(before, hours=11)
        assert await browser.is_signed_in()
        used_at = before.users._clock()
        await browser.http.aclose()

    async with serving(database_url, tmp_path) as after:
        assert await seen_at(after) == [used_at]


async def test_what_is_over_leaves_the_database(api, people):
    await people.signed_in()
    later(api, hours=12)

    await api.users.sign_ins._settle()

    assert await seen_at(api) == []


async def test_eleventh_browser_ends_the_first(people):
    await people.user()
    browsers = [people.browser() for _ in range(11)]
    for browser in browsers:
        assert (await browser.signs_in("anna")).status_code == 303

    signed_in = [await browser.is_signed_in() for browser in browsers]

    assert signed_in == [False] + [True] * 10


async def test_link_of_the_server_makes_one_administrator(api, people):
    code = api.users.new_first_code()
    first, second = people.browser(), people.browser()
    page = f"/welcome?code={code}"
    form = {"name": "Anna", "password": PASSWORD, "again": PASSWORD}

    answers = await asyncio.gather(first.fills_in(page, **form), second.fills_in(page, **form))

    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert (await people.browser().http.get(page)).status_code == 410
    (user,) = await api.items("/api/v1/users")
    assert (user["name"], user["role"], user["created_by"]) == ("Anna", "administrator", "Anna")
    assert [each["action"] for each in await api.items("/api/v1/audit")] == ["user.created"]


async def test_link_of_the_server_ends_after_a_day_with_a_new_one_and_with_a_user(api, people):
    browser = people.browser()
    first = api.users.new_first_code()
    second = api.users.new_first_code()

    async def status(code: str) -> int:
        return (await browser.http.get(f"/welcome?code={code}")).status_code

    assert await status("") == 410
    assert await status("wrong") == 410
    assert await status(first) == 410
    assert await status(second) == 200
    later(api, hours=24)
    assert await status(second) == 410
    third = api.users.new_first_code()
    assert await status(third) == 200
    await people.user()
    assert await status(third) == 410
    assert api.users.new_first_code() is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"again": "something else"}, "not the same"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"name": "<b>"}, "cannot be used"),
        ({"name": "voltaro"}, "cannot be used"),
        ({"name": PASSWORD}, "is not the name"),
        ({"form": "x" * 32}, "try again"),
    ],
)
async def test_welcome_says_what_is_wrong_and_the_link_goes_on_working(api, people, fields, told):
    browser = people.browser()
    page = f"/welcome?code={api.users.new_first_code()}"
    form = {"name": "Anna", "password": PASSWORD, "again": PASSWORD}

    answer = await browser.fills_in(page, **(form | fields))

    assert answer.status_code == 422
    assert told in answer.text
    assert PASSWORD not in re_typed(answer.text)
    assert await api.items("/api/v1/users") == []
    assert (await browser.fills_in(page, **form)).status_code == 303


def re_typed(page: str) -> str:
    """What stands in the password fields of a page."""
    return "".join(line for line in page.splitlines() if 'type="password"' in line)


async def test_who_comes_without_an_account_is_told_where_the_link_is(people):
    before = await people.browser().http.get("/sign-in")
    await people.user()
    after = await people.browser().http.get("/sign-in")

    assert "voltaro serve printed" in before.text
    assert "voltaro serve printed" not in after.text


async def test_reset_link_works_once_and_ends_other_sign_ins(api, people):
    browser = await people.signed_in()
    url = (await api.http.post("/api/v1/users/Anna/reset")).json()["reset_url"]
    assert await browser.is_signed_in()
    other = people.browser()

    wrong = await other.fills_in(url, password="short", again="short")
    assert (wrong.status_code, "at least 10" in wrong.text) == (422, True)
    answers = await asyncio.gather(
        other.fills_in(url, password=NEW, again=NEW),
        people.browser().fills_in(url, password=NEW, again=NEW),
    )

    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert not await browser.is_signed_in()
    assert (await people.browser().http.get(url)).status_code == 410
    assert (await people.browser().signs_in("anna")).status_code == 403
    assert (await people.browser().signs_in("anna", NEW)).status_code == 303


async def test_reset_link_ends_after_a_day_with_a_new_one_and_with_a_new_password(api, people):
    browser = await people.signed_in()

    async def link() -> str:
        return (await api.http.post("/api/v1/users/anna/reset")).json()["reset_url"]

    async def status(url: str) -> int:
        return (await browser.http.get(url)).status_code

    first, second = await link(), await link()
    assert (await status(first), await status(second)) == (410, 200)
    body = {"current": PASSWORD, "new": NEW}
    assert (await browser.asks("PUT", "/api/v1/me/password", json=body)).status_code == 200
    assert await status(second) == 410
    third = await link()
    later(api, hours=24)
    assert await status(third) == 410
    fourth = await link()
    await api.http.put("/api/v1/users/anna", json={"role": "operator", "disabled": True})
    assert await status(fourth) == 410
    assert (await browser.http.get("/reset")).status_code == 410


async def test_reset_link_survives_a_restart(database_url, tmp_path):
    async with serving(database_url, tmp_path) as before:
        await before.http.put("/api/v1/users/anna", json={"role": "viewer"})
        url = (await before.http.post("/api/v1/users/anna/reset")).json()["reset_url"]

    async with serving(database_url, tmp_path) as after:
        people = People(admin=after.http)
        browser = people.browser()
        parts = urlsplit(url)
        page = f"{parts.path}?{parts.query}"
        assert (await browser.fills_in(page, password=NEW, again=NEW)).status_code == 303
        await browser.http.aclose()


async def test_database_away_is_a_page_for_people_and_signs_nobody_out(
    api, people, postgres, database_url
):
    browser = await people.signed_in("anna", "administrator")
    await people.user("bob")
    name = urlsplit(database_url).path.removeprefix("/")
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await connection.close()
    await api.database.engine.dispose()

    answer = await people.browser().signs_in("anna")

    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert "database does not answer" in answer.text
    assert await browser.is_signed_in()
    for method, path, body in (
        ("DELETE", "/api/v1/users/bob", None),
        ("POST", "/api/v1/users/bob/reset", None),
        ("PUT", "/api/v1/users/bob", {"role": "viewer"}),
        ("PUT", "/api/v1/me/password", {"current": PASSWORD, "new": NEW}),
    ):
        answer = await browser.asks(method, path, json=body)
        problem(answer, 503, "database_unavailable")
