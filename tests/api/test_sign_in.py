"""Signing in and out with a browser that runs no scripts."""

import re

import httpx
import pytest
from structlog.testing import capture_logs

from tests.api.people import PASSWORD
from voltaro.services.guesses import Guesses
from voltaro.services.passwords import Passwords
from voltaro.services.throttle import Limit, Throttle

OVER_TLS = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


def cookie_line(answer: httpx.Response, name: str) -> str:
    """The Set-Cookie header of this cookie."""
    (line,) = [x for x in answer.headers.get_list("set-cookie") if x.startswith(f"{name}=")]
    return line


async def test_whoever_signs_in_comes_to_the_page_they_wanted(people):
    await people.user("Anna")
    browser = people.browser()

    answer = await browser.signs_in("anna", page="/sign-in?next=/ui/stations%3Fstatus%3Dfaulted")

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/stations?status=faulted")
    me = (await browser.http.get("/api/v1/me")).json()
    assert (me["name"], me["kind"], me["role"]) == ("Anna", "user", "operator")
    assert me["scopes"] == ["read", "write"]
    assert me["secure"]
    again = await browser.http.get("/sign-in?next=/ui/sessions")
    assert (again.status_code, again.headers["location"]) == (303, "/ui/sessions")


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example",
        "https://evil.example/ui/",
        "/\\evil.example",
        "/\t/evil.example",
        "/ui/\r\nX-Evil: 1",
        "\\\\evil.example",
        "javascript:alert(1)",
        "ui/",
        "",
        "/ui/\\..\\..\\evil",
    ],
)
async def test_sign_in_leads_to_no_other_site(people, next_page):
    await people.user()
    browser = people.browser()

    answer = await browser.fills_in("/sign-in", name="anna", password=PASSWORD, next=next_page)

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")
    assert "x-evil" not in answer.headers
    again = await browser.http.get("/sign-in", params={"next": next_page})
    assert again.headers["location"] == "/ui/"


async def test_wrong_name_wrong_password_and_disabled_user_look_the_same(api, people, monkeypatch):
    class Counted(Passwords):
        done = 0

        async def hash(self, password):
            Counted.done += 1
            return await super().hash(password)

        async def fits(self, password, stored):
            Counted.done += stored is not None
            return await super().fits(password, stored)

    await people.user()
    await people.user("bob")
    await api.http.put("/api/v1/users/bob", json={"role": "operator", "disabled": True})
    await api.http.put("/api/v1/users/new", json={"role": "operator"})
    monkeypatch.setattr(api.users, "_passwords", Counted())

    answers = []
    for name, password in (
        ("nobody", PASSWORD),
        ("anna", "wrong-password"),
        ("bob", PASSWORD),
        ("new", PASSWORD),
    ):
        before = Counted.done
        answer = await people.browser().fills_in("/sign-in", name=name, password=password)
        assert Counted.done == before + 1
        # What the form repeats: the name that was typed, and the browser's own form number.
        shown = re.sub(r' value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, shown, "voltaro=" in str(answer.headers)))

    assert answers[0][0] == 403
    assert "Name or password is wrong." in answers[0][1]
    assert answers == answers[:1] * len(answers)


async def test_cookie_is_out_of_reach_of_scripts_and_other_sites(people):
    await people.user()

    answer = await people.browser().fills_in("/sign-in", name="anna", password=PASSWORD)

    line = cookie_line(answer, "voltaro")
    assert re.fullmatch(
        r"voltaro=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax", line
    ), line


async def test_cookie_is_secure_when_a_trusted_proxy_says_https(api, people, trusting):
    await people.user()
    browser = people.browser()
    opened = await browser.http.get("/sign-in", headers=OVER_TLS)
    form_cookie = cookie_line(opened, "__Host-voltaro-form").partition(";")[0]
    form = re.search(r'name="form" value="([^"]*)"', opened.text)[1]

    answer = await browser.http.post(
        "/sign-in",
        data={"form": form, "name": "anna", "password": PASSWORD},
        headers={**OVER_TLS, "Cookie": form_cookie},
    )

    line = cookie_line(answer, "__Host-voltaro")
    assert "; Secure" in line
    assert "Domain" not in line
    cookie = line.partition(";")[0]
    over_tls = await api.anonymous.get("/api/v1/me", headers={**OVER_TLS, "Cookie": cookie})
    assert over_tls.status_code == 200
    assert over_tls.json()["secure"]
    # In the clear nobody takes it, and over TLS nobody takes one that anybody may have set.
    plain = {"Cookie": cookie, "X-Forwarded-For": "192.0.2.7"}
    assert (await api.anonymous.get("/api/v1/me", headers=plain)).status_code == 401
    tossed = {**OVER_TLS, "Cookie": cookie.removeprefix("__Host-")}
    assert (await api.anonymous.get("/api/v1/me", headers=tossed)).status_code == 401


async def test_stranger_who_says_https_is_not_believed(api, people):
    await people.user()

    answer = await people.browser().http.get("/sign-in", headers=OVER_TLS)

    assert "not encrypted" in answer.text
    assert cookie_line(answer, "voltaro-form")


async def test_page_says_when_others_can_listen(people):
    browser = people.browser()

    here = await browser.http.get("/sign-in")
    far = await browser.http.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.7"})

    assert "not encrypted" not in here.text
    assert "not encrypted" in far.text


async def test_pages_speak_german_to_those_who_prefer_it(people):
    browser = people.browser()

    async def title(languages: str) -> str:
        answer = await browser.http.get("/sign-in", headers={"Accept-Language": languages})
        assert answer.headers["vary"] == "Accept-Language"
        return re.search(r"<h1>(.*)</h1>", answer.text)[1]

    assert await title("de-AT,de;q=0.9,en;q=0.8") == "Anmelden"
    assert await title("fr,de;q=0.7,en;q=0.3") == "Anmelden"
    assert await title("en-GB,de;q=0.9") == "Sign in"
    assert await title("de;q=0") == "Sign in"
    assert await title("fr") == "Sign in"
    assert await title("") == "Sign in"
    assert await title("de;q=x") == "Anmelden"


async def test_pages_have_no_script_and_only_our_style(people):
    browser = people.browser()

    answer = await browser.http.get("/sign-in")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|style=|\son\w+=", answer.text)
    (style,) = re.findall(r'rel="stylesheet" href="([^"]*)"', answer.text)
    sheet = await browser.http.get(style)
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in sheet.headers["cache-control"]
    assert "prefers-color-scheme: dark" in sheet.text


async def test_what_was_typed_is_shown_as_text(people):
    browser = people.browser()

    answer = await browser.fills_in("/sign-in", name='"><script>x</script>', password="x")

    assert answer.status_code == 403
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_front_door_leads_to_the_console(people):
    answer = await people.browser().http.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")


async def test_form_from_elsewhere_signs_nobody_in(people):
    await people.user()
    browser = people.browser()
    good = {"name": "anna", "password": PASSWORD}

    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = await browser.fills_in("/sign-in", headers=headers, **good)
        assert answer.status_code == 403, headers
    assert (await browser.fills_in("/sign-in", form="x" * 32, **good)).status_code == 403
    assert (await browser.http.post("/sign-in", data=good)).status_code == 403
    stranger = people.browser()
    assert (await stranger.http.post("/sign-in", data=good)).status_code == 403
    assert not await browser.is_signed_in()

    here = {"Origin": str(browser.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (await browser.fills_in("/sign-in", headers=here, **good)).status_code == 303


async def test_signing_out_ends_it_for_that_browser_only(people):
    here = await people.signed_in()
    there = people.browser()
    await there.signs_in("anna")
    stolen = dict(here.http.cookies)

    answer = await here.http.post("/sign-out", data={"csrf_token": here.csrf["X-CSRF-Token"]})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "voltaro" not in here.http.cookies
    thief = people.browser()
    thief.http.cookies.update(stolen)
    assert not await thief.is_signed_in()
    assert await there.is_signed_in()
    assert (await here.http.post("/sign-out")).status_code == 303


async def test_other_sites_sign_nobody_out(people):
    browser = await people.signed_in()
    token = browser.csrf["X-CSRF-Token"]

    assert (await browser.http.post("/sign-out")).status_code == 403
    assert (await browser.http.post("/sign-out", data={"csrf_token": "x"})).status_code == 403
    elsewhere = {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}
    assert (await browser.http.post("/sign-out", headers=elsewhere)).status_code == 403
    assert await browser.is_signed_in()
    assert (await browser.asks("POST", "/sign-out")).status_code == 303
    assert not await browser.is_signed_in()


async def test_who_guesses_is_slowed_down_even_with_the_right_password(people):
    await people.user()
    browser = people.browser()

    statuses = [
        (await browser.fills_in("/sign-in", name="Anna", password=f"guess number {n}")).status_code
        for n in range(11)
    ]
    answer = await browser.fills_in("/sign-in", name="anna", password=PASSWORD)

    assert statuses == [403] * 10 + [429]
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "<h1>Too many attempts</h1>" in answer.text
    await people.user("bob")
    assert (await people.browser().signs_in("bob")).status_code == 303


async def test_who_tries_many_names_is_slowed_down_by_address(api, people):
    browser = people.browser()
    object.__setattr__(
        api.deps, "guesses", Guesses(by_address=Throttle(Limit(burst=3, per_s=0.001)))
    )

    statuses = [
        (await browser.fills_in("/sign-in", name=f"name{n}", password="x")).status_code
        for n in range(5)
    ]

    assert statuses == [403, 403, 403, 429, 429]


async def test_signing_in_often_is_no_guessing(api, people):
    await people.user()
    object.__setattr__(
        api.deps, "guesses", Guesses(by_address=Throttle(Limit(burst=2, per_s=0.001)))
    )

    for _ in range(4):
        assert (await people.browser().signs_in("anna")).status_code == 303


async def test_log_says_who_signed_in_and_no_secret(people):
    await people.user()
    browser = people.browser()

    with capture_logs() as lines:
        await browser.fills_in("/sign-in", name="my secret password", password="another secret 1")
        await browser.signs_in("anna")
        token = browser.http.cookies["voltaro"]
        await browser.asks("POST", "/sign-out")

    assert [line["event"] for line in lines] == ["sign-in refused", "signed in", "signed out"]
    assert lines[0]["remote"] == "127.0.0.1"
    assert lines[1]["name"] == "anna"
    for secret in ("secret", PASSWORD, token, browser.csrf["X-CSRF-Token"]):
        assert secret not in str(lines)
