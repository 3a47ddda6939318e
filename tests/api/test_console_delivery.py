"""How the console's files reach a browser, whatever is in them."""

import asyncio
import gzip

import pytest

from tests.api.conftest import serving

SCRIPT = b"console.log('the console');\n" * 50
PAGE = b'<!doctype html><script type="module" src="/ui/assets/index-Ab12.js"></script>\n'
HTML = "text/html; charset=utf-8"
ASSET = "/ui/assets/index-Ab12.js"


@pytest.fixture
def built(tmp_path):
    """What a build leaves behind."""
    files = {
        "index.html": PAGE,
        "icon.svg": b"<svg/>",
        "assets/index-Ab12.js": SCRIPT,
        "assets/index-Ab12.js.gz": gzip.compress(SCRIPT),
        "assets/inter-Cd34.woff2": b"wOF2",
    }
    for name, content in files.items():
        path = tmp_path / "_ui" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "_ui"


@pytest.fixture
async def http(database_url, tmp_path, built):
    """A browser's view: no key, and what httpx accepts by itself is left out."""
    async with serving(database_url, tmp_path, console=built) as api:
        api.anonymous.headers["Accept-Encoding"] = "identity"
        yield api.anonymous


def assert_guarded(answer):
    policy = {
        name: words
        for name, *words in (
            each.split() for each in answer.headers["content-security-policy"].split(";")
        )
    }
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "place",
    ["/ui/", "/ui/index.html", "/ui/stations", "/ui/stations/CP.001?tab=live", "/ui/a%2Fb/..%2F"],
)
async def test_every_place_within_the_console_is_the_page(http, place):
    answer = await http.get(place, headers={"Accept": "*/*"})

    assert (answer.status_code, answer.headers["content-type"]) == (200, HTML)
    assert answer.content == PAGE
    assert answer.headers["cache-control"] == "no-cache"
    assert_guarded(answer)


async def test_address_without_its_slash_leads_there(http):
    answer = await http.get("/ui")

    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")


async def test_assets_are_kept_for_ever_and_other_files_are_asked_for(http):
    script = await http.get(ASSET)
    font = await http.get("/ui/assets/inter-Cd34.woff2")
    icon = await http.get("/ui/icon.svg")

    assert script.content == SCRIPT
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert font.headers["content-type"] == "font/woff2"
    assert icon.headers["content-type"] == "image/svg+xml"
    for_ever = "public, max-age=31536000, immutable"
    assert script.headers["cache-control"] == font.headers["cache-control"] == for_ever
    assert icon.headers["cache-control"] == "no-cache"


async def test_page_that_did_not_change_is_not_sent_again(http):
    etag = (await http.get("/ui/")).headers["etag"]

    for seen in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        again = await http.get("/ui/stations", headers={"If-None-Match": seen})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert_guarded(again)
    assert (await http.get("/ui/", headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, GZIP;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("br, gzip; q=0.0", None),
        ("x-gzipped", None),
        ("identity", None),
    ],
)
async def test_script_is_compressed_for_whom_takes_it(http, accepted, coding):
    answer = await http.get(ASSET, headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding") == coding
    assert int(answer.headers["content-length"]) < len(SCRIPT) or coding is None
    assert answer.content == SCRIPT
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_file_without_a_smaller_form_is_sent_as_it_is(http):
    answer = await http.get("/ui/icon.svg", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in answer.headers
    assert answer.content == b"<svg/>"


async def test_head_tells_the_same_and_sends_nothing(http):
    for place in ("/ui/", ASSET):
        head, got = await http.head(place), await http.get(place)
        own = {"date", "x-request-id"}
        assert head.content == b""
        assert {k: v for k, v in head.headers.items() if k not in own} == {
            k: v for k, v in got.headers.items() if k not in own
        }


async def test_missing_asset_is_missing_and_not_the_page(http):
    for place in ("/ui/assets/index-Zz99.js", "/ui/assets/", "/ui/assets/index-Ab12.js/x"):
        answer = await http.get(place, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nothing_outside_the_folder_can_be_read(http, built):
    (built.parent / "secret.key").write_text("hidden")

    for way in (
        "../secret.key",
        "%2e%2e/secret.key",
        "assets/..%2f..%2fsecret.key",
        "//etc/passwd",
    ):
        answer = await _as_it_is_written(http, f"/ui/{way}")
        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))
        assert b"hidden" not in answer
        assert b"root:" not in answer


async def _as_it_is_written(http, path):
    """The answer to a path that httpx would tidy up."""
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_compressed_form_is_no_file_of_its_own(http):
    assert (await http.get(f"{ASSET}.gz")).status_code == 404


async def test_page_stays_whole_when_the_package_is_replaced_under_the_server(http, built):
    (built / "assets" / "index-Ab12.js").unlink()

    assert (await http.get("/ui/")).content == PAGE
    assert (await http.get(ASSET)).content == SCRIPT


async def test_without_a_built_console_the_page_says_how_to_build_it(database_url, tmp_path):
    async with serving(database_url, tmp_path, console=tmp_path / "nowhere") as api:
        for place in ("/ui/", "/ui/stations", "/ui/assets/index.js"):
            answer = await api.anonymous.get(place)
            assert (answer.status_code, answer.headers["content-type"]) == (503, HTML)
            assert "make console" in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert_guarded(answer)
        assert (await api.http.get("/api/v1/stations")).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
async def test_unknown_path_of_the_api_is_never_the_page(api, accept):
    for place in ("/api/v1/nope", "/api/nope", "/api/"):
        answer = await api.http.get(place, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == "application/problem+json"
