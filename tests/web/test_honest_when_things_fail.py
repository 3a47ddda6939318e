"""What is shown while the server, its database or the network is away, and that it heals."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.web.conftest import DATABASE
from tests.web.wire_station import connected

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: What a browser says in its console about requests that fail.
AWAY = ("Failed to load resource", "net::ERR_")
LIVE = "[data-live=live]"


@asynccontextmanager
async def stopped(server):
    """Without the server until the end of the block."""
    await server.stop()
    try:
        yield
    finally:
        await server.start()


@asynccontextmanager
async def without_database(postgres):
    """Nobody can use the database until the end of the block."""

    async def execute(statement):
        await asyncio.to_thread(postgres.execute, statement)

    await execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false")
    await execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'"
    )
    try:
        yield
    finally:
        await execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true")


async def test_restart_of_the_server_is_shown_and_heals_without_a_reload(open_page, server, http):
    await http.put("/api/v1/stations/AWAY-1", json={"security_profile": 0})
    page = await open_page(expected=AWAY)
    await page.goto("/ui/stations?q=AWAY-1")
    await page.locator(LIVE).wait_for()
    row = page.get_by_role("row").filter(has_text="AWAY-1")

    async with stopped(server):
        await expect(page.locator("[data-live=reconnecting]")).to_be_visible()
        await expect(row).to_be_visible()
        await expect(page.locator("main.old")).to_be_visible()

    await page.locator(LIVE).wait_for()
    async with connected(server.ocpp_url, "AWAY-1") as station:
        await station.boots()
        await expect(row).to_contain_text("Available")


async def test_server_that_stays_away_is_called_unreachable_and_can_be_tried_at_once(
    open_page, server
):
    page = await open_page(expected=AWAY)
    await page.goto("/ui/stations")
    await page.locator(LIVE).wait_for()

    retry = page.get_by_role("button", name="Retry now")
    async with stopped(server):
        await retry.wait_for(timeout=60_000)
    # It may have tried by itself in between.
    await page.evaluate("() => document.querySelector('[data-live] button')?.click()")

    await page.locator(LIVE).wait_for(timeout=20_000)


async def test_loss_of_the_network_is_shown_and_heals(open_page):
    page = await open_page(expected=AWAY)
    await page.goto("/ui/stations")
    await page.locator(LIVE).wait_for()

    await page.context.set_offline(True)
    await expect(page.locator("[data-live=reconnecting]")).to_be_visible()
    await page.context.set_offline(False)

    await page.locator(LIVE).wait_for(timeout=20_000)


async def test_database_that_is_away_is_said_and_heals(open_page, server, http, postgres):
    await http.put("/api/v1/stations/AWAY-2", json={"security_profile": 0})
    page = await open_page(expected=AWAY)
    await page.goto("/ui/stations?q=AWAY-2")
    await page.locator(LIVE).wait_for()
    row = page.get_by_role("row").filter(has_text="AWAY-2")

    async with connected(server.ocpp_url, "AWAY-2") as station:
        await station.boots()
        async with without_database(postgres):
            # It is answered when it is durable, which is later.
            said = asyncio.create_task(station.status("Preparing"))
            chip = page.get_by_role("status").filter(has_text="Stations cannot be served")
            await expect(chip).to_be_visible(timeout=20_000)
            await expect(row).to_contain_text("Available")
        await said

        await page.locator(LIVE).wait_for(timeout=30_000)
        await expect(row).to_contain_text("Preparing")
