"""The TLS port: what fails is told to both sides, what works is like the port without TLS."""

import asyncio
import json
import os
import socket
import ssl
import struct
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from tests.edge.certificates import alert_for, make, rewritten
from tests.edge.conftest import basic, eventually, running
from voltaro.testing import SimulatedStation

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"


@pytest.fixture(scope="module")
def settings(authority):
    return {**authority.settings, "max_message_bytes": 1024 * 1024}


async def secured(server, authority, **options):
    station_id = await server.station(security_profile=2, password=PASSWORD)
    return await server.connects(
        station_id,
        ssl=authority.client(),
        additional_headers=basic(station_id, PASSWORD),
        **options,
    )


async def attempts(server, reason):
    """How often somebody failed for that reason before saying a name."""
    rows = await server.items("/api/v1/attempts", station_id="")
    return sum(each["count"] for each in rows if each["reason"] == reason)


def address(server):
    parts = urlsplit(server.ocpp_tls_url)
    return parts.hostname, parts.port


def exchange(server, sent):
    """What a client gets that sends these bytes and then waits for the end."""
    with socket.create_connection(address(server), timeout=10) as raw:
        raw.sendall(sent)
        answer = b""
        while data := raw.recv(4096):
            answer += data
    return answer


async def test_who_comes_without_tls_is_told_so_in_http(server):
    answer = await asyncio.to_thread(
        exchange, server, b"GET /CP-1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"wss://" in answer
    await eventually(lambda: attempts(server, "no_tls"), lambda count: count == 1)


async def test_a_station_that_does_not_trust_us_is_an_attempt_that_says_so(server):
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def connects():
        with socket.create_connection(address(server), timeout=10) as raw:
            stranger.wrap_socket(raw, server_hostname="localhost")

    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.to_thread(connects)

    await eventually(lambda: attempts(server, "our_certificate_refused"), lambda count: count == 1)


async def test_a_station_without_a_suite_of_ours_gets_an_alert(server, authority):
    context = authority.client(
        ciphers="ECDHE-RSA-CHACHA20-POLY1305", maximum=ssl.TLSVersion.TLSv1_2
    )

    alert = await asyncio.to_thread(alert_for, server.ocpp_tls_url, context)

    assert alert == "HANDSHAKE_FAILURE"
    await eventually(lambda: attempts(server, "no_common_cipher"), lambda count: count == 1)


async def test_a_handshake_that_is_broken_off_is_an_attempt_and_a_look_at_the_port_is_none(server):
    def looks():
        socket.create_connection(address(server), timeout=10).close()

    def breaks_off():
        hello, nothing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        station = context.wrap_bio(nothing, hello, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            station.do_handshake()
        with socket.create_connection(address(server), timeout=10) as raw:
            raw.sendall(hello.read())
            raw.recv(1)
            # Gone without a word, as when the power goes.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    before = len(await server.items("/api/v1/attempts"))
    await asyncio.to_thread(looks)
    await asyncio.to_thread(breaks_off)

    await eventually(lambda: attempts(server, "tls_abandoned"), lambda count: count == 1)
    assert len(await server.items("/api/v1/attempts")) == before + 1


async def test_a_handshake_that_takes_too_long_is_ended_and_written_down(server, monkeypatch):
    monkeypatch.setattr("voltaro.edge.tls._HANDSHAKE_S", 0.3)
    before = len(await server.items("/api/v1/attempts"))

    assert await asyncio.to_thread(ended, server, b"") == b""
    assert await asyncio.to_thread(ended, server, b"\x16\x03\x01\x02") == b""

    await eventually(lambda: attempts(server, "tls_timed_out"), lambda count: count == 1)
    assert len(await server.items("/api/v1/attempts")) == before + 1


def ended(server, sent):
    """What a client gets whom the server cuts off."""
    try:
        return exchange(server, sent)
    except ConnectionResetError:
        return b""


async def test_what_was_changed_on_its_way_ends_the_connection(server, authority):
    station_id = await server.station(security_profile=2, password=PASSWORD)

    def meddles():
        with (
            socket.create_connection(address(server), timeout=10) as raw,
            authority.client().wrap_socket(raw, server_hostname="localhost") as tls,
        ):
            os.write(tls.fileno(), b"\x17\x03\x03\x00\x20" + os.urandom(32))
            with pytest.raises(ssl.SSLError) as alert:
                tls.recv(1)
            return alert.value.reason

    assert (await asyncio.to_thread(meddles)).endswith("ALERT_BAD_RECORD_MAC")
    honest = await server.connects(
        station_id, ssl=authority.client(), additional_headers=basic(station_id, PASSWORD)
    )
    assert await honest.beats()


async def test_what_is_no_tls_at_all_is_turned_away(server):
    answer = await asyncio.to_thread(exchange, server, os.urandom(16) + b"\0" * 600)

    assert len(answer) < 200
    found = await eventually(lambda: server.items("/api/v1/attempts"), len)
    assert {each["status"] for each in found if not each["station_id"]} == {0}


async def test_long_messages_arrive_whole_in_both_directions(server, authority):
    station = await secured(server, authority)
    vendor = "v" * 200_000

    answer = await station.call("DataTransfer", {"vendorId": "V", "data": vendor})
    echoed = await station.asks("BootNotification", {"vendor": vendor})

    assert answer["status"] == "UnknownVendorId"
    assert echoed[0] == 4
    assert await station.beats()


async def test_a_long_message_in_many_small_pieces_is_one_message(server, authority):
    station = await secured(server, authority)
    frame = json.dumps([2, "m1", "DataTransfer", {"vendorId": "V", "data": "d" * 5_000}])

    await station.says(frame[start : start + 7] for start in range(0, len(frame), 7))

    assert (await station.hears())[:2] == [3, "m1"]


async def test_a_station_that_says_goodbye_is_offline(server, authority):
    station = await secured(server, authority)
    await station.beats()

    await station.leaves()

    assert station.socket.close_code == 1000
    await eventually(lambda: server.status(station.id), lambda row: not row["online"])


async def test_a_station_whose_network_goes_is_offline(server, authority):
    station = await secured(server, authority)
    await station.beats()

    station.socket.transport.abort()

    await eventually(lambda: server.status(station.id), lambda row: not row["online"])


async def test_a_newer_connection_takes_over(server, authority):
    station = await secured(server, authority)
    again = await server.connects(
        station.id, ssl=authority.client(), additional_headers=basic(station.id, PASSWORD)
    )

    assert await station.closed() is not None
    assert await again.beats()


async def test_a_storm_of_failed_handshakes_is_written_down_in_part_and_honest_stations_come_in(
    server, authority
):
    bad = authority.client(make(authority.folder, "nobody"), maximum=ssl.TLSVersion.TLSv1_2)
    for _ in range(8):
        await asyncio.gather(
            *(asyncio.to_thread(alert_for, server.ocpp_tls_url, bad) for _ in range(15))
        )

    count = await eventually(lambda: attempts(server, "unknown_ca"), lambda found: found >= 30)
    assert count < 120
    for station in await asyncio.gather(*(secured(server, authority) for _ in range(20))):
        assert await station.beats()


async def test_stations_that_all_come_back_at_once_all_get_in(server, authority):
    ids = [await server.station(security_profile=2, password=PASSWORD) for _ in range(60)]
    context = authority.client()

    async def returns(station_id):
        return await server.connects(
            station_id, ssl=context, additional_headers=basic(station_id, PASSWORD)
        )

    for _ in range(3):
        stations = await asyncio.gather(*map(returns, ids))
        assert all(await asyncio.gather(*(each.beats() for each in stations)))
        await asyncio.gather(*(each.leaves() for each in stations))


async def test_a_stopped_server_tells_stations_and_does_not_wait_for_handshakes(
    database_url, authority, tmp_path
):
    async with AsyncExitStack() as stack:
        async with running(database_url, tmp_path, **authority.settings) as server:
            server.stack = stack
            station = await secured(server, authority)
            await station.beats()
            idle = await asyncio.to_thread(socket.create_connection, address(server), 10)
        assert await station.closed() == 1001
        assert await asyncio.to_thread(idle.recv, 1) == b""
        idle.close()


async def test_renewed_certificates_are_used_without_a_restart(
    database_url, authority, tmp_path, capfd
):
    cert, key = tmp_path / "server.pem", tmp_path / "server.key"
    first, second = (
        make(tmp_path, "localhost", by=authority.root, hosts=["localhost"]) for _ in range(2)
    )
    cert.write_bytes(first.cert_file.read_bytes())
    key.write_bytes(first.key_file.read_bytes())
    told = {"ocpp_tls_port": 0, "tls_cert": (cert,), "tls_key": (key,)}
    async with running(database_url, tmp_path / "data", **told) as server:
        station = await secured(server, authority)
        said = []

        async def log():
            said.append(capfd.readouterr().out)
            return "".join(said)

        async def served():
            """The serial number of the certificate that new connections are shown."""
            async with connect(
                f"{server.ocpp_tls_url}/{station.id}",
                ssl=authority.client(),
                server_hostname="localhost",
                additional_headers=basic(station.id, PASSWORD),
                subprotocols=["ocpp1.6"],
                proxy=None,
            ) as found:
                shown = found.transport.get_extra_info("ssl_object").getpeercert()
                return int(shown["serialNumber"], 16)

        assert await served() == first.certificate.serial_number

        cert.write_bytes(second.cert_file.read_bytes())

        await eventually(log, lambda text: "server certificates not renewed" in text)
        assert await served() == first.certificate.serial_number

        key.write_bytes(second.key_file.read_bytes())

        await eventually(served, lambda serial: serial == second.certificate.serial_number)
        assert "server certificates renewed" in await log()


async def test_the_address_to_type_in_is_the_name_in_the_certificate(server, authority):
    found = await server.get("/api/v1/onboarding")

    first, second = found["urls"]
    assert (first["scheme"], first["host"]) == ("wss", "localhost")
    assert first["port"] == address(server)[1]
    assert second["scheme"] == "ws"
    assert found["tls"]


def upgrade(server, context, station_id, session=None):
    """The status line of an upgrade, the TLS session, and whether it was resumed."""
    with (
        socket.create_connection(address(server), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost", session=session) as tls,
    ):
        tls.sendall(
            f"GET /{station_id} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )
        line = tls.recv(4096).partition(b"\r\n")[0]
        return line.decode(), tls.session, tls.session_reused


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_station_that_resumes_its_tls_session_is_still_known_by_its_certificate(
    server, authority, newest
):
    station_id, other = [await server.station(security_profile=3) for _ in range(2)]
    context = authority.client(authority.station(station_id), maximum=newest)

    first, session, _ = await asyncio.to_thread(upgrade, server, context, station_id)
    again, _, resumed = await asyncio.to_thread(upgrade, server, context, station_id, session)
    wrong, _, _ = await asyncio.to_thread(upgrade, server, context, other, session)

    assert resumed
    assert (first, again) == ("HTTP/1.1 101 Switching Protocols",) * 2
    assert wrong.startswith("HTTP/1.1 403 ")


@pytest.mark.parametrize("protocol", ["1.6", "2.0.1"])
async def test_a_simulated_station_boots_over_tls_with_its_certificate(server, authority, protocol):
    station_id = await server.station(security_profile=3)
    station = SimulatedStation(
        server.ocpp_tls_url.replace("127.0.0.1", "localhost"),
        station_id,
        protocol=protocol,
        tls=authority.client(authority.station(station_id)),
    )

    await station.connect()
    boot = await station.boots()

    assert boot.accepted
    await station.close()


UTF8, PRINTABLE, TELETEX = b"\x0c", b"\x13", b"\x14"


@pytest.mark.parametrize(
    ("kind", "letter"),
    [pytest.param(PRINTABLE, b"@", id="at sign"), pytest.param(TELETEX, b"\xe9", id="Latin")],
)
async def test_a_certificate_with_a_letter_that_it_must_not_have_is_refused_with_the_reason(
    server, authority, kind, letter
):
    """OpenSSL takes it; makers who write an address as the common name have such ones."""
    station_id = await server.station(security_profile=3)
    name = f"{station_id}-X".encode()
    size = bytes([len(name)])
    shown = rewritten(
        authority.station(name.decode()),
        authority.root,
        UTF8 + size + name,
        kind + size + name[:-1] + letter,
    )

    line, _, _ = await asyncio.to_thread(upgrade, server, authority.client(shown), station_id)

    assert line.startswith("HTTP/1.1 403 ")
    (attempt,) = await server.attempts(station_id, bool)
    assert attempt["reason"] == "bad_certificate"
