"""A program that holds an embedded database as `voltaro serve` does, run as a user of choice."""

# ruff: noqa: ASYNC221, ASYNC240 - a test may block its own loop

import asyncio
import atexit
import functools
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import asyncpg
import pytest

from voltaro.store.embedded import EmbeddedPostgres, start
from voltaro.store.embedded.cluster import digest

SOURCE = Path(__file__).parents[2] / "src"
PATH = f"{SOURCE}{os.pathsep}{Path(asyncpg.__file__).parents[1]}"

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from voltaro.store.embedded import DatabaseUnavailable, start

async def main():
    try:
        server = await start(Path(sys.argv[1]))
    except DatabaseUnavailable as reason:
        print(json.dumps({"refused": str(reason)}), flush=True)
        return
    print(json.dumps({"dsn": server.dsn, "pid": server.pid}), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    gid: int
    python: str

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd="/", **self.identity()
        )

    def identity(self) -> dict:
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def ourselves() -> User:
    return User(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid(), sys.executable)


@functools.cache
def somebody_else(name: str = "nobody") -> User:
    """An unprivileged user who can run our program; skips the test where there is none."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    entry = pwd.getpwnam(name)
    version = f"python3.{sys.version_info.minor}"
    for python in filter(None, (sys.executable, f"/usr/bin/{version}", shutil.which(version))):
        user = User(name, entry.pw_uid, entry.pw_gid, python)
        try:
            probe = user.run(
                "/usr/bin/env", f"PYTHONPATH={PATH}", python, "-c", "import voltaro, asyncpg"
            )
        except OSError:
            continue
        if probe.returncode == 0:
            return user
    pytest.skip(f"user {name} reaches neither this checkout nor a fitting python")


class Serving:
    """The running program."""

    def __init__(self, user: User, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            (user.python, "-c", PROGRAM, str(data_dir)),
            env={"PYTHONPATH": PATH, "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            **user.identity(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    async def says(self) -> dict:
        assert self.process.stdout is not None
        while line := await asyncio.to_thread(self.process.stdout.readline):
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError("it ended without a word")


@contextmanager
def folder_of(user: User) -> Iterator[Path]:
    """A fresh directory of a user, which others may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-test-", dir=_roomy()))
    folder.chmod(0o755)
    os.chown(folder, user.uid, user.gid)
    try:
        yield folder
    finally:
        for cluster in folder.rglob("postgres"):
            if cluster.is_symlink():
                shutil.rmtree(cluster.resolve().parent, ignore_errors=True)
            for place in ("/run", tempfile.gettempdir()):  # left there by a SIGKILL
                for socket in Path(place).glob(f"voltaro-*-{digest(cluster.resolve())}"):
                    shutil.rmtree(socket, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _roomy() -> str:
    """A directory open to all: in memory where there is enough, since a cluster is 1000 files."""
    shared = Path("/dev/shm")
    in_memory = shared.is_dir() and shutil.disk_usage(shared).free > 2**30
    return str(shared) if in_memory else "/tmp"


async def quick_start(
    folder: Path, on_state: Callable[[bool], None] | None = None
) -> EmbeddedPostgres:
    """Start on a copy of a database that was made once: quicker than a first start."""
    made = Path(_roomy(), f"voltaro-made-{os.getpid()}")
    if not made.exists():
        atexit.register(shutil.rmtree, made)
        await (await start(made)).stop()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    subprocess.run(("cp", "-a", made / "postgres", folder), check=True)
    return await start(folder, on_state=on_state)


async def eventually(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            never = asyncio.get_running_loop().create_future()
            await asyncio.wait({never}, timeout=0.02)


async def query(dsn: str, sql: str):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
