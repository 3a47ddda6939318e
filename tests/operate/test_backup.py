"""Backup, wipe, restore: the same answers; moving to another PostgreSQL; what is refused."""

import asyncio
import json
import zipfile
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from websockets.asyncio.client import connect

from tests.operate.conftest import Charging, house, voltaro
from tests.system.server_process import server_process

CONFLICT, USAGE, NOT_FOUND, UNREACHABLE = 5, 2, 3, 9
PATHS = (
    "/api/v1/stations",
    "/api/v1/stations/S1",
    "/api/v1/tokens",
    "/api/v1/transactions",
    "/api/v1/messages",
    "/api/v1/attempts",
    "/sessions",
)


async def charges(http, ocpp_url, *, sessions=3):
    """A station with a password, a token, ended sessions with meter values, one refused upgrade."""
    station = {"security_profile": 1, "password": "a-password-for-S1"}
    await http.put("/api/v1/stations/S1", json=station)
    await http.put("/api/v1/tokens/T1", json={"status": "accepted", "group": "G"})
    async with connect(
        f"{ocpp_url}/S1",
        subprotocols=["ocpp1.6"],
        additional_headers={"Authorization": "Basic UzE6YS1wYXNzd29yZC1mb3ItUzE="},
        proxy=None,
    ) as socket:
        charging = Charging(socket)
        await charging.boots()
        at = datetime.now(UTC) - timedelta(hours=5)
        for number in range(sessions):
            begin = {"connectorId": 1, "idTag": "T1", "meterStart": 1000 * number}
            began = {**begin, "timestamp": at.isoformat()}
            started = await charging.asks("StartTransaction", began)
            ref = started[2]["transactionId"]
            sample = {"timestamp": at.isoformat(), "sampledValue": [{"value": "1000"}]}
            values = {"connectorId": 1, "transactionId": ref, "meterValue": [sample]}
            await charging.asks("MeterValues", values)
            at += timedelta(hours=1)
            stop = {"transactionId": ref, "meterStop": 1000 * number + 700}
            await charging.asks("StopTransaction", {**stop, "timestamp": at.isoformat()})


async def answers(http):
    """What the API says, without what must differ: whether stations are connected just now."""
    found = {}
    for path in PATHS:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = answer.json()
    for transaction in found["/api/v1/transactions"]["items"]:
        path = f"/api/v1/transactions/{transaction['id']}/meter-values"
        found[path] = (await http.get(path)).json()
    return json.loads(json.dumps(found), object_hook=_steady)


def _steady(fields):
    return {k: v for k, v in fields.items() if k not in {"online", "connected", "next_cursor"}}


async def written(http):
    """The signs of life of a connection that ended are in the database."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 10
    before = None
    while (now := await answers(http)) != before:
        assert loop.time() < deadline
        before = now
        await asyncio.wait([loop.create_future()], timeout=1.5)


async def test_backup_wipe_restore_gives_the_same_answers(tmp_path):
    file = tmp_path / "voltaro.backup"
    async with server_process() as server:
        await server.start()
        async with server.api() as http:
            await charges(http, server.ocpp_url)
            await written(http)
            before = await answers(http)

        backed_up = await voltaro("db", "backup", file, "--data-dir", server.data_dir, "-o", "json")
        while_running = await voltaro("db", "restore", file, "--data-dir", server.data_dir, "--yes")
        await server.stop()
        wipe(server.data_dir)
        restored = await voltaro("db", "restore", file, "--data-dir", server.data_dir)
        status = await voltaro("db", "status", "--data-dir", server.data_dir, "-o", "json")
        await server.start()
        async with server.api() as http:
            after = await answers(http)
            await charges(http, server.ocpp_url, sessions=1)
        await server.stop()

    assert backed_up[0] == 0, backed_up
    assert json.loads(backed_up[1])["secret"] is True
    assert file.stat().st_mode & 0o777 == 0o600
    assert while_running[0] == CONFLICT, while_running
    assert "voltaro serve is using this database" in while_running[2]
    assert restored[0] == 0, restored
    assert json.loads(status[1])["transactions"] == 3
    assert json.loads(status[1])["served"] is False
    assert after == before


def wipe(folder):
    """Everything, also where root keeps the database elsewhere."""
    import shutil

    cluster = folder / "postgres"
    if cluster.is_symlink():
        shutil.rmtree(cluster.resolve())
    shutil.rmtree(folder)


async def test_moving_to_another_postgresql_and_back(postgres, database_url, tmp_path):
    empty = "voltaro_moved"
    await asyncio.to_thread(postgres.execute, f"CREATE DATABASE {empty}")
    target = postgres.dsn_of(empty)
    file, here, there = tmp_path / "voltaro.backup", tmp_path / "here", tmp_path / "there"
    try:
        async with house(database_url, here) as server:
            await charges(server.http, server.server.ocpp_url)
            await written(server.http)
            before = await answers(server.http)
        backed_up = await voltaro(
            "db", "backup", file, "--data-dir", here, VOLTARO_DATABASE_URL=database_url
        )

        moved = await voltaro("db", "restore", file, "--database-url", target, "--data-dir", there)

        async with house(target, there) as server:
            after = await answers(server.http)
    finally:
        await asyncio.to_thread(postgres.execute, f"DROP DATABASE {empty} WITH (FORCE)")
    assert backed_up[0] == 0, backed_up
    assert moved[0] == 0, moved
    assert after == before


@pytest.fixture
async def backup(database_url, tmp_path):
    """A file with one session in it; the database has gone on since."""
    file = tmp_path / "voltaro.backup"
    async with house(database_url, tmp_path / "data") as server:
        await charges(server.http, server.server.ocpp_url, sessions=1)
        code, _, err = await voltaro(
            "db", "backup", file, "--database-url", database_url, "--data-dir", tmp_path / "data"
        )
        await charges(server.http, server.server.ocpp_url, sessions=2)
    assert code == 0, err
    return file


async def sessions_in(url):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT count(*) FROM transactions")
    finally:
        await connection.close()


async def test_data_is_overwritten_only_with_yes(backup, database_url, tmp_path):
    where = ("--database-url", database_url, "--data-dir", tmp_path / "data")

    refused = await voltaro("db", "restore", backup, *where)
    before = await sessions_in(database_url)
    done = await voltaro("db", "restore", backup, *where, "--yes")

    assert refused[0] == USAGE
    assert "Say --yes" in refused[2]
    assert before == 3
    assert done[0] == 0, done
    assert await sessions_in(database_url) == 1


async def test_a_damaged_backup_changes_nothing(backup, database_url, tmp_path):
    whole = backup.read_bytes()
    middle = whole.index(b"database.dump") + (len(whole) - whole.index(b"database.dump")) // 2
    backup.write_bytes(whole[:middle] + bytes(500) + whole[middle + 500 :])

    done = await voltaro(
        "db", "restore", backup, "--yes", "--database-url", database_url,
        "--data-dir", tmp_path / "data",
    )  # fmt: skip

    assert done[0] != 0
    assert await sessions_in(database_url) == 3


async def test_half_a_file_is_no_backup(backup, database_url, tmp_path):
    backup.write_bytes(backup.read_bytes()[:2000])

    done = await voltaro(
        "db", "restore", backup, "--yes", "--database-url", database_url, "--data-dir", tmp_path
    )

    assert done[0] == USAGE
    assert "is no backup of Voltaro's" in done[2]


async def test_somebody_elses_database_is_left_alone(backup, postgres, tmp_path):
    await asyncio.to_thread(postgres.execute, "CREATE DATABASE somebody_elses")
    url = postgres.dsn_of("somebody_elses")
    try:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE precious (id int)")
        await connection.close()

        done = await voltaro(
            "db", "restore", backup, "--yes", "--database-url", url, "--data-dir", tmp_path
        )
    finally:
        await asyncio.to_thread(postgres.execute, "DROP DATABASE somebody_elses WITH (FORCE)")

    assert done[0] == CONFLICT
    assert "tables that are not Voltaro's" in done[2]


async def test_a_backup_of_a_newer_version_is_refused(backup, database_url, tmp_path):
    newer = tmp_path / "newer.backup"
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(newer, "w") as new:
        manifest = json.loads(old.read("manifest.json")) | {"revision": "9999", "voltaro": "9.0.0"}
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("database.dump", old.read("database.dump"))

    done = await voltaro(
        "db", "restore", newer, "--yes", "--database-url", database_url, "--data-dir", tmp_path
    )

    assert done[0] == CONFLICT
    assert "newer Voltaro (9.0.0)" in done[2]


async def test_the_secret_key_can_be_left_out_and_the_journal_too(backup, database_url, tmp_path):
    lean = tmp_path / "lean.backup"
    done = await voltaro(
        "db", "backup", lean, "--without-journal", "--without-secret",
        "--database-url", database_url, "--data-dir", tmp_path / "data",
    )  # fmt: skip
    restored = await voltaro(
        "db", "restore", lean, "--yes", "--database-url", database_url, "--data-dir", tmp_path
    )
    connection = await asyncpg.connect(database_url)
    journal = await connection.fetchval("SELECT count(*) FROM journal")
    await connection.close()

    assert done[0] == 0, done
    with zipfile.ZipFile(lean) as archive:
        assert archive.namelist() == ["manifest.json", "database.dump"]
    assert "The secret key is not in the backup" in done[2]
    assert restored[0] == 0, restored
    assert journal == 0
    assert await sessions_in(database_url) == 3


async def test_what_is_not_there_is_said_plainly(tmp_path):
    no_file = await voltaro("db", "restore", tmp_path / "none", "--data-dir", tmp_path)
    no_database = await voltaro("db", "backup", tmp_path / "x", "--data-dir", tmp_path)
    no_server = await voltaro(
        "db", "status", "--database-url", "postgresql://nobody@127.0.0.1:1/none"
    )

    assert (no_file[0], no_database[0], no_server[0]) == (NOT_FOUND, NOT_FOUND, UNREACHABLE)
    assert not (tmp_path / "x").exists()
