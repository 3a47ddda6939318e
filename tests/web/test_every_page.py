"""Every page in both themes, in both languages and on a phone: whole, legible, for everybody."""

import asyncio

import pytest

from tests.web.chromium import barriers
from tests.web.conftest import pause

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "",
    "stations",
    "sessions",
    "attention",
    "access",
    "access/unknown",
    "access/lists",
    "access/reservations",
    "messages",
    "onboarding",
    "settings",
    "settings/users",
    "settings/keys",
    "settings/files",
    "settings/profiles",
    "settings/server",
    "settings/audit",
    "settings/about",
)
TABS = ("", "sessions", "messages", "configuration", "maintenance", "monitoring", "profiles")
PHONE = {"width": 390, "height": 844}


async def every_address(http, stations):
    """Where the pages are, those of one station and one session among them."""
    async with asyncio.timeout(30):
        while not (sessions := (await http.get("/api/v1/transactions")).json()["items"]):
            await pause()
    return [
        *PAGES,
        *(f"stations/{stations[0]}/{tab}".rstrip("/") for tab in TABS),
        f"sessions/{sessions[0]['id']}",
    ]


async def settled(page, address):
    await page.goto(f"/ui/{address}")
    await page.locator("[data-live=live]").wait_for()
    await page.wait_for_function("() => !document.querySelector('main [aria-busy=true]')")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_bars_anybody(open_page, http, stations, scheme):
    page = await open_page(color_scheme=scheme)
    found = {}

    for address in await every_address(http, stations):
        await settled(page, address)
        if faults := await barriers(page):
            found[address] = faults

    assert found == {}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
async def test_nothing_sticks_out_on_a_phone(open_page, http, stations, locale):
    page = await open_page(viewport=PHONE, has_touch=True, is_mobile=True, locale=locale)
    found = {}

    for address in await every_address(http, stations):
        await settled(page, address)
        excess = await page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        main = await page.evaluate(
            "() => { const m = document.querySelector('main'); return m.scrollWidth - m.clientWidth }"
        )
        if excess > 0 or main > 1:
            found[address] = (excess, main)

    assert found == {}


async def test_keys_lead_everywhere(open_page):
    page = await open_page()
    await page.goto("/ui/")
    await page.locator("[data-live=live]").wait_for()

    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await page.wait_for_url("**/ui/stations")
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    await keys.wait_for()
    await page.keyboard.press("Escape")
    # One that is closed is hidden from its role a moment before it is gone.
    await page.locator("dialog").wait_for(state="detached")
    await page.keyboard.press("Control+k")
    search = page.get_by_role("combobox", name="Go to")
    await search.fill("audit")
    await page.keyboard.press("Escape")
    await page.locator("dialog").wait_for(state="detached")
    await page.keyboard.press("/")
    await search.fill("messages")
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/ui/messages")
