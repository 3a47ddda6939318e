"""What an operator sees while cars charge, without ever loading a page again."""

import re

import pytest
from playwright.async_api import expect
from websockets.exceptions import InvalidStatus

from tests.web.wire_station import connected

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_station_boots_charges_and_ends_before_our_eyes(open_page, server, http):
    await http.put("/api/v1/stations/FLOW-1", json={"security_profile": 0})
    await http.put("/api/v1/tokens/CARD-1", json={})
    page = await open_page("viewer")
    await page.goto("/ui/stations?q=FLOW-1")
    row = page.get_by_role("row").filter(has_text="FLOW-1")
    await expect(row).to_contain_text("Never connected")

    async with connected(server.ocpp_url, "FLOW-1") as station:
        await station.boots()
        await expect(row).to_contain_text("Available")

        await station.status("Preparing")
        await expect(row).to_contain_text("Preparing")
        transaction = await station.starts("CARD-1", 1000)
        await station.status("Charging")
        await station.measures(transaction, energy_wh=2500, power_w=7400)
        await expect(row).to_contain_text("Charging")
        await expect(row).to_contain_text("7.4 kW")
        await expect(row).to_contain_text("1.50 kWh")

        await row.get_by_role("link", name="FLOW-1").click()
        await expect(page.get_by_role("main")).to_contain_text("7.4 kW")
        await station.measures(transaction, energy_wh=4250, power_w=11000)
        await expect(page.get_by_role("main")).to_contain_text("11.0 kW")
        await expect(page.get_by_role("main")).to_contain_text("3.25 kWh")

        await station.stops(transaction, 5000)
        await station.status("Available")
        await expect(page.get_by_role("main")).to_contain_text("Available")

    await expect(page.get_by_role("main")).to_contain_text("Offline")
    await page.goto("/ui/sessions?station=FLOW-1")
    session = page.get_by_role("row").filter(has_text="FLOW-1")
    await expect(session).to_contain_text("4.00 kWh")
    await session.get_by_role("link").first.click()
    await expect(page.get_by_role("main")).to_contain_text("4.00 kWh")
    await expect(page.get_by_role("main").get_by_role("img").first).to_be_visible()


async def test_simulated_station_charges_after_one_click(open_page):
    page = await open_page("operator")
    await page.goto("/ui/onboarding")

    await page.get_by_role("button", name="Start a simulated station").click()

    await page.wait_for_url(re.compile(r"station=SIM"))
    name = re.search(r"station=([^&]+)", page.url).group(1)
    await page.goto(f"/ui/stations?q={name}")
    row = page.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("Charging", timeout=30_000)
    await expect(row).to_contain_text("kW", timeout=30_000)


async def test_station_that_was_refused_is_let_in_with_one_click(open_page, server):
    page = await open_page("operator")
    await page.goto("/ui/onboarding")
    await page.locator("[data-live=live]").wait_for()

    with pytest.raises(InvalidStatus):
        async with connected(server.ocpp_url, "STRANGER-1"):
            pass
    entry = page.get_by_role("listitem").filter(has_text="STRANGER-1")
    await entry.wait_for()
    await entry.get_by_role("button", name="Accept").click()
    await page.wait_for_url(re.compile("station=STRANGER-1"))

    async with connected(server.ocpp_url, "STRANGER-1") as station:
        await station.boots()
        await expect(page.get_by_role("main")).to_contain_text("ACME")


async def test_two_tabs_share_one_stream_and_both_are_live(open_page, server, http):
    await http.put("/api/v1/stations/TABS-1", json={"security_profile": 0})
    first = await open_page("viewer")
    second = await first.context.new_page()
    for page in (first, second):
        await page.goto("/ui/stations?q=TABS-1")
        await page.locator("[data-live=live]").wait_for()

    async with connected(server.ocpp_url, "TABS-1") as station:
        await station.boots()
        for page in (first, second):
            row = page.get_by_role("row").filter(has_text="TABS-1")
            await expect(row).to_contain_text("Available")

    await first.close()
    row = second.get_by_role("row").filter(has_text="TABS-1")
    await expect(row).to_contain_text("Offline")
    async with connected(server.ocpp_url, "TABS-1") as station:
        await station.boots()
        await expect(row).not_to_contain_text("Offline", timeout=20_000)
