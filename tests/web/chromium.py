"""The browser of the tests, and what a page did that none of the console's may do."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Playwright

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "src" / "voltaro" / "_ui" / "index.html"
#: Set in CI: there, a missing browser is a failure.
REQUIRED = "VOLTARO_REQUIRE_BROWSER"
_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page names, only this machine is found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: The rules of WCAG 2.2 on the levels A and AA.
_WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def missing(program: str | None) -> str | None:
    """What the tests lack on this machine, and how to get it; None: nothing."""
    if program is None:
        return (
            "no Chromium: install it with the system's packages (Debian: apt-get install chromium) "
            "or name one in VOLTARO_CHROMIUM"
        )
    if not CONSOLE.exists():
        return "the console is not built: make console"
    return None


def found_program(playwright: Playwright) -> str | None:
    """The path of a Chromium: the one that is named, the system's, or Playwright's own."""
    named = os.environ.get("VOLTARO_CHROMIUM")
    candidates = [named] if named else [*map(shutil.which, _PROGRAMS)]
    candidates.append(playwright.chromium.executable_path)
    return next((each for each in candidates if each and Path(each).exists()), None)


@asynccontextmanager
async def launched(playwright: Playwright, program: str) -> AsyncIterator[Browser]:
    """A headless Chromium until the end of the block."""
    # Chromium refuses to put root into its sandbox.
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = await playwright.chromium.launch(
        executable_path=program, args=[*_ARGUMENTS, *unboxed]
    )
    try:
        yield browser
    finally:
        await browser.close()


@dataclass
class Watch:
    """Faults of the pages that it watches: errors, violations of the policy, foreign requests.

    `expected` are patterns of messages that a test provokes.
    """

    origin: str
    expected: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            # A violation of the content security policy is such an error as well.
            place = message.location["url"]
            self._note(f"{message.type} in the browser's console: {message.text} ({place})")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if (
            parts.scheme not in {"data", "blob"}
            and f"{parts.scheme}://{parts.netloc}" != self.origin
        ):
            self._note(f"request to another origin: {url}")

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self.expected):
            self.faults.append(fault)


async def barriers(page: Page) -> list[str]:
    """What bars people from the page as it is now, by axe-core's rules for WCAG 2.2 AA."""
    # Through the debugger, as a person's extension would be: the page's policy stays in force.
    await page.evaluate(_AXE.read_text())
    found: dict[str, Any] = await page.evaluate(
        "tags => axe.run({ runOnly: { type: 'tag', values: tags } })", list(_WCAG)
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
