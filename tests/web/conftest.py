"""One server and one browser for all tests of the console, and pages of people in each role."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any, Protocol

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, async_playwright

from tests.conftest import Postgres
from tests.system.server_process import KEY, ServerProcess, server_process
from tests.web.chromium import REQUIRED, Watch, found_program, launched, missing

DATABASE = "voltaro_web"
SIMULATED = 3
PASSWORD = "a password of the tests"


def shared(function: Any) -> Any:
    """A fixture that is made once, on the loop that all tests of the console run on."""
    return pytest_asyncio.fixture(scope="session", loop_scope="session")(function)


@shared
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        program = found_program(playwright)
        if (lack := missing(program)) is not None:
            if os.environ.get(REQUIRED) == "1":
                pytest.fail(lack)
            pytest.skip(lack)
        assert program is not None
        async with launched(playwright, program) as browser:
            yield browser


@shared
async def server(browser: Browser, web_database: str) -> AsyncIterator[ServerProcess]:
    """`voltaro serve` as a process of its own. Asks for the browser first: without it, no server."""
    async with server_process(VOLTARO_DATABASE_URL=web_database) as server:
        await server.start()
        yield server
        await server.stop()


@pytest.fixture(scope="session")
def web_database(postgres: Postgres) -> str:
    """A database that goes with its server at the end of the run."""
    postgres.execute(f"CREATE DATABASE {DATABASE}")
    return postgres.dsn_of(DATABASE)


@shared
async def http(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """The API with an administrator's key: to prepare what a person then sees."""
    async with server.api() as http:
        yield http


@shared
async def stations(server: ServerProcess, http: httpx.AsyncClient) -> AsyncIterator[list[str]]:
    """Ids of simulated stations that charge cars, a minute in a second, until the end of the run."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", "simulate",
        f"--stations={SIMULATED}", "--duration=0", "--speed=60", "--prefix=WEB",
        f"--url={server.http_url}", f"--ocpp-url={server.ocpp_url}",
        env={**environment, "VOLTARO_API_KEY": KEY},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield await _online(http)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 30)


@shared
async def people(
    browser: Browser, server: ServerProcess, http: httpx.AsyncClient
) -> dict[str, StorageState]:
    """Somebody of each role, signed in as people do; the administrator by the link of `serve`."""
    signed_in = {"administrator": await _welcomed(browser, server)}
    for role in ("operator", "viewer"):
        answer = await http.put(f"/api/v1/users/{role}", json={"role": role, "password": PASSWORD})
        assert answer.is_success, answer.text
        signed_in[role] = await _signed_in(browser, server, role)
    return signed_in


async def _welcomed(browser: Browser, server: ServerProcess) -> StorageState:
    async with await browser.new_context(locale="en-GB") as context:
        page = await context.new_page()
        await page.goto(server.open_url)
        await page.get_by_label("Name").fill("administrator")
        await page.get_by_label("New password").fill(PASSWORD)
        await page.get_by_label("The same again").fill(PASSWORD)
        await page.get_by_role("button").click()
        await page.locator("[data-live=live]").wait_for()
        return await context.storage_state()


async def _signed_in(browser: Browser, server: ServerProcess, name: str) -> StorageState:
    async with await browser.new_context(locale="en-GB", base_url=server.http_url) as context:
        page = await context.new_page()
        await page.goto("/ui/stations")
        await sign_in(page, name)
        await page.wait_for_url("**/ui/stations")
        await page.locator("[data-live=live]").wait_for()
        return await context.storage_state()


async def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form that is shown, and send it."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


class OpenPage(Protocol):
    """Opens an empty page of a person with a role; the test fails for any fault of it.

    `expected` are patterns of faults that the test provokes; other options are those of
    Playwright's `new_context`, `color_scheme="dark"` for example.
    """

    async def __call__(
        self, role: str = ..., *, expected: tuple[str, ...] = ..., **options: Any
    ) -> Page: ...


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(
    browser: Browser, server: ServerProcess, people: dict[str, StorageState]
) -> AsyncIterator[OpenPage]:
    watches: list[Watch] = []
    async with contextlib.AsyncExitStack() as stack:

        async def opened(
            role: str = "administrator", *, expected: tuple[str, ...] = (), **options: Any
        ) -> Page:
            context = await browser.new_context(
                base_url=server.http_url,
                storage_state=people[role],
                **{"locale": "en-GB", "timezone_id": "Europe/Berlin", **options},
            )
            stack.push_async_callback(context.close)
            watches.append(Watch(server.http_url, expected))
            page = await context.new_page()
            watches[-1].over(page)
            return page

        yield opened
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


async def _online(http: httpx.AsyncClient) -> list[str]:
    async with asyncio.timeout(30):
        while True:
            items = (await http.get("/api/v1/stations")).json()["items"]
            simulated = [each for each in items if each["station_id"].startswith("WEB")]
            online = [each["station_id"] for each in simulated if each["online"]]
            if len(online) == SIMULATED:
                return online
            await pause()


async def pause(seconds: float = 0.05) -> None:
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)
