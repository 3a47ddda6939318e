"""`voltaro users` against a real server, and the line that says where to begin."""

import asyncio
import contextlib
import os
import re
import sys

import httpx
import pytest

from tests.api.people import PASSWORD, People
from tests.operate.conftest import House, house, voltaro


@pytest.fixture
async def server(database_url, tmp_path):
    async with house(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def people(server):
    people = People(admin=server.http)
    yield people
    await asyncio.gather(*(http.aclose() for http in people.opened))


async def users(server: House, tmp_path, *words, code=0):
    """What a command says, on the server's machine: it finds the local administrator's key."""
    env = {"VOLTARO_URL": server.server.http_url, "VOLTARO_DATA_DIR": str(tmp_path)}
    done, out, err = await voltaro("users", *words, **env)
    assert done == code, err
    return out, err


async def test_user_is_added_changed_and_deleted(server, people, tmp_path):
    out, _ = await users(server, tmp_path, "add", "anna", "--role", "viewer")
    (link,) = re.findall(r"http://\S+/reset\?code=\S+", out)
    browser = people.browser()
    assert (await browser.fills_in(link, password=PASSWORD, again=PASSWORD)).status_code == 303

    await users(server, tmp_path, "role", "Anna", "operator")
    assert not await browser.is_signed_in()
    await users(server, tmp_path, "disable", "anna")
    assert (await people.browser().signs_in("anna")).status_code == 403
    await users(server, tmp_path, "enable", "anna")
    assert (await people.browser().signs_in("anna")).status_code == 303
    listed, _ = await users(server, tmp_path, "list")
    assert listed.split("\t")[:4] == ["anna", "operator", "no", "yes"]
    _, refused = await users(server, tmp_path, "delete", "anna", code=2)
    assert "--yes" in refused
    await users(server, tmp_path, "delete", "anna", "--yes")
    assert (await users(server, tmp_path, "list"))[0] == ""


async def test_mistyped_name_makes_nobody_new(server, tmp_path):
    for words in (("role", "ana", "viewer"), ("disable", "ana"), ("enable", "ana")):
        _, err = await users(server, tmp_path, *words, code=3)
        assert "nobody named ana" in err
    await users(server, tmp_path, "reset", "ana", code=3)
    assert (await users(server, tmp_path, "list"))[0] == ""
    await users(server, tmp_path, "add", "anna")
    _, err = await users(server, tmp_path, "add", "ANNA", "--role", "administrator", code=5)
    assert "already" in err


async def test_last_administrator_gets_a_new_password_on_the_servers_machine(
    server, people, tmp_path
):
    await people.user("anna", "administrator")

    _, err = await users(server, tmp_path, "delete", "anna", "--yes", code=5)
    assert "nobody could administer" in err
    out, _ = await users(server, tmp_path, "reset", "anna")

    browser = people.browser()
    answer = await browser.fills_in(out.strip(), password="quite another", again="quite another")
    assert answer.status_code == 303
    assert (await browser.http.get("/api/v1/me")).json()["role"] == "administrator"


@contextlib.asynccontextmanager
async def served(database_url, data_dir):
    """`voltaro serve` as a process: what it prints when it is ready, and what it logged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", "serve", "--ocpp-port", "0", "--http-port", "0",
        "--bind", "127.0.0.1", "--log-level", "debug",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")},
            "VOLTARO_DATABASE_URL": database_url,
            "VOLTARO_DATA_DIR": str(data_dir),
        },
    )  # fmt: skip
    log = asyncio.create_task(process.stderr.read())
    lines = []
    try:
        async with asyncio.timeout(60):
            lines = [(await process.stdout.readline()).decode() for _ in range(2)]
        logged = []
        yield lines, logged
    finally:
        process.terminate()
        await process.wait()
    logged.append((await log).decode())


async def test_first_start_prints_a_link_and_later_ones_the_console(database_url, tmp_path):
    async with served(database_url, tmp_path) as (lines, logged):
        assert lines[0].startswith("voltaro ready ws://127.0.0.1:")
        told = re.fullmatch(
            r"open (http://127\.0\.0\.1:\d+)/welcome\?code=([\w-]{43})  "
            r"\(makes the first administrator; once, within 24 h\)\n",
            lines[1],
        )
        assert told, lines
        root, code = told.groups()
        async with httpx.AsyncClient(base_url=root, trust_env=False) as http:
            people = People(admin=http)
            browser = people.browser()
            form = {"name": "anna", "password": PASSWORD, "again": PASSWORD}
            answer = await browser.fills_in(f"/welcome?code={code}", **form)
            assert answer.headers["location"] == "/ui/"
            token = browser.http.cookies["voltaro"]
            await browser.learns()
            await people.browser().fills_in("/sign-in", name="x", password="a wrong password")
            await asyncio.gather(*(each.aclose() for each in people.opened))

    assert "signed in" in logged[0]
    assert "sign-in refused" in logged[0]
    for secret in (code, PASSWORD, "a wrong password", token, browser.csrf["X-CSRF-Token"]):
        assert secret not in logged[0]

    async with served(database_url, tmp_path) as (lines, _):
        assert re.fullmatch(r"open http://127\.0\.0\.1:\d+/ui/\n", lines[1]), lines
