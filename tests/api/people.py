"""People with browsers of their own, who fill in the forms of our pages."""

import html
import re
from dataclasses import dataclass, field

import httpx

from voltaro.domain.users import Role

PASSWORD = "correct horse battery"


@dataclass(kw_only=True)
class Browser:
    """Keeps cookies; `asks` shows the token of `/api/v1/me` with every request."""

    http: httpx.AsyncClient
    csrf: dict[str, str] = field(default_factory=dict)

    async def fills_in(self, page: str, *, headers=None, **fields: str) -> httpx.Response:
        """Open a page and send its form, with what stands in its fields unless it is given."""
        opened = await self.http.get(page, headers=headers)
        assert opened.status_code == 200, opened.text
        there = {
            name: re.search(rf'name="{name}" value="([^"]*)"', opened.text)
            for name in ("form", "next", "code", "name")
        }
        given = {name: html.unescape(found[1]) for name, found in there.items() if found}
        action = re.search(r'action="([^"]*)"', opened.text)[1]
        return await self.http.post(action, data=given | fields, headers=headers)

    async def signs_in(
        self, name: str, password: str = PASSWORD, *, page="/sign-in", headers=None
    ) -> httpx.Response:
        answer = await self.fills_in(page, name=name, password=password, headers=headers)
        if answer.status_code == 303:
            await self.learns(headers=headers)
        return answer

    async def learns(self, headers=None) -> None:
        """Read the token that comes with changes."""
        answer = await self.http.get("/api/v1/me", headers=headers)
        assert answer.status_code == 200, answer.text
        self.csrf = {"X-CSRF-Token": answer.json()["csrf_token"]}

    async def asks(self, method: str, path: str, **more) -> httpx.Response:
        return await self.http.request(method, path, headers=self.csrf, **more)

    async def is_signed_in(self) -> bool:
        answer = await self.http.get("/api/v1/me")
        assert answer.status_code in {200, 401}
        return answer.status_code == 200


@dataclass(kw_only=True)
class People:
    """Makes users through the API, and browsers in which they sign in."""

    admin: httpx.AsyncClient
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        http = httpx.AsyncClient(
            base_url=self.admin.base_url, headers=headers, trust_env=False, timeout=20
        )
        self.opened.append(http)
        return Browser(http=http)

    async def user(self, name="anna", role=Role.OPERATOR, password=PASSWORD) -> None:
        body = {"role": role, "password": password}
        answer = await self.admin.put(f"/api/v1/users/{name}", json=body)
        assert answer.status_code == 201, answer.text

    async def signed_in(self, name="anna", role=Role.OPERATOR) -> Browser:
        """A new user, signed in."""
        await self.user(name, role)
        browser = self.browser()
        answer = await browser.signs_in(name)
        assert answer.status_code == 303, answer.text
        return browser
