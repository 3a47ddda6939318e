"""Stations fetch and bring files by FTP: their one file and nothing else."""

import asyncio
import contextlib
import ftplib
import hashlib
import io
import random
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.test_files_transfers import chunked, until
from voltaro.config import Settings
from voltaro.domain.audit import Author
from voltaro.domain.files import FileKind, TransferState
from voltaro.file_server.opening import FileServer, FilesRefused, serving_files
from voltaro.services.secrets import Keyring
from voltaro.setting_values import PortRange
from voltaro.store.database import Database, open_database
from voltaro.store.facts import Sources
from voltaro.store.views.files import find_file

#: More than the sockets of both sides hold.
BIG = random.Random(2).randbytes(24 * 1024 * 1024)
SMALL = b"a log of a wallbox\n" * 1000
HOUR = timedelta(hours=1)


@dataclass
class House:
    """A file server with FTP."""

    server: FileServer
    database: Database
    folder: Any

    @property
    def base(self):
        return f"ftp://127.0.0.1:{self.server.ftp_port}"

    async def offered(self, content, name="wallbox.bin"):
        file = await self.server.files.add(
            chunked(content), name=name, kind=FileKind.FIRMWARE, by=Author(name="tests")
        )
        return await self.server.transfers.offer(
            file.id, station_id="CP-1", base=self.base, expires_in=HOUR
        )

    async def expected(self, **more):
        given = {"station_id": "CP-1", "kind": FileKind.LOG, "expires_in": HOUR, **more}
        return await self.server.transfers.expect(base=self.base, **given)

    async def received(self, address):
        transfer = await self.server.transfers.get(address.transfer_id)
        file = await find_file(self.database.engine, transfer.file_id)
        return file, (self.folder / str(file.id)).read_bytes()


@asynccontextmanager
async def house(database_url, tmp_path, **settings):
    given = {"data_dir": tmp_path, "bind": "127.0.0.1", "ftp_port": 0, "disk_journal_bytes": 0}
    async with (
        open_database(database_url, Sources()) as database,
        serving_files(
            Settings(**{**given, **settings}), database.engine, Keyring("secret of the tests")
        ) as server,
    ):
        yield House(server, database, tmp_path / "files")


@pytest.fixture
async def ftp(database_url, tmp_path):
    async with house(database_url, tmp_path) as server:
        yield server


def connected(address, *, login=True):
    """A client of the standard library; blocking, so it belongs into a thread."""
    parts = urlsplit(address.url)
    client = ftplib.FTP(timeout=20)
    try:
        client.connect(parts.hostname, parts.port)
        if login:
            client.login(parts.username, parts.password)
    except ftplib.Error:
        client.close()
        raise
    return client


async def in_thread(address, work, **more):
    def run():
        with connected(address, **more) as client:
            return work(client)

    return await asyncio.to_thread(run)


def fetch(name, rest=None):
    def work(client):
        got = io.BytesIO()
        client.retrbinary(f"RETR {name}", got.write, rest=rest)
        return got.getvalue()

    return work


def bring(name, content, rest=None, command="STOR"):
    return lambda client: client.storbinary(f"{command} {name}", io.BytesIO(content), rest=rest)


async def sends_and_breaks_off(ftp, address, content):
    """Send some, then lose both connections as a station does that crashes."""

    def begin():
        client = connected(address)
        data = client.transfercmd("STOR diag.zip")
        data.sendall(content)
        return client, data

    client, data = await asyncio.to_thread(begin)
    await until(lambda: [p.stat().st_size for p in ftp.folder.glob("*.part")] == [len(content)])
    data.close()
    client.close()
    await until(lambda: not ftp.server.transfers.passage.busy())
    transfer = await ftp.server.transfers.get(address.transfer_id)
    assert (transfer.state, transfer.bytes) == (TransferState.OPEN, len(content))


async def refused(address, work, code, **more):
    with pytest.raises(ftplib.Error) as caught:
        await in_thread(address, work, **more)
    assert str(caught.value).startswith(code), caught.value


async def test_station_fetches_a_file_once(ftp):
    address = await ftp.offered(BIG)

    def work(client):
        return client.size("wallbox.bin"), fetch("wallbox.bin")(client)

    size, content = await in_thread(address, work)

    assert address.url.startswith("ftp://")
    assert address.url.endswith("/wallbox.bin")
    assert size == len(BIG)
    assert hashlib.sha256(content).digest() == hashlib.sha256(BIG).digest()
    transfer = await ftp.server.transfers.get(address.transfer_id)
    assert (transfer.state, transfer.bytes) == (TransferState.COMPLETE, len(BIG))
    await refused(address, fetch("wallbox.bin"), "550")


async def test_fetch_that_was_cut_is_resumed(ftp):
    address = await ftp.offered(BIG)

    def cut(client):
        data = client.transfercmd("RETR wallbox.bin")
        got = b""
        while len(got) < 2_000_000:
            got += data.recv(65536)
        data.close()
        client.close()
        return got

    got = await in_thread(address, cut)
    await until(lambda: not ftp.server.transfers.passage.busy())
    assert (await ftp.server.transfers.get(address.transfer_id)).state is TransferState.OPEN
    rest = await in_thread(address, fetch("wallbox.bin", rest=len(got)))

    assert hashlib.sha256(got + rest).digest() == hashlib.sha256(BIG).digest()
    transfer = await ftp.server.transfers.get(address.transfer_id)
    assert transfer.state is TransferState.COMPLETE


async def test_station_brings_a_file_once(ftp):
    address = await ftp.expected()

    reply = await in_thread(address, bring("diag.zip", BIG))

    assert reply.startswith("226")
    file, content = await ftp.received(address)
    assert (file.name, file.complete, file.station_id) == ("diag.zip", True, "CP-1")
    assert hashlib.sha256(content).hexdigest() == hashlib.sha256(BIG).hexdigest() == file.sha256
    await refused(address, bring("diag.zip", b"again"), "530")


@pytest.mark.parametrize("command", ["STOR", "APPE"])
async def test_station_that_is_cut_resumes(ftp, command):
    address = await ftp.expected()
    cut = len(BIG) // 3

    await sends_and_breaks_off(ftp, address, BIG[:cut])

    def work(client):
        there = client.size("diag.zip")
        rest = there if command == "STOR" else None
        bring("diag.zip", BIG[there:], rest, command)(client)
        return there

    there = await in_thread(address, work)

    assert there == cut
    _, content = await ftp.received(address)
    assert hashlib.sha256(content).digest() == hashlib.sha256(BIG).digest()


async def test_wrong_offset_is_refused(ftp):
    address = await ftp.expected()
    await sends_and_breaks_off(ftp, address, SMALL)

    await refused(address, bring("diag.zip", b"x", rest=len(SMALL) + 1), "554")

    await in_thread(address, bring("diag.zip", b"end", command="APPE"))
    assert (await ftp.received(address))[1] == SMALL + b"end"


async def test_aborted_upload_is_kept_to_be_resumed(ftp):
    address = await ftp.expected()

    def work(client):
        data = client.transfercmd("STOR diag.zip")
        data.sendall(SMALL)
        client.putcmd("ABOR")
        replies = [client.getmultiline(), client.getmultiline()]
        data.close()
        return replies

    aborted, done = await in_thread(address, work)

    assert (aborted[:3], done[:3]) == ("426", "226")
    transfer = await ftp.server.transfers.get(address.transfer_id)
    assert transfer.state is TransferState.OPEN


async def test_too_large_a_file_is_refused_and_nothing_stays(ftp):
    address = await ftp.expected(max_bytes=100_000)

    with pytest.raises((ftplib.Error, OSError)):
        await in_thread(address, bring("diag.zip", BIG))

    await until(lambda: not ftp.server.transfers.passage.busy())
    assert list(ftp.folder.iterdir()) == []
    await in_thread(address, bring("diag.zip", SMALL))
    assert (await ftp.received(address))[1] == SMALL


async def test_expired_address(ftp):
    address = await ftp.expected(expires_in=timedelta(0))

    await refused(address, lambda _client: None, "530")


@pytest.mark.parametrize(
    "command",
    [
        "LIST", "NLST", "MLSD", "MLST", "DELE wallbox.bin", "RNFR wallbox.bin", "MKD x", "RMD /",
        "SITE CHMOD 777 x", "PORT 127,0,0,1,7,7", "EPRT |1|127.0.0.1|2000|", "STAT", "XCRC x",
    ],
)  # fmt: skip
async def test_there_are_no_other_commands(ftp, command):
    address = await ftp.offered(SMALL)

    await refused(address, lambda client: client.sendcmd(command), "502")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("CWD ..", "550"),
        ("CWD /etc", "550"),
        ("RETR ../../../etc/passwd", "550"),
        ("RETR /etc/passwd", "550"),
        ("RETR wallbox.bin.part", "550"),
        ("SIZE /etc/passwd", "550"),
        ("STOR wallbox.bin", "550"),
        ("APPE wallbox.bin", "550"),
    ],
)
async def test_nothing_outside_can_be_reached(ftp, command, code):
    address = await ftp.offered(SMALL)

    def work(client):
        client.makepasv()
        client.sendcmd(command)

    await refused(address, work, code)
    assert await in_thread(address, fetch("wallbox.bin")) == SMALL


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/b", "..", "/"])
async def test_nothing_can_be_written_elsewhere(ftp, name):
    address = await ftp.expected()

    await refused(address, bring(name, b"x"), "553")
    await refused(address, fetch("x"), "550")

    assert list(ftp.folder.iterdir()) == []


async def test_commands_that_clients_send_first(ftp):
    address = await ftp.expected()

    def work(client):
        client.cwd("/")
        assert client.pwd() == "/"
        assert "SIZE" in client.sendcmd("FEAT")
        for command in ("SYST", "NOOP", "OPTS UTF8 ON", "TYPE I"):
            assert client.sendcmd(command).startswith("2")
        client.af = socket.AF_INET6  # asks for EPSV
        bring("x", SMALL)(client)

    await in_thread(address, work)
    assert (await ftp.received(address))[1] == SMALL


@pytest.mark.parametrize(
    ("user", "password"), [("anonymous", "a@b"), ("", ""), ("x" * 12, "y" * 28)]
)
async def test_nobody_comes_in_without_an_address(ftp, user, password):
    address = await ftp.offered(SMALL)

    def work(client):
        client.sendcmd(f"USER {user}")
        client.sendcmd(f"PASS {password}")

    await refused(address, work, "530", login=False)
    for command in ("RETR wallbox.bin", "STOR x", "SIZE wallbox.bin"):
        await refused(address, lambda client, c=command: client.sendcmd(c), "530", login=False)


async def test_data_connection_is_not_for_others(ftp):
    """Another host that is quicker than the station gets nothing of the file."""
    address = await ftp.offered(SMALL)

    def work(client):
        host, port = client.makepasv()
        thief = socket.create_connection((host, port), source_address=("127.0.0.9", 0))
        client.voidcmd("NOOP")
        try:
            client.sendcmd("RETR wallbox.bin")
            return client.getmultiline(), thief.recv(100)
        finally:
            thief.close()

    with pytest.raises(ftplib.error_temp, match="425"):
        await in_thread(address, lambda client: _voided(client, work))


def _voided(client, work):
    reply, stolen = work(client)
    assert stolen == b""
    if reply.startswith("4"):
        raise ftplib.error_temp(reply)
    return reply


async def test_connections_are_bounded(ftp):
    address = await ftp.offered(SMALL)

    def work():
        with contextlib.ExitStack() as clients:
            for _ in range(32):
                clients.enter_context(connected(address, login=False))
            with pytest.raises(ftplib.error_temp, match="421"):
                connected(address, login=False)

    await asyncio.to_thread(work)
    await in_thread(address, fetch("wallbox.bin"))


async def test_garbage_ends_the_connection_only(ftp):
    address = await ftp.offered(SMALL)

    def work(client):
        client.sock.sendall(b"\xff\xfe" * 100 + b"\r\n")
        reply = client.getline()
        client.sock.sendall(b"x" * 200_000)
        return reply

    assert (await in_thread(address, work, login=False)).startswith("502")
    assert await in_thread(address, fetch("wallbox.bin")) == SMALL


async def test_passive_ports_and_public_address_are_as_set(database_url, tmp_path):
    ports = PortRange(42_100, 42_140)
    async with house(
        database_url, tmp_path, ftp_passive_ports=ports, ftp_public_host="127.0.0.1"
    ) as server:
        address = await server.offered(SMALL)

        def work(client):
            client.trust_server_pasv_ipv4_address = True
            return client.makepasv()

        host, port = await in_thread(address, work)

    assert host == "127.0.0.1"
    assert port in ports.numbers()


async def test_off_unless_a_port_is_set(database_url, tmp_path):
    async with house(database_url, tmp_path, ftp_port=None) as server:
        assert server.server.ftp_port is None


async def test_port_that_is_taken_is_said_in_one_line(database_url, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FilesRefused, match=rf"cannot listen on port {port} .*--ftp-port"):
            async with house(database_url, tmp_path, ftp_port=port):
                pass


async def test_missing_library_is_said_in_one_line(database_url, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "aioftp", None)
    monkeypatch.delitem(sys.modules, "voltaro.file_server.ftp", raising=False)

    with pytest.raises(FilesRefused, match=r"pip install 'voltaro\[ftp\]'"):
        async with house(database_url, tmp_path):
            pass
