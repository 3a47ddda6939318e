"""Who can read the embedded database's files and connect to it."""

# ruff: noqa: ASYNC240 - a test may block its own loop

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.store.embedded_serving import (
    Serving,
    alive,
    folder_of,
    ourselves,
    query,
    quick_start,
    somebody_else,
)
from voltaro.store.embedded.account import account_for_new_cluster
from voltaro.store.embedded.cluster import socket_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_of(ourselves()) as path:
        yield path


async def test_we_are_let_in_as_voltaro_and_nobody_listens_on_tcp(folder):
    server = await quick_start(folder)

    assert await query(server.dsn, "SELECT current_user::text") == "voltaro"
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", int(_query(server.dsn)["port"][0]))
    await server.stop()


async def test_others_can_neither_list_nor_read_the_data(folder):
    stranger = somebody_else()
    server = await quick_start(folder / "data")

    for path in ("postgres", "postgres/PG_VERSION", "postgres/postgresql.conf", "voltaro.lock"):
        command = "ls" if path == "postgres" else "cat"
        assert stranger.run(command, folder / "data" / path).returncode != 0, path
    for path in (folder / "data" / "postgres").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    await server.stop()


async def test_another_user_cannot_connect_even_where_the_socket_is_open_to_all(folder):
    stranger = somebody_else()
    server = await quick_start(folder)
    psql = server.binaries / "psql"
    sockets = Path(_query(server.dsn)["host"][0])
    assert sockets.stat().st_mode & 0o777 == 0o700

    closed = stranger.run(psql, server.dsn, "-c", "SELECT 1")
    sockets.chmod(0o755)
    (sockets / ".s.PGSQL.5432").chmod(0o777)
    opened = stranger.run(psql, server.dsn, "-c", "SELECT 1")

    assert "Permission denied" in closed.stderr
    assert "Peer authentication failed" in opened.stderr
    await server.stop()


async def test_a_normal_user_runs_it_as_himself_and_root_may_look(folder):
    user = somebody_else()
    with folder_of(user) as own, Serving(user, own / "data") as serving:
        told = await serving.says()

        assert Path(f"/proc/{told['pid']}").stat().st_uid == user.uid
        assert (own / "data").stat().st_mode & 0o777 == 0o700
        assert await query(told["dsn"], "SELECT current_user::text") == "voltaro"
        assert alive(told["pid"])


def test_a_socket_folder_somebody_else_made_first_is_not_used(folder, monkeypatch):
    stranger = somebody_else()
    account = account_for_new_cluster()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    name = socket_folder(folder / "postgres", account).name
    taken = Path("/run", name)
    taken.rmdir()
    taken.mkdir()
    os.chown(taken, stranger.uid, stranger.gid)

    second = socket_folder(folder / "postgres", account)
    second.rmdir()
    second.symlink_to(taken)
    third = socket_folder(folder / "postgres", account)

    assert second == folder / name
    assert third not in (taken, second)
    assert third.stat().st_uid == account.uid
    third.rmdir()
    taken.rmdir()


def _query(dsn: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(dsn).query)
