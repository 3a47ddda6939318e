"""Who may do what on the screen, and behind it."""

import pytest
from playwright.async_api import expect

from tests.web.conftest import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: A change, as a script on the page would send it, with everything that a page has.
_PUT = """async () => {
    const me = await (await fetch("/api/v1/me")).json();
    const answer = await fetch("/api/v1/stations/FORBIDDEN", {
        method: "PUT", body: "{}",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": me.csrf_token },
    });
    return answer.status;
}"""
_PUT_WITHOUT_TOKEN = """async () => (await fetch("/api/v1/stations/FORBIDDEN", {
    method: "PUT", body: "{}", headers: { "Content-Type": "application/json" },
})).status"""
_REFUSED = ("status of 403",)


async def test_viewer_is_offered_no_change_and_the_server_refuses_it(open_page, stations):
    page = await open_page("viewer", expected=_REFUSED)
    await page.goto("/ui/stations")
    await page.locator("[data-live=live]").wait_for()

    await expect(page.get_by_role("link", name="Add a station")).to_have_count(0)
    await page.goto(f"/ui/stations/{stations[0]}")
    await page.get_by_role("heading", name=stations[0]).first.wait_for()
    await expect(page.locator("[data-actions] button")).to_have_count(0)
    assert await page.evaluate(_PUT) == 403


async def test_operator_may_change_stations_and_not_users(open_page):
    page = await open_page("operator", expected=_REFUSED)
    await page.goto("/ui/settings/users")

    await expect(page.get_by_role("main")).to_contain_text("administrator")
    assert await page.evaluate(_PUT) in {200, 201}
    status = await page.evaluate("async () => (await fetch('/api/v1/users')).status")
    assert status == 403


async def test_request_of_another_page_changes_nothing(open_page):
    page = await open_page("operator", expected=_REFUSED)
    await page.goto("/ui/")

    assert await page.evaluate(_PUT_WITHOUT_TOKEN) == 403


async def test_who_is_not_signed_in_comes_back_to_where_they_were(browser, server, people):
    async with await browser.new_context(locale="en-GB", base_url=server.http_url) as context:
        page = await context.new_page()
        await page.goto("/ui/stations?q=x")
        await page.wait_for_url("**/sign-in?**")

        await sign_in(page, "viewer")

        await page.wait_for_url("**/ui/stations?q=x")


async def test_sign_out_ends_it_everywhere_in_the_browser(browser, server, people):
    async with await browser.new_context(locale="en-GB", base_url=server.http_url) as context:
        page = await context.new_page()
        await page.goto("/ui/")
        await sign_in(page, "viewer")
        await page.locator("[data-live=live]").wait_for()

        await page.get_by_role("button", name="Your account").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await page.wait_for_url("**/sign-in")
        await page.goto("/ui/stations")

        await page.wait_for_url("**/sign-in?**")


async def test_sign_in_works_without_a_script(browser, server, people):
    async with await browser.new_context(
        locale="en-GB", base_url=server.http_url, java_script_enabled=False
    ) as context:
        page = await context.new_page()
        await page.goto("/sign-in")

        await sign_in(page, "viewer", "not the password")
        await expect(page.get_by_role("alert")).to_contain_text("wrong")
        await sign_in(page, "viewer")

        await page.wait_for_url("**/ui/")
