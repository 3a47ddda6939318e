"""What an operator is told to type into a station."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.api.test_api_problems import problem
from voltaro.services.onboarding import OcppPort, onboarding
from voltaro.services.own_addresses import own_addresses

PLACE = "/api/v1/onboarding"


def port(**changes):
    return OcppPort(
        **{
            "bind": "0.0.0.0",
            "port": 9000,
            "public_url": None,
            "subprotocols": ("ocpp2.1", "ocpp2.0.1", "ocpp1.6"),
            "unknown_stations": "refuse",
        }
        | changes
    )


def told(own=("192.168.1.20",), *, contained=False, **changes):
    return onboarding(port(**changes), own, contained=contained)


async def test_the_address_comes_whole_and_in_parts(api):
    answer = await api.http.get(PLACE)

    assert answer.status_code == 200
    assert answer.json() == {
        "urls": [
            {
                "url": "ws://192.168.1.20:9000/ocpp/",
                "scheme": "ws",
                "host": "192.168.1.20",
                "port": 9000,
                "path": "/ocpp/",
                "reachable": "lan",
            }
        ],
        "public_url_set": False,
        "subprotocols": ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"],
        "unknown_stations": "refuse",
        "tls": False,
        "warnings": [],
    }


def test_every_address_of_the_machine_is_named_in_order():
    urls = told(own=("192.168.1.20", "10.0.0.7")).urls

    assert [each.host for each in urls] == ["192.168.1.20", "10.0.0.7"]


@pytest.mark.parametrize(
    ("public_url", "url", "parts", "reachable"),
    [
        (
            "wss://ocpp.example.org",
            "wss://ocpp.example.org/ocpp/",
            ("wss", "ocpp.example.org", 443, "/ocpp/"),
            "public",
        ),
        (
            "wss://example.org:8443/cs/voltaro",
            "wss://example.org:8443/cs/voltaro/",
            ("wss", "example.org", 8443, "/cs/voltaro/"),
            "public",
        ),
        ("ws://pi.local:80/", "ws://pi.local/ocpp/", ("ws", "pi.local", 80, "/ocpp/"), "lan"),
        (
            "ws://203.0.114.5",
            "ws://203.0.114.5/ocpp/",
            ("ws", "203.0.114.5", 80, "/ocpp/"),
            "public",
        ),
        (
            "ws://[fd00::7]:9000",
            "ws://[fd00::7]:9000/ocpp/",
            ("ws", "fd00::7", 9000, "/ocpp/"),
            "lan",
        ),
        (
            "ws://localhost:9000",
            "ws://localhost:9000/ocpp/",
            ("ws", "localhost", 9000, "/ocpp/"),
            "this machine only",
        ),
    ],
)
def test_the_operators_own_address_is_the_only_one(public_url, url, parts, reachable):
    found = told(public_url=public_url)

    (only,) = found.urls
    assert found.public_url_set
    assert only.url == url
    assert (only.scheme, only.host, only.port, only.path) == parts
    assert only.reachable == reachable


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bind": "127.0.0.1"}, ["only this machine can"]),
        ({"own": ()}, ["only this machine can"]),
        ({"own": (), "bind": "::"}, ["only this machine can"]),
        ({"contained": True}, ["container"]),
        ({"contained": True, "public_url": "wss://ocpp.example.org"}, []),
        ({"public_url": "ws://ocpp.example.org"}, ["without TLS"]),
        ({"unknown_stations": "accept"}, ["Any station"]),
        ({"bind": "192.168.1.20"}, []),
    ],
)
def test_what_will_get_in_the_way_is_said(changes, words):
    warnings = told(**changes).warnings

    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


@pytest.mark.parametrize(
    ("bind", "own", "url"),
    [
        ("::", ("fd00::7",), "ws://[fd00::7]:9000/ocpp/"),
        ("::", (), "ws://[::1]:9000/ocpp/"),
        ("0.0.0.0", (), "ws://127.0.0.1:9000/ocpp/"),
        ("10.0.0.7", ("192.168.1.20",), "ws://10.0.0.7:9000/ocpp/"),
    ],
)
def test_only_addresses_that_are_listened_on_are_named(bind, own, url):
    assert [each.url for each in told(own=own, bind=bind).urls] == [url]


def test_tls_is_what_the_public_address_says():
    assert told(public_url="wss://ocpp.example.org").tls
    assert not told().tls


def test_own_addresses_are_never_loopback():
    assert not any(each.startswith("127.") for each in own_addresses())
    assert "::1" not in own_addresses(ipv6=True)


async def test_a_text_is_drawn_black_on_white_with_a_margin(api):
    answer = await api.http.get(
        f"{PLACE}/qr", params={"text": "ws://192.168.1.20:9000/ocpp/CP-001"}
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(answer.text)
    left, top, width, height = map(int, root.attrib["viewBox"].split())
    assert (left, top, width) == (0, 0, height)
    light, dark = root
    assert light.attrib == {"fill": "#fff", "d": f"M0 0h{width}v{width}h-{width}z"}
    assert dark.attrib["stroke"] == "#000"
    assert dark.attrib["d"].startswith("M4 4.5h7")  # the margin, then a corner mark
    assert not re.search(r"<script|style=|currentColor|class=", answer.text)


async def test_other_texts_are_drawn_otherwise(api):
    first, second = [
        (await api.http.get(f"{PLACE}/qr", params={"text": text})).text for text in ("one", "two")
    ]

    assert first != second


@pytest.mark.parametrize("text", ["", "x" * 513, "a\0b"])
async def test_a_text_that_fits_no_code_is_refused(api, text):
    problem(await api.http.get(f"{PLACE}/qr", params={"text": text}), 422, "invalid")


async def test_the_longest_text_is_drawn(api):
    answer = await api.http.get(f"{PLACE}/qr", params={"text": "ü" * 512})

    assert answer.status_code == 200
