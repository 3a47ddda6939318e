"""Stations fetch and bring files by single-use addresses, over real sockets."""

import asyncio
import hashlib
import random
import re
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.api.conftest import pause, serving
from tests.api.test_api_problems import problem
from voltaro.domain.audit import Author
from voltaro.domain.files import Direction, FileKind, TransferState
from voltaro.store.views.files import find_file, list_files

HOUR = timedelta(hours=1)
ROOT = Path(__file__).parents[2]
#: More than the sockets of both sides hold, so that a cut is a cut.
BIG = random.Random(1).randbytes(24 * 1024 * 1024)
SMALL = b"firmware of a wallbox" * 1000


async def chunked(content, size=256 * 1024):
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def stored(api, content, name="wallbox 2.4.bin"):
    return await api.files.add(
        chunked(content), name=name, kind=FileKind.FIRMWARE, by=Author(name="tests")
    )


async def offered(api, content, **more):
    """The URL to fetch a new file from, and the transfer's id."""
    file = await stored(api, content)
    base = str(api.anonymous.base_url)
    address = await api.transfers.offer(
        file.id, **{"station_id": "CP-1", "base": base, "expires_in": HOUR, **more}
    )
    return address.url, address.transfer_id


async def expected(api, **more):
    """The URL to bring a file to, and the transfer's id."""
    given = {"station_id": "CP-1", "kind": FileKind.LOG, "expires_in": HOUR, **more}
    address = await api.transfers.expect(base=str(api.anonymous.base_url), **given)
    return address.url, address.transfer_id


async def received(api, transfer_id):
    """The file that a transfer brought, and its content."""
    transfer = await api.transfers.get(transfer_id)
    file = await find_file(api.database.engine, transfer.file_id)
    content = (await api.http.get(f"/api/v1/files/{file.id}/content")).content
    return file, content


async def until(condition):
    for _ in range(500):
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        await pause()
    raise AssertionError("it did not come")


@asynccontextmanager
async def raw_request(url, *head):
    """A request whose body is sent by hand."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [head[0].replace("PATH", parts.path), f"Host: {parts.netloc}", *head[1:], "", ""]
    writer.write("\r\n".join(lines).encode())
    try:
        yield reader, writer
    finally:
        writer.close()


async def sends_and_breaks_off(api, url, content, announced):
    """Bring only a part of a file; returns when the server has it on disk."""
    async with raw_request(url, "PUT PATH HTTP/1.1", f"Content-Length: {announced}") as (_, writer):
        writer.write(content)
        await writer.drain()
        await until(lambda: parts(api) == [len(content)])
    await until(lambda: not api.transfers.passage.busy())


def parts(api):
    return [path.stat().st_size for path in api.shelf._folder.glob("*.part")]


def on_disk(api):
    return sorted(path.name for path in api.shelf._folder.iterdir())


def hears_of_finished(api):
    heard = []

    async def listener(transfer):
        heard.append(transfer)

    api.transfers.on_finished(listener)
    return heard


# Fetching


async def test_station_fetches_a_file_once(api):
    heard = hears_of_finished(api)
    url, transfer_id = await offered(api, SMALL)

    answer = await api.anonymous.get(url)

    assert url.endswith("/wallbox%202.4.bin")
    assert answer.status_code == 200
    assert answer.content == SMALL
    assert answer.headers["content-length"] == str(len(SMALL))
    problem(await api.anonymous.get(url), 410, "gone")
    assert (await api.anonymous.head(url)).status_code == 410
    transfer = await api.transfers.get(transfer_id)
    assert transfer.state is TransferState.COMPLETE
    assert (transfer.bytes, transfer.sha256) == (len(SMALL), hashlib.sha256(SMALL).hexdigest())
    await until(lambda: heard == [transfer])


async def test_name_behind_the_address_does_not_matter(api):
    url, _ = await offered(api, SMALL)
    address = url.rpartition("/")[0]

    for end in ("", "/", "/other.bin", "//other.bin"):
        assert (await api.anonymous.head(address + end)).headers["content-length"] == str(
            len(SMALL)
        )


async def test_fetch_that_was_cut_is_resumed(api):
    url, transfer_id = await offered(api, BIG)
    got = b""
    async with api.anonymous.stream("GET", url) as answer:
        etag = answer.headers["etag"]
        async for chunk in answer.aiter_raw():
            got += chunk
            if len(got) > 2 * 1024 * 1024:
                break
    await until(lambda: not api.transfers.passage.busy())
    transfer = await api.transfers.get(transfer_id)
    assert transfer.state is TransferState.OPEN
    assert len(got) <= transfer.bytes < len(BIG)

    rest = await api.anonymous.get(
        url, headers={"Range": f"bytes={len(got)}-", "If-Range": etag}, timeout=30
    )

    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes {len(got)}-{len(BIG) - 1}/{len(BIG)}"
    assert hashlib.sha256(got + rest.content).digest() == hashlib.sha256(BIG).digest()
    assert (await api.transfers.get(transfer_id)).state is TransferState.COMPLETE
    problem(await api.anonymous.get(url), 410, "gone")


async def test_fetch_that_was_never_completed_may_be_repeated(api):
    url, _ = await offered(api, BIG)
    async with api.anonymous.stream("GET", url) as answer:
        async for _ in answer.aiter_raw():
            break
    await until(lambda: not api.transfers.passage.busy())

    assert (await api.anonymous.get(url, timeout=30)).content == BIG


async def test_end_that_was_lost_on_the_way_can_be_fetched_and_the_whole_cannot(api):
    """All of a small file is in the sockets' buffers before a station can be cut."""
    url, _ = await offered(api, SMALL)
    async with api.anonymous.stream("GET", url) as answer:
        async for _ in answer.aiter_raw(1000):
            break
    await until(lambda: not api.transfers.passage.busy())

    rest = await api.anonymous.get(url, headers={"Range": "bytes=1000-"})

    assert (rest.status_code, rest.content) == (206, SMALL[1000:])
    problem(await api.anonymous.get(url), 410, "gone")
    problem(await api.anonymous.get(url, headers={"Range": "bytes=0-"}), 410, "gone")


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None)],
)
async def test_ranges(api, asked, start, stop):
    url, _ = await offered(api, SMALL)

    answer = await api.anonymous.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (206, SMALL[start:stop])


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=5-", "If-Range": '"another"'},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "lines=0-1"},
        {"Range": "bytes=9-3"},
        {"Range": "bytes=-"},
    ],
)
async def test_range_that_cannot_be_meant_is_answered_with_everything(api, headers):
    url, _ = await offered(api, SMALL)

    answer = await api.anonymous.get(url, headers=headers)

    assert (answer.status_code, answer.content) == (200, SMALL)


async def test_range_behind_the_end(api):
    url, _ = await offered(api, SMALL)

    answer = await api.anonymous.get(url, headers={"Range": f"bytes={len(SMALL)}-"})

    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(SMALL)}"


async def test_empty_file_can_be_fetched_once(api):
    url, transfer_id = await offered(api, b"")

    answer = await api.anonymous.get(url)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (await api.transfers.get(transfer_id)).state is TransferState.COMPLETE
    problem(await api.anonymous.get(url), 410, "gone")


async def test_deleted_file_cannot_be_fetched(api):
    url, transfer_id = await offered(api, SMALL)
    (file,) = await list_files(api.database.engine, limit=9)

    await api.http.delete(f"/api/v1/files/{file.id}")

    problem(await api.anonymous.get(url), 410, "gone")
    assert (await api.transfers.get(transfer_id)).state is TransferState.WITHDRAWN


async def test_methods_for_the_other_direction(api):
    down, _ = await offered(api, SMALL)
    up, _ = await expected(api)

    for method, url in (("PUT", down), ("POST", down), ("GET", up)):
        answer = await api.anonymous.request(method, url)
        problem(answer, 405, "method_not_allowed")
    assert (await api.anonymous.get(down)).status_code == 200


# Bringing


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_station_brings_a_file_once(api, method):
    heard = hears_of_finished(api)
    url, transfer_id = await expected(api)
    assert url.endswith("/")

    answer = await api.anonymous.request(method, url + "log_2026.tar.gz", content=BIG)

    assert answer.status_code == 201
    assert answer.json() == {"size": len(BIG), "sha256": hashlib.sha256(BIG).hexdigest()}
    file, content = await received(api, transfer_id)
    assert content == BIG
    assert (file.name, file.kind, file.complete) == ("log_2026.tar.gz", FileKind.LOG, True)
    assert (file.station_id, file.brought_by) == ("CP-1", "CP-1")
    (transfer,) = heard
    assert (transfer.id, transfer.state) == (transfer_id, TransferState.COMPLETE)
    assert (transfer.direction, transfer.bytes) == (Direction.UPLOAD, len(BIG))
    again = await api.anonymous.request(method, url + "log_2026.tar.gz", content=b"other")
    problem(again, 410, "gone")
    assert again.headers["upload-offset"] == str(len(BIG))
    assert (await received(api, transfer_id))[1] == BIG


async def test_station_brings_a_file_in_a_form(api):
    url, transfer_id = await expected(api)

    answer = await api.anonymous.post(
        url, files={"uploadfile": ("diag-1.zip", BIG)}, data={"comment": "none"}
    )

    assert answer.status_code == 201, answer.text
    file, content = await received(api, transfer_id)
    assert (file.name, content) == ("diag-1.zip", BIG)


@pytest.mark.parametrize(
    "form",
    [
        {"files": [("a", ("a.zip", b"1")), ("b", ("b.zip", b"2"))]},
        {
            "content": b"--x\r\nno form",
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
        {
            "content": b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nhalf',
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
    ids=["two files", "nonsense", "half", "no boundary"],
)
async def test_form_without_exactly_one_whole_file(api, form):
    url, transfer_id = await expected(api)

    answer = await api.anonymous.post(url, **form)

    problem(answer, 400, "bad_form")
    assert (await api.transfers.get(transfer_id)).state is TransferState.OPEN
    assert (await api.anonymous.put(url, content=b"whole")).status_code == 201


async def test_name_in_content_disposition_is_remembered(api):
    url, transfer_id = await expected(api)
    named = {"Content-Disposition": 'form-data; name="uploadfile"; filename="logfile_1.zip"'}

    await api.anonymous.post(url, content=b"x", headers=named)

    assert (await received(api, transfer_id))[0].name == "logfile_1.zip"


async def test_station_that_is_cut_resumes(api):
    url, transfer_id = await expected(api)
    cut = len(BIG) // 3
    await sends_and_breaks_off(api, url, BIG[:cut], len(BIG))

    there = await api.anonymous.head(url)
    rest = {"Content-Range": f"bytes {cut}-{len(BIG) - 1}/{len(BIG)}"}
    answer = await api.anonymous.put(url, content=BIG[cut:], headers=rest)

    assert there.status_code == 200
    assert there.headers["upload-offset"] == str(cut)
    assert there.headers["range"] == f"bytes=0-{cut - 1}"
    assert answer.status_code == 201
    assert answer.json()["sha256"] == hashlib.sha256(BIG).hexdigest()
    assert (await received(api, transfer_id))[1] == BIG


async def test_what_was_cut_is_shown_as_incomplete(api):
    url, transfer_id = await expected(api)
    await sends_and_breaks_off(api, url, BIG[:5000], len(BIG))

    (item,) = await api.items("/api/v1/files", station_id="CP-1")

    assert (item["complete"], item["size"], item["sha256"]) == (False, 5000, None)
    problem(await api.http.get(f"/api/v1/files/{item['id']}/content"), 404, "not_found")
    assert (await api.transfers.get(transfer_id)).bytes == 5000


async def test_station_that_cannot_resume_begins_anew(api):
    url, transfer_id = await expected(api)
    await sends_and_breaks_off(api, url, BIG[:50_000], len(BIG))

    answer = await api.anonymous.put(url, content=SMALL)

    assert answer.status_code == 201
    assert (await received(api, transfer_id))[1] == SMALL


async def test_file_in_pieces(api):
    url, transfer_id = await expected(api)
    size = len(SMALL)
    codes = []
    for start in range(0, size, 5000):
        stop = min(start + 5000, size)
        # The size is often known only at the end.
        total = size if stop == size else "*"
        headers = {"Content-Range": f"bytes {start}-{stop - 1}/{total}"}
        answer = await api.anonymous.put(url, content=SMALL[start:stop], headers=headers)
        codes.append(answer.status_code)
        assert answer.headers["upload-offset"] == str(stop)

    assert codes == [204, 204, 204, 204, 201]
    assert (await received(api, transfer_id))[1] == SMALL


@pytest.mark.parametrize("start", [10, 99, 101, 5000])
async def test_wrong_offset_is_refused_and_told(api, start):
    url, transfer_id = await expected(api)
    headers = {"Content-Range": "bytes 0-99/5100"}
    await api.anonymous.put(url, content=SMALL[:100], headers=headers)

    headers = {"Content-Range": f"bytes {start}-{start + 99}/5100"}
    answer = await api.anonymous.put(url, content=b"x" * 100, headers=headers)

    problem(answer, 409, "wrong_offset")
    assert (answer.headers["upload-offset"], answer.headers["range"]) == ("100", "bytes=0-99")
    assert parts(api) == [100]
    headers = {"Content-Range": "bytes 100-5099/5100"}
    assert (
        await api.anonymous.put(url, content=SMALL[100:5100], headers=headers)
    ).status_code == 201
    assert (await received(api, transfer_id))[1] == SMALL[:5100]


@pytest.mark.parametrize(
    "header",
    ["bytes 5-3/10", "bytes 0-10/10", "bytes */10", "lines 0-1/2", "bytes 0-1", "bytes 0-1/2"],
)
async def test_content_range_that_makes_no_sense(api, header):
    url, transfer_id = await expected(api)

    answer = await api.anonymous.put(url, content=b"abc", headers={"Content-Range": header})

    problem(answer, 400, "bad_content_range")
    assert (await api.transfers.get(transfer_id)).state is TransferState.OPEN


async def test_newest_request_wins_over_a_dead_one(api):
    url, transfer_id = await expected(api)
    put, rest = "PUT PATH HTTP/1.1", "Content-Range: bytes 40-99/100"
    async with raw_request(url, put, "Content-Length: 100") as (old_answer, old):
        old.write(b"a" * 40)
        await until(lambda: parts(api) == [40])
        async with raw_request(url, put, "Content-Length: 60", rest) as (new_answer, new):
            new.write(b"b" * 10)
            await until(lambda: parts(api) == [50])

            old.write(b"a" * 60)
            assert (await asyncio.wait_for(old_answer.readline(), 10)).split()[1] == b"409"
            new.write(b"b" * 50)
            assert (await asyncio.wait_for(new_answer.readline(), 10)).split()[1] == b"201"

    assert (await received(api, transfer_id))[1] == b"a" * 40 + b"b" * 60


async def test_empty_file_is_a_file(api):
    url, transfer_id = await expected(api)

    answer = await api.anonymous.put(url + "empty.log", content=b"")

    assert answer.status_code == 201
    file, content = await received(api, transfer_id)
    assert (file.size, file.complete, content) == (0, True, b"")


# Bounds


@pytest.mark.parametrize("way", ["announced", "chunked", "piece", "form"])
async def test_too_large_a_file_is_refused_and_nothing_stays(api, way):
    url, transfer_id = await expected(api, max_bytes=100_000)
    content = BIG[:400_000]

    match way:
        case "announced":
            answer = await api.anonymous.put(url, content=content)
        case "chunked":
            answer = await api.anonymous.put(url, content=chunked(content, 50_000))
        case "piece":
            headers = {"Content-Range": "bytes 0-9/100001"}
            answer = await api.anonymous.put(url, content=content[:10], headers=headers)
        case "form":
            answer = await api.anonymous.post(url, files={"f": ("f", content[:120_000])})

    problem(answer, 413, "body_too_large")
    assert on_disk(api) == []
    assert await list_files(api.database.engine, limit=9) == []
    assert (await api.transfers.get(transfer_id)).bytes == 0
    assert (await api.anonymous.put(url, content=content[:100_000])).status_code == 201


async def test_full_disk_is_told_and_leaves_no_half_file(api):
    url, transfer_id = await expected(api)
    await sends_and_breaks_off(api, url, BIG[:50_000], len(BIG))
    api.shelf.reserve_bytes = 2**62

    headers = {"Content-Range": "bytes 50000-99999/100000"}
    answer = await api.anonymous.put(url, content=BIG[50_000:100_000], headers=headers)

    problem(answer, 507, "no_room")
    assert on_disk(api) == []
    assert (await api.transfers.get(transfer_id)).state is TransferState.OPEN
    api.shelf.reserve_bytes = 0
    assert (await api.anonymous.put(url, content=SMALL)).status_code == 201


async def test_expired_addresses_are_gone_and_so_is_what_was_begun(api):
    heard = hears_of_finished(api)
    up, up_id = await expected(api)
    await sends_and_breaks_off(api, up, SMALL, len(BIG))
    down, down_id = await offered(api, SMALL, expires_in=timedelta(0))
    late, _ = await expected(api, expires_in=timedelta(0))

    problem(await api.anonymous.get(down), 410, "gone")
    problem(await api.anonymous.put(late, content=b"x"), 410, "gone")
    assert (await api.anonymous.head(late)).status_code == 410
    await api.transfers.keep(datetime.now(UTC) + 2 * HOUR)

    assert {each.id for each in heard} >= {up_id, down_id}
    assert {each.state for each in heard} == {TransferState.EXPIRED}
    problem(await api.anonymous.put(up, content=b"x"), 410, "gone")
    assert len(on_disk(api)) == 1  # the firmware
    assert [f.kind for f in await list_files(api.database.engine, limit=9)] == [FileKind.FIRMWARE]
    await api.transfers.keep(datetime.now(UTC) + timedelta(days=40))
    assert await api.transfers.get(up_id) is None


async def test_unknown_address_is_nothing_and_guessing_is_slowed_down(api):
    up, _ = await expected(api)
    codes = []
    for number in range(30):
        answer = await api.anonymous.get(f"/files/{number:040x}/x")
        codes.append(answer.status_code)

    assert codes[0] == 404
    assert codes[-1] == 429
    assert "retry-after" in answer.headers
    assert (await api.anonymous.put(up, content=b"x")).status_code == 201


async def test_address_is_stored_as_a_hash_only(api):
    url, _ = await expected(api)
    token = re.search(r"/files/([0-9a-f]{40})/", url)[1]

    async with api.database.engine.connect() as connection:
        (row,) = (await connection.exec_driver_sql("SELECT t::text FROM transfers t")).all()

    assert token not in row[0]
    assert token.encode().hex() not in row[0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..%2f..%2fetc%2fpasswd", "passwd"),
        ("..%5c..%5cboot.ini", "boot.ini"),
        ("..", "log-CP-1"),
        ("%00%0a", "log-CP-1"),
        (quote("Störung №1.zip"), "Störung №1.zip"),
        ("a" * 300 + ".tar.gz", "a" * 147 + ".gz"),
    ],
)
async def test_name_is_only_a_name(api, given, kept):
    url, transfer_id = await expected(api)
    async with raw_request(
        url + given, "PUT PATH HTTP/1.1", "Content-Length: 1", "Connection: close"
    ) as (reader, writer):
        writer.write(b"x")
        answer = await asyncio.wait_for(reader.read(), 10)

    assert answer.split()[1] == b"201", answer
    file, _ = await received(api, transfer_id)
    assert file.name == kept
    assert on_disk(api) == [str(file.id)]


async def test_only_we_can_read_what_is_on_disk(api):
    url, _ = await expected(api)
    await stored(api, SMALL)
    await sends_and_breaks_off(api, url, SMALL, len(BIG))

    modes = {oct(path.stat().st_mode & 0o777) for path in api.shelf._folder.iterdir()}

    assert len(on_disk(api)) == 2
    assert modes == {"0o600"}
    assert oct(api.shelf._folder.stat().st_mode & 0o777) == "0o700"


# Restarts


async def test_part_survives_a_restart_and_its_file_says_how_much_is_there(database_url, tmp_path):
    async with serving(database_url, tmp_path) as api:
        url, transfer_id = await expected(api)
        await sends_and_breaks_off(api, url, SMALL[:4000], len(SMALL))
    # What a killed server had written and not noted any more.
    (part,) = (tmp_path / "files").glob("*.part")
    with part.open("ab") as file:
        file.write(SMALL[4000:7000])
    path = urlsplit(url).path

    async with serving(database_url, tmp_path) as api:
        there = await api.anonymous.head(path)
        headers = {"Content-Range": f"bytes 7000-{len(SMALL) - 1}/{len(SMALL)}"}
        answer = await api.anonymous.put(path, content=SMALL[7000:], headers=headers)

        assert there.headers["upload-offset"] == "7000"
        assert answer.status_code == 201
        assert (await received(api, transfer_id))[1] == SMALL


async def test_server_that_is_killed_in_the_middle_loses_nothing_it_wrote(database_url, tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.api.files_process", database_url, str(tmp_path),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        url = ""
        async with asyncio.timeout(60):
            while not url.startswith("ADDRESS "):
                url = (await process.stdout.readline()).decode()
                assert url, "the server has ended"
        url = url.split()[1]
        async with raw_request(url, "PUT PATH HTTP/1.1", f"Content-Length: {len(BIG)}") as (_, to):
            to.write(BIG[: len(BIG) // 2])
            await until(
                lambda: sum(p.stat().st_size for p in tmp_path.glob("files/*.part")) > 10**6
            )
            process.kill()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
    (part,) = (tmp_path / "files").glob("*.part")
    path = urlsplit(url).path

    async with serving(database_url, tmp_path) as api:
        there = int((await api.anonymous.head(path)).headers["upload-offset"])
        assert there == part.stat().st_size > 10**6
        headers = {"Content-Range": f"bytes {there}-{len(BIG) - 1}/{len(BIG)}"}
        answer = await api.anonymous.put(path, content=BIG[there:], headers=headers)

        assert answer.status_code == 201, answer.text
        assert answer.json()["sha256"] == hashlib.sha256(BIG).hexdigest()


async def test_file_that_had_arrived_is_finished_after_a_restart(database_url, tmp_path):
    async with serving(database_url, tmp_path) as api:
        url, transfer_id = await expected(api)
        await sends_and_breaks_off(api, url, SMALL, len(BIG))
    (part,) = (tmp_path / "files").glob("*.part")
    part.rename(part.with_suffix(""))

    async with serving(database_url, tmp_path) as api:
        transfer = await api.transfers.get(transfer_id)

        assert transfer.state is TransferState.COMPLETE
        assert transfer.sha256 == hashlib.sha256(SMALL).hexdigest()
        assert (await received(api, transfer_id))[1] == SMALL


async def test_leftovers_are_swept_at_start(database_url, tmp_path):
    leftover = "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"
    async with serving(database_url, tmp_path) as api:
        file = await stored(api, SMALL)
    folder = tmp_path / "files"
    for name in (leftover, f"{leftover}.part", f"{file.id}.part", "README"):
        (folder / name).write_text("x")

    async with serving(database_url, tmp_path) as api:
        assert on_disk(api) == sorted([str(file.id), "README"])


async def test_files_are_not_swept_by_a_database_that_knows_none(database_url, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    name = "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"
    (folder / name).write_text("firmware of another database")

    async with serving(database_url, tmp_path) as api:
        assert on_disk(api) == [name]
