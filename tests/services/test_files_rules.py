"""Names, addresses and ranges of files: what can be said without a server."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.api.byte_ranges import Piece, Span, Unsatisfiable, brought, requested
from voltaro.domain.files import (
    Direction,
    FileKind,
    Transfer,
    TransferState,
    address_url,
    safe_name,
)
from voltaro.log import scrub
from voltaro.store.files_on_disk import DiskFull, Shelf

TOKEN = "0123456789abcdef" * 2 + "01234567"
ID = UUID("019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11")
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
TRANSFER = Transfer(
    id=ID,
    direction=Direction.DOWNLOAD,
    kind=FileKind.FIRMWARE,
    station_id="CP-1",
    state=TransferState.OPEN,
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


@given(st.text())
def test_name_is_one_part_of_a_path_and_can_be_printed(given_name):
    name = safe_name(given_name)

    if name is not None:
        assert 0 < len(name) <= 150
        assert name.isprintable()
        assert not set(name) & {"/", "\\", "\0"}
        assert name not in {".", ".."}
        assert safe_name(name) == name


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://10.0.0.1:8080", f"http://10.0.0.1:8080/files/{TOKEN}/a%20b.bin"),
        ("https://c.example.org/csms/", f"https://c.example.org/csms/files/{TOKEN}/a%20b.bin"),
        ("ftp://10.0.0.1:2121", f"ftp://{TOKEN[:12]}:{TOKEN[12:]}@10.0.0.1:2121/a%20b.bin"),
    ],
)
def test_address_of_a_file(base, url):
    assert address_url(base, TOKEN, "a b.bin") == url


def test_address_to_bring_a_file_to_is_a_folder():
    assert address_url("http://h", TOKEN) == f"http://h/files/{TOKEN}/"


def test_addresses_are_masked_in_the_log():
    for base in ("http://h:8080", "ftp://h:2121"):
        assert TOKEN[12:] not in scrub(f"GET {address_url(base, TOKEN, 'x')} failed")


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=90-1000", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-1000", Span(0, 100)),
        ("bytes=9-3", None),
        ("bytes=a-b", None),
        ("bytes=1-2,4-5", None),
    ],
)
def test_range_that_is_asked_for(header, span):
    assert requested(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_range_behind_the_end(header):
    with pytest.raises(Unsatisfiable):
        requested(header, 100)


def test_piece_that_is_brought():
    assert brought("bytes 0-4/10") == Piece(0, 5, 10)
    assert brought("bytes 5-9/*") == Piece(5, 10, None)
    assert not brought("bytes 0-4/10").is_last
    assert brought("bytes 5-9/10").is_last
    assert not brought("bytes 5-9/*").is_last


def test_end_of_a_file_is_given_for_a_while_after_it_was_sent():
    sent = replace(TRANSFER, state=TransferState.COMPLETE, finished_at=NOW)

    assert TRANSFER.is_open(NOW)
    assert not TRANSFER.is_open(TRANSFER.expires_at)
    assert not sent.is_open(NOW)
    assert sent.gives_its_end(NOW + timedelta(minutes=14))
    assert not sent.gives_its_end(NOW + timedelta(minutes=15))
    assert not replace(sent, expires_at=NOW).gives_its_end(NOW)
    assert not TRANSFER.gives_its_end(NOW)


async def test_disk_that_is_full_in_the_middle_of_a_write(tmp_path):
    shelf = Shelf(tmp_path / "files")
    shelf.prepare()
    async with shelf.arriving(ID, 0) as part:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, part.fd)
        os.close(full)

        with pytest.raises(DiskFull):
            await shelf.append(part, b"x" * 1000)

        assert part.end == 0
