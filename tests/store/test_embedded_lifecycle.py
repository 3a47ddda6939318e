"""The embedded database lives exactly as long as we do."""

# ruff: noqa: ASYNC220, ASYNC240 - a test may block its own loop

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import uvloop
from structlog.testing import capture_logs

import voltaro.store.embedded.watchdog
from tests.store.embedded_serving import (
    Serving,
    User,
    alive,
    eventually,
    folder_of,
    ourselves,
    query,
    quick_start,
    somebody_else,
)
from voltaro.store.embedded import start
from voltaro.store.embedded.account import account_for_new_cluster


@pytest.fixture(params=["ourselves", "somebody else"])
def user(request: pytest.FixtureRequest) -> User:
    return ourselves() if request.param == "ourselves" else somebody_else()


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_of(ourselves()) as path:
        yield path


async def test_after_the_death_of_serve_postgres_is_gone_and_the_next_start_works(user):
    with folder_of(user) as own:
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            with Serving(user, own / "data") as serving:
                told = await serving.says()
                await query(told["dsn"], f"CREATE TABLE kept_{number.name} ()")
                serving.process.send_signal(number)
                serving.process.wait()

        with Serving(user, own / "data") as serving:
            last = await serving.says()

            assert not alive(told["pid"])
            tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'kept%'"
            assert await query(last["dsn"], tables) == 3
        await eventually(lambda: not alive(last["pid"]))


async def test_after_the_death_of_everything_at_once_the_next_start_works(folder):
    with Serving(ourselves(), folder) as serving:
        told = await serving.says()
        await query(told["dsn"], "CREATE TABLE kept AS SELECT 42 AS answer")
        serving.process.send_signal(signal.SIGSTOP)  # no chance to restart it
        os.kill(told["pid"], signal.SIGKILL)
        serving.process.kill()

    server = await start(folder)

    assert await query(server.dsn, "SELECT answer FROM kept") == 42
    await server.stop()


async def test_a_killed_postgres_is_restarted_and_we_are_told(folder):
    states: list[bool] = []
    server = await quick_start(folder, on_state=states.append)
    first = server.pid

    os.kill(first, signal.SIGKILL)

    await eventually(lambda: states == [False, True])
    assert server.pid != first
    assert await query(server.dsn, "SELECT 1") == 1
    await server.stop()
    assert states == [False, True]


async def test_a_query_that_outlives_a_killed_postgres_does_not_block_the_restart(folder):
    states: list[bool] = []
    server = await quick_start(folder, on_state=states.append)
    connection = await asyncpg.connect(server.dsn)
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    busy = asyncio.create_task(
        connection.execute("SELECT count(*) FROM generate_series(1, 10000000000)")
    )
    await eventually(lambda: _runs_hot(backend))

    os.kill(server.pid, signal.SIGKILL)

    await eventually(lambda: states == [False, True])
    assert not alive(backend)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy
    connection.terminate()
    await server.stop()


async def test_a_restart_that_keeps_failing_says_why_once_and_heals(folder):
    states: list[bool] = []
    server = await quick_start(folder, on_state=states.append)
    settings = folder / "postgres" / "postgresql.conf"
    intact = settings.read_text()
    settings.write_text(f"{intact}\nshared_buffers = nonsense\n")
    socket = Path(parse_qs(urlsplit(server.dsn).query)["host"][0])
    pids: set[int] = set()

    def failed_thrice() -> bool:
        pids.add(server.pid)
        return len(pids) == 4

    with capture_logs() as logs:
        os.kill(server.pid, signal.SIGKILL)
        await eventually(failed_thrice)
        settings.write_text(intact)
        await eventually(lambda: states == [False, True])

    reasons = [entry["reason"] for entry in logs if entry["event"] == "postgres does not start"]
    assert len(reasons) == 1
    assert "shared_buffers" in reasons[0]
    await server.stop()
    assert not socket.exists()


async def test_a_stop_between_two_attempts_to_restart_is_not_held_up(folder):
    states: list[bool] = []
    server = await quick_start(folder, on_state=states.append)
    settings = folder / "postgres" / "postgresql.conf"
    intact = settings.read_text()
    settings.write_text(f"{intact}\nshared_buffers = nonsense\n")
    os.kill(server.pid, signal.SIGKILL)
    await eventually(lambda: states == [False])

    async with asyncio.timeout(5):
        await server.stop()

    assert states == [False]
    settings.write_text(intact)
    await (await start(folder)).stop()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_the_death_of_the_watchdog_is_made_good_at_the_next_restart(folder, run):
    async def scenario() -> None:
        states: list[bool] = []
        server = await quick_start(folder, states.append)
        watchdog = server._watchdog
        os.kill(watchdog.pid, signal.SIGKILL)
        await watchdog.wait()

        os.kill(server.pid, signal.SIGKILL)

        await eventually(lambda: states == [False, True])
        assert alive(server._watchdog.pid)
        await server.stop()
        assert not alive(server._watchdog.pid)

    run(scenario())


async def test_locks_left_over_with_a_pid_that_is_somebody_elses_now_do_no_harm(folder):
    server = await quick_start(folder)
    socket = Path(parse_qs(urlsplit(server.dsn).query)["host"][0])
    pid_file = folder / "postgres" / "postmaster.pid"
    locks = {path: path.read_text() for path in (pid_file, socket / ".s.PGSQL.5432.lock")}
    old = server.pid
    await server.stop()
    socket.mkdir(mode=0o700)
    account = account_for_new_cluster()
    identity = {"user": account.uid} if account.switched else {}
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE, **identity) as stranger:
        for path, text in locks.items():
            path.write_text(text.replace(str(old), str(stranger.pid), 1))
            os.chown(path, account.uid, account.gid)

        server = await start(folder)

        assert stranger.poll() is None
        assert await query(server.dsn, "SELECT 1") == 1
        await server.stop()


async def test_a_postgres_still_running_from_an_earlier_serve_is_stopped_first(folder):
    server = await quick_start(folder)
    await server.stop()
    account = account_for_new_cluster()
    identity = {"user": account.uid, "group": account.gid} if account.switched else {}
    socket = folder / "socket"
    socket.mkdir()
    os.chown(socket, account.uid, account.gid)
    command = (server.binaries / "postgres", "-D", folder / "postgres", "-k", socket, "-h", "")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **identity) as orphan:
        await eventually(lambda: "ready" in _text(folder / "postgres" / "postmaster.pid"))

        server = await start(folder)

        assert orphan.wait() == 0
        assert await query(server.dsn, "SELECT 1") == 1
        await server.stop()


async def test_ctrl_c_reaches_us_and_not_postgres(folder):
    server = await quick_start(folder)

    assert os.getpgid(server.pid) != os.getpgid(0)
    assert os.getsid(server.pid) != os.getsid(0)
    await server.stop()


async def test_after_stop_nothing_is_left_running_or_locked(folder):
    server = await quick_start(folder)
    pid = server.pid

    await server.stop()

    assert not alive(pid)
    assert not (folder / "postgres" / "postmaster.pid").exists()
    await (await start(folder)).stop()


@pytest.mark.parametrize(("last_words", "expected"), [("", -signal.SIGINT), ("0\n", None)])
def test_the_watchdog_alone_ends_postgres_unless_it_is_told_that_there_is_none(
    last_words, expected
):
    script = voltaro.store.embedded.watchdog.__file__
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE) as watched:
        watchdog = subprocess.run(
            (sys.executable, script, str(os.geteuid()), str(os.getegid())),
            check=False,
            input=f"1234567\n{watched.pid}\n{last_words}",
            text=True,
        )

        assert watchdog.returncode == 0
        if expected is None:
            assert watched.poll() is None
        else:
            assert watched.wait(5) == expected


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _runs_hot(pid: int) -> bool:
    """Whether a process has computed for a while."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11]
    return int(ticks) > 20
