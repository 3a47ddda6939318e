"""The examples of the API guide do what the guide says, on a real server."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.operate.conftest import KEY
from tests.operate.test_backup import charges, written
from voltaro.testing import SimulatedStation

GUIDE = Path(__file__).parents[2] / "docs" / "api-guide.md"
BLOCK = re.compile(r"```(sh|json|text)\n(.*?)```", re.DOTALL)
ANY = "…"
#: A request that fails is a failure of the example, unless it says that it does.
HEAD = """
curl() { command curl --fail-with-body --noproxy '*' "$@"; }
"""


def examples():
    """(script, kind of what it answers, answer) in the order of the guide."""
    found = []
    for kind, text in BLOCK.findall(GUIDE.read_text()):
        if kind == "sh":
            found.append([text, None, None])
        elif found:
            found[-1][1:] = [kind, text]
    return found


def fits(shown, told):
    """Whether everything that is shown was told."""
    if shown == ANY:
        return True
    if isinstance(shown, dict):
        return isinstance(told, dict) and all(
            name in told and fits(value, told[name]) for name, value in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(told, list) and len(shown) == len(told) and all(map(fits, shown, told))
    return shown == told


async def run(script, url):
    told_to_fail = re.search(r"# answers 4\d\d", script)
    expects_failure = told_to_fail or re.search(r"^4\d\d$", script, re.MULTILINE)
    done = await asyncio.to_thread(
        subprocess.run,
        ["/bin/sh", "-c", HEAD + script],
        capture_output=True,
        text=True,
        env={**os.environ, "URL": url, "KEY": KEY},
        check=False,
        timeout=30,
    )
    return done, bool(expects_failure)


async def obeys(server):
    """The station that the guide asks for something."""
    (
        await server.http.put("/api/v1/stations/CP-7", json={"security_profile": 0})
    ).raise_for_status()
    station = SimulatedStation(server.server.ocpp_url, "CP-7", protocol="1.6")
    station.link.handlers["UnlockConnector"] = lambda _asked: {"status": "Unlocked"}
    station.link.handlers["ClearCache"] = lambda _asked: {"status": "Accepted"}
    await station.connect()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
async def test_every_example_of_the_api_guide_answers_as_shown(server):
    await charges(server.http, server.server.ocpp_url, sessions=2)
    await written(server.http)
    await obeys(server)
    setting, *rest = examples()
    assert setting[0].startswith("URL=")
    assert len(rest) >= 12

    for script, kind, shown in rest:
        done, fails = await run(script, server.server.http_url)

        told = done.stdout
        if kind == "text":
            assert told.strip().endswith(shown.strip()), f"{script}\n{told}{done.stderr}"
            continue
        assert (done.returncode != 0) == fails, f"{script}\n{told}{done.stderr}"
        if kind == "json":
            assert fits(json.loads(shown), json.loads(told)), f"{script}\n{told}"
