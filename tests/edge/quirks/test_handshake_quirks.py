"""Quirks of stations at the door: paths, subprotocols, credentials, sockets."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.edge.conftest import V16, V201, Station, basic
from tests.edge.quirks.frame_log import flagged, replays, sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = """
    > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:04:05Z"}]
    < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
"""
STOP = """
    > [2,"2","StopTransaction",{"transactionId":$ref,"meterStop":510,"timestamp":"2026-01-02T04:04:05Z"}]
    < [3,"2",{}]
"""


async def joins(server, path: str, **options) -> Station:
    """A socket opened by a path as it stands."""
    options = {"subprotocols": [V16], "ping_interval": None, "proxy": None} | options
    socket = await connect(f"{server.ocpp_url}{path}", **options)
    server.stack.push_async_callback(socket.close)
    return Station(socket, path)


async def status_of(server, path: str, **options) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await joins(server, path, **options)
    return refused.value.response.status_code


async def test_q1_no_subprotocol_is_refused_unless_the_station_has_a_version_on_record(server):
    tag = await server.token()
    station_id = await server.station("Q1", security_profile=0)
    assert await status_of(server, "/Q1", subprotocols=None) == 400
    attempts = await server.attempts(station_id, len)
    assert attempts[0]["reason"] == "no_common_subprotocol"

    await server.station("Q1", fallback_protocol=V16)
    station = await joins(server, "/Q1", subprotocols=None)

    assert station.socket.subprotocol is None
    await replays(station, START + STOP, tag=tag)
    assert await sessions(server, station_id, "energy_wh", "open") == [(500, False)]


async def test_q2_another_version_at_each_handshake(server):
    station_id, tag = await server.station(), await server.token()

    old = await server.connects(station_id, V16)
    known = await replays(old, START, tag=tag)
    new = await server.connects(station_id, V201)
    await replays(
        new,
        """
        > [2,"1","StatusNotification",{"timestamp":"2026-01-02T03:30:00Z","connectorStatus":"Occupied","evseId":1,"connectorId":1}]
        < [3,"1",{}]
        """,
    )
    back = await server.connects(station_id, V16)
    await replays(back, STOP, **known)

    assert await sessions(server, station_id, "energy_wh", "open") == [(500, False)]


async def test_q3_messages_of_1_6_on_a_socket_of_2_0_1_cost_nothing_but_themselves(server):
    station = await server.connects(version=V201)

    await replays(
        station,
        """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":10,"timestamp":"2026-01-02T03:04:05Z"}]
        < [4,"1","NotImplemented"]
        > [2,"2","StatusNotification",{"connectorId":1,"evseId":1,"connectorStatus":"Charging","errorCode":"NoError","timestamp":"2026-01-02T03:04:05Z"}]
        < [3,"2",{}]
        > [2,"3","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V"},"chargePointModel":"M"}]
        < [3,"3",{"currentTime":"*","interval":300,"status":"Accepted"}]
        """,
    )

    assert (await server.connector(station.id))["reported"] == "Charging"
    await flagged(
        server,
        station.id,
        ("unknown_action", "StartTransaction", ""),
        ("unknown_word", "StatusNotification", "/connectorStatus"),
        ("unknown_field", "StatusNotification", "/errorCode"),
        ("unknown_field", "BootNotification", "/chargePointModel"),
    )


@pytest.mark.parametrize("path", ["///{}", "//{}//", "/ocpp//{}/"])
async def test_q4_doubled_slashes_in_the_path(server, path):
    station_id = await server.station()

    station = await joins(server, path.format(station_id))

    await station.beats()
    assert (await server.status(station_id))["online"] is True


@pytest.mark.parametrize("path", ["/ws://host:9000/CP_1/{}", "/http://192.0.2.1/steve/{}"])
async def test_q5_a_whole_url_within_the_path(server, path):
    station_id = await server.station()

    station = await joins(server, path.format(station_id))

    await station.beats()
    assert (await server.status(station_id))["online"] is True


@pytest.mark.parametrize(
    ("station_id", "path"),
    [("RDAM|123", "/RDAM%7C123"), ("A B", "/A%20B"), ("a_b-c", "/a_b-c"), ("100%25", "/100%2525")],
)
async def test_q6_an_identity_that_is_percent_encoded_once(server, station_id, path):
    answer = await server.http.put(f"/api/v1/stations/{path[1:]}", json={"security_profile": 0})
    assert answer.json()["station_id"] == station_id

    station = await joins(server, path)

    await station.beats()
    assert (await server.status(station_id))["online"] is True


async def test_q6_an_encoding_that_is_none_is_refused_with_the_reason(server):
    assert await status_of(server, "/CP%FF1") == 400

    assert (await server.attempts("CP%FF1", len))[0]["reason"] == "bad_encoding"


@pytest.mark.parametrize("user", ["", "admin", "another-station"])
async def test_q8_no_user_name_or_a_wrong_one_where_the_settings_allow_it(server, user):
    station_id = await server.station(password="0123456789abcdef")
    header = basic(user, "0123456789abcdef")
    assert await status_of(server, f"/{station_id}", additional_headers=header) == 401
    attempts = await server.attempts(station_id, len)
    assert attempts[0]["reason"] == "wrong_username"

    await server.station(station_id, check_username=False)

    await (await joins(server, f"/{station_id}", additional_headers=header)).beats()
    wrong = basic(user, "0123456789abcdeX")
    assert await status_of(server, f"/{station_id}", additional_headers=wrong) == 401


async def test_q8_an_empty_password_where_no_credentials_are_asked_for(server):
    station_id = await server.station(security_profile=0)

    station = await joins(server, f"/{station_id}", additional_headers=basic(station_id, ""))

    await station.beats()


@pytest.mark.parametrize(
    "sent",
    [b"00FF10deadbeef00FF10deadbeef0000", bytes.fromhex("00FF10deadbeef00FF10deadbeef0000")],
    ids=["text", "bytes"],
)
async def test_q9_a_key_in_hex_sent_as_text_or_as_bytes(server, sent):
    key = "00FF10deadbeef00FF10deadbeef0000"
    station_id = await server.station(password=key if sent == key.encode() else key.lower())

    header = basic(station_id, sent)
    station = await joins(server, f"/{station_id}", additional_headers=header)

    await station.beats()


async def test_q11_texts_and_bytes_that_are_no_ocpp_are_ignored_and_flagged(server):
    station, tag = await server.connects(), await server.token()

    known = await replays(station, START, tag=tag)
    for noise in ("pong", "", "\x00\x01", "ping ping"):
        await station.says(noise)
    await station.socket.send(b"\x89\x00\xff")
    await replays(station, STOP, **known)

    assert await sessions(server, station.id, "energy_wh", "open") == [(500, False)]
    await flagged(server, station.id, ("malformed_frame", "", ""), ("binary_frame", "", ""))


async def test_q12_a_second_socket_of_the_same_station_takes_over(server):
    first, tag = await server.connects(), await server.token()
    known = await replays(first, START, tag=tag)

    second = await server.connects(first.id)

    assert await first.closed() == 1000
    await replays(second, STOP, **known)
    assert (await server.status(first.id))["online"] is True
    assert await sessions(server, first.id, "energy_wh", "open") == [(500, False)]
