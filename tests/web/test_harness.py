"""The console in a browser at all, and that these tests would see what is wrong with it."""

import pytest

from tests.web.chromium import Watch, barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_console_appears_and_the_policy_allows_everything_that_it_does(open_page):
    page = await open_page()

    answer = await page.goto("/ui/")

    assert "script-src 'self'" in answer.headers["content-security-policy"]
    await page.locator("#app > *").first.wait_for()
    assert await page.title()


async def test_address_within_the_console_can_be_opened_directly(open_page):
    page = await open_page()

    answer = await page.goto("/ui/stations")

    assert answer.status == 200
    await page.locator("#app > *").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_first_page_bars_nobody(open_page, scheme):
    page = await open_page(color_scheme=scheme)
    await page.goto("/ui/")
    await page.locator("#app > *").first.wait_for()

    assert await barriers(page) == []


async def test_stations_are_simulated_for_the_tests(stations, http):
    assert len(stations) == 3
    assert (await http.get(f"/api/v1/stations/{stations[0]}")).json()["online"]


async def watched(open_page, server):
    """A page of which nothing is expected to be right, and what is noted about it."""
    page = await open_page(expected=("",))
    await page.goto("/ui/")
    watch = Watch(server.http_url)
    watch.over(page)
    return page, watch


async def test_script_within_a_page_does_not_run_and_is_noted(open_page, server):
    page, watch = await watched(open_page, server)

    await page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )

    assert await page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in fault for fault in watch.faults), watch.faults


async def test_request_to_another_place_is_noted_and_does_not_leave(open_page, server):
    page, watch = await watched(open_page, server)

    went = await page.evaluate(
        """() => fetch("http://elsewhere.example/x").then(() => true, () => false)"""
    )

    assert not went
    assert any("elsewhere.example" in fault for fault in watch.faults), watch.faults


async def test_error_of_a_script_is_noted(open_page, server):
    page, watch = await watched(open_page, server)

    async with page.expect_event("pageerror"):
        await page.evaluate("() => setTimeout(() => { throw new Error('broken') })")

    assert "page error: broken" in watch.faults


async def test_barrier_on_a_page_is_found(open_page, server):
    page, _ = await watched(open_page, server)
    await page.evaluate("() => document.body.append(document.createElement('button'))")

    assert any(fault.startswith("button-name ") for fault in await barriers(page))
