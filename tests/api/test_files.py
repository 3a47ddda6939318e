"""Files as operators bring, find, fetch and delete them."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import MAX_FILE
from tests.api.test_api_problems import problem
from tests.api.test_files_transfers import chunked, expected, on_disk, raw_request, until
from voltaro.domain.files import FileKind

F = "/api/v1/files"
CONTENT = bytes(range(256)) * 20_000
BINARY = {"Content-Type": "application/octet-stream"}


async def brings(api, content=CONTENT, name="wallbox-2.4.1.bin", kind="firmware"):
    answer = await api.http.post(
        F, params={"name": name, "kind": kind}, content=content, headers=BINARY
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def station_brings(api, station_id, content=b"log", kind=FileKind.LOG):
    url, _ = await expected(api, station_id=station_id, kind=kind)
    assert (await api.anonymous.put(url + "some.log", content=content)).status_code == 201


async def test_file_is_brought_shown_fetched_and_deleted(api):
    answer = await api.http.post(
        F, params={"name": "a b.bin", "kind": "firmware"}, content=CONTENT, headers=BINARY
    )

    file = answer.json()
    place = f"{F}/{file['id']}"
    assert answer.status_code == 201
    assert answer.headers["location"] == place
    assert (file["name"], file["kind"], file["size"]) == ("a b.bin", "firmware", len(CONTENT))
    assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert (file["brought_by"], file["station_id"], file["complete"]) == ("bootstrap", None, True)
    assert uuid.UUID(file["id"]).version == 7
    assert (await api.http.get(place)).json() == file
    content = await api.http.get(f"{place}/content")
    assert content.content == CONTENT
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"] == (
        "attachment; filename=\"a b.bin\"; filename*=UTF-8''a%20b.bin"
    )
    assert (await api.http.delete(place)).status_code == 204
    problem(await api.http.get(place), 404, "not_found")
    problem(await api.http.get(f"{place}/content"), 404, "not_found")
    problem(await api.http.delete(place), 404, "not_found")
    assert on_disk(api) == []


async def test_every_change_is_in_the_audit_log(api):
    file = await brings(api)
    await api.http.delete(f"{F}/{file['id']}")

    entries = await api.items("/api/v1/audit", target=file["id"])

    assert [(e["action"], e["actor"]) for e in entries] == [
        ("file.deleted", "bootstrap"),
        ("file.created", "bootstrap"),
    ]
    assert entries[1]["after"]["sha256"] == file["sha256"]
    assert entries[0]["before"] == entries[1]["after"]


async def test_changes_need_the_scope_write(api):
    made = await api.http.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]})
    reader = {"Authorization": f"Bearer {made.json()['key']}"}
    file = await brings(api)
    query = {"name": "x", "kind": "other"}

    refused = await api.anonymous.post(F, params=query, content=b"x", headers=reader | BINARY)
    kept = await api.anonymous.delete(f"{F}/{file['id']}", headers=reader)
    read = await api.anonymous.get(f"{F}/{file['id']}/content", headers=reader)

    problem(refused, 403, "missing_scope")
    problem(kept, 403, "missing_scope")
    assert read.content == CONTENT
    assert len(on_disk(api)) == 1


async def test_a_part_can_be_fetched(api):
    file = await brings(api)
    place = f"{F}/{file['id']}/content"

    part = await api.http.get(place, headers={"Range": "bytes=100-199"})
    other = await api.http.get(place, headers={"Range": "bytes=100-199", "If-Range": '"x"'})
    behind = await api.http.get(place, headers={"Range": f"bytes={len(CONTENT)}-"})

    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(CONTENT)}"
    assert (other.status_code, len(other.content)) == (200, len(CONTENT))
    problem(behind, 416, "range_not_satisfiable")


async def test_list_is_newest_first_and_can_be_filtered(api):
    firmware = [await brings(api, b"1", f"{n}.bin") for n in range(5)]
    other = await brings(api, b"2", "x", "other")
    await station_brings(api, "CP-1")
    await station_brings(api, "CP-2", kind=FileKind.DIAGNOSTICS)

    everything = await api.items(F, limit=3)
    ids = [each["id"] for each in everything]

    assert len(ids) == 8
    assert ids == sorted(ids, reverse=True)
    assert [f["id"] for f in await api.items(F, kind="firmware")] == [
        each["id"] for each in reversed(firmware)
    ]
    assert [f["kind"] for f in await api.items(F, station_id="CP-2")] == ["diagnostics"]
    assert await api.items(F, station_id="CP-2", kind="log") == []
    assert [f["id"] for f in await api.items(F, kind="other")] == [other["id"]]
    problem(await api.http.get(F, params={"kind": "nonsense"}), 422, "invalid")


@pytest.mark.parametrize("name", ["../..", "...", "\n", " "])
async def test_name_that_says_nothing(api, name):
    answer = await api.http.post(F, params={"name": name, "kind": "other"}, content=b"x")

    problem(answer, 422, "invalid")
    assert on_disk(api) == []


async def test_name_for_the_browser_cannot_break_the_header(api):
    file = await brings(api, name='a"; filename="evil.exe\r\nSet-Cookie: x=é')

    answer = await api.http.get(f"{F}/{file['id']}/content")

    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="a__ filename__evil.exe'
    )


async def test_form_is_no_file(api):
    answer = await api.http.post(
        F, params={"name": "x", "kind": "other"}, files={"file": ("x", b"x")}
    )

    problem(answer, 422, "invalid")
    assert on_disk(api) == []


@pytest.mark.parametrize("announced", [True, False])
async def test_too_large_a_file_is_refused(api, announced):
    content = bytes(MAX_FILE + 1) if announced else chunked(bytes(MAX_FILE + 1))

    answer = await api.http.post(F, params={"name": "x", "kind": "other"}, content=content)

    problem(answer, 413, "body_too_large")
    assert on_disk(api) == []
    assert await api.items(F) == []


async def test_full_disk_is_told(api):
    api.shelf.reserve_bytes = 2**62

    answer = await api.http.post(F, params={"name": "x", "kind": "other"}, content=b"x")

    problem(answer, 507, "no_room")
    assert on_disk(api) == []
    assert await api.items(F) == []


async def test_who_breaks_off_leaves_nothing(api):
    url = f"{api.http.base_url}{F}?name=x&kind=other"
    key = f"Authorization: {api.http.headers['authorization']}"
    request = "POST /api/v1/files?name=x&kind=other HTTP/1.1"
    async with raw_request(url, request, "Content-Length: 1000", key) as (_, writer):
        writer.write(b"x" * 500)
        await until(lambda: [p.stat().st_size for p in api.shelf._folder.iterdir()] == [500])

    await until(lambda: on_disk(api) == [])
    assert await api.items(F) == []


async def test_file_whose_content_was_lost(api):
    file = await brings(api)
    (api.shelf._folder / file["id"]).unlink()

    problem(await api.http.get(f"{F}/{file['id']}/content"), 404, "not_found")
    assert (await api.http.delete(f"{F}/{file['id']}")).status_code == 204


async def test_what_stations_brought_goes_when_it_is_old(api):
    firmware = await brings(api)
    await station_brings(api, "CP-1")
    api.transfers._keep_received = timedelta(days=30)

    await api.transfers.keep(datetime.now(UTC) + timedelta(days=29))
    assert len(await api.items(F)) == 2
    await api.transfers.keep(datetime.now(UTC) + timedelta(days=31))

    assert [each["id"] for each in await api.items(F)] == [firmware["id"]]
    assert on_disk(api) == [firmware["id"]]
