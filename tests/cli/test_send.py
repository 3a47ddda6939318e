"""`voltaro send`: an operator at a terminal asks a station, and is told what came of it."""

import asyncio
import json
import os
import sys

import pytest

from tests.edge.commands.conftest import Answering
from tests.edge.conftest import KEY, running


@pytest.fixture
async def server(database_url, tmp_path):
    async with running(database_url, tmp_path, command_timeout_s=1) as started:
        yield started


async def voltaro(server, *words, stdin=b""):
    """Exit code, stdout and stderr of a command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", *words, "--url", server.http_url,
        env={**os.environ, "VOLTARO_API_KEY": KEY},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(stdin), 30)
    return process.returncode, out.decode(), err.decode()


async def test_the_help_has_each_example_on_a_line_of_its_own(server):
    _, out, _ = await voltaro(server, "send", "--help")

    lines = [each.strip() for each in out.splitlines()]
    assert "voltaro send CP-001 reset kind=immediate" in lines
    assert "voltaro send CP-001 request_start token=04A2B7C1 evse_id=1 --wait 60" in lines


async def test_a_command_tells_what_came_of_it(server):
    station = Answering(await server.connects())
    station.on["UnlockConnector"] = {"status": "Unlocked"}

    code, out, _ = await voltaro(server, "send", station.id, "unlock-connector", "evse_id=2")

    assert code == 0
    assert "state\taccepted" in out
    assert station.asked[0][1:] == ("UnlockConnector", {"connectorId": 2})


async def test_a_token_of_digits_stays_text(server):
    station = Answering(await server.connects())
    station.on["RemoteStartTransaction"] = {"status": "Rejected"}

    code, _, _ = await voltaro(server, "send", station.id, "request_start", "token=0012")

    assert code == 6
    assert station.asked[0][2] == {"idTag": "0012"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [({"status": "Rejected"}, 6), (["NotSupported", "", {}], 6), ({"no": 1}, 6), (None, 7)],
)
async def test_the_exit_code_tells_how_it_ended(server, answer, code):
    station = Answering(await server.connects())
    station.on["ClearCache"] = answer

    assert (await voltaro(server, "send", station.id, "clear_cache"))[0] == code
    assert (await voltaro(server, "send", station.id, "--raw", "Reset", '{"type":"Soft"}'))[0] == 6


async def test_a_station_that_is_away_has_an_exit_code_of_its_own(server):
    station_id = await server.station()

    typed, _, _ = await voltaro(server, "send", station_id, "clear_cache")
    raw, _, said = await voltaro(server, "send", station_id, "--raw", "ClearCache")

    assert (typed, raw) == (8, 8)
    assert "not connected" in said


async def test_a_raw_call_prints_the_answer(server, tmp_path):
    station = Answering(await server.connects())
    station.on["DataTransfer"] = {"status": "Accepted"}
    (tmp_path / "payload.json").write_text('{"vendorId":"file"}')

    for word, stdin, vendor in (
        ('{"vendorId":"word"}', b"", "word"),
        (f"@{tmp_path}/payload.json", b"", "file"),
        ("@-", b'{"vendorId":"stdin"}', "stdin"),
    ):
        code, out, _ = await voltaro(
            server, "send", station.id, "--raw", "DataTransfer", word, "-o", "json", stdin=stdin
        )
        assert code == 0
        assert json.loads(out)["result"] == {"status": "Accepted"}
        assert station.asked[-1][2] == {"vendorId": vendor}


async def test_a_mistake_is_said_before_anything_is_sent(server):
    station = Answering(await server.connects())

    unknown, _, said = await voltaro(server, "send", station.id, "reboot")
    field, _, told = await voltaro(server, "send", station.id, "reset", "how=softly")
    broken, _, why = await voltaro(server, "send", station.id, "--raw", "Reset", "{}")

    assert (unknown, field, broken) == (2, 2, 2)
    assert "reset" in said
    assert "kind" in told
    assert "/type" in why
    assert station.asked == []


async def test_without_a_command_it_lists_what_there_is(server):
    station_id = await server.station()

    code, out, _ = await voltaro(server, "send", station_id)

    assert code == 0
    assert "request_start\ttoken [token_type] [evse_id]" in out


async def test_it_can_be_queued_without_waiting(server):
    station = Answering(await server.connects())
    station.on["ClearCache"] = {"status": "Accepted"}

    code, _, said = await voltaro(server, "send", station.id, "clear_cache", "--wait", "0")

    assert code == 0
    assert "Queued" in said
    await station.is_asked("ClearCache")


async def test_commands_are_listed_shown_and_withdrawn(database_url, tmp_path):
    async with running(database_url, tmp_path) as server:
        station = Answering(await server.connects())
        station.on["ClearCache"] = None
        for _ in range(2):
            await voltaro(server, "send", station.id, "clear_cache", "--wait", "0")
        await station.is_asked("ClearCache")

        _, out, _ = await voltaro(
            server, "commands", "list", "--station", station.id, "-o", "jsonl"
        )
        newest, oldest = (json.loads(line) for line in out.splitlines())
        code, _, _ = await voltaro(server, "commands", "cancel", newest["id"])
        _, shown, _ = await voltaro(server, "commands", "show", newest["id"], "-o", "json")
        too_late, _, _ = await voltaro(server, "commands", "cancel", oldest["id"])
        await station.leaves()

    assert (code, too_late) == (0, 5)
    assert json.loads(shown)["state"] == "cancelled"


async def test_a_file_goes_there_and_comes_back(server, tmp_path):
    image = tmp_path / "firmware.bin"
    image.write_bytes(os.urandom(300_000))

    _, out, _ = await voltaro(server, "files", "add", str(image), "-o", "json")
    file_id = json.loads(out)["id"]
    copy = tmp_path / "copy.bin"
    code, _, _ = await voltaro(server, "files", "get", file_id, str(copy))
    again, _, said = await voltaro(server, "files", "get", file_id, str(copy))
    _, listed, _ = await voltaro(server, "files", "list")
    gone, _, _ = await voltaro(server, "files", "remove", file_id, "--yes")
    missing, _, _ = await voltaro(server, "files", "get", file_id, str(tmp_path / "other"))

    assert (code, again, gone, missing) == (0, 5, 0, 3)
    assert copy.read_bytes() == image.read_bytes()
    assert file_id in listed
    assert "there already" in said
