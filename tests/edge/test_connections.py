"""Who gets in, who stays connected, and what happens when connections break, over real sockets."""

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import asyncpg
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.extensions.permessage_deflate import PerMessageDeflate

from tests.edge.conftest import V16, V21, V201, Server, Station, at, basic, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"
BOOT = {"chargePointVendor": "ACME", "chargePointModel": "Wall 22"}
START = {"connectorId": 1, "idTag": "ANYBODY", "meterStart": 1000, "timestamp": at()}
#: A server drops a handshake that is not complete after ten seconds.
HANDSHAKE_S = 10

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """Quiet stations are pinged soon."""
    return {"ping_interval_s": 0.5, "ping_timeout_s": 1}


class Answer(NamedTuple):
    """What an upgrade request got; header names in lower case."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def knock(
    server: Server, path: str, *, offers: str | None = V16, upgrade: bool = True, **headers: str
) -> Answer:
    """Ask for an upgrade, by hand."""
    host, port = server.ocpp_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    server.stack.callback(writer.transport.abort)  # what the server never read must not stay
    server.stack.callback(writer.close)
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}"]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    if offers is not None:
        lines.append(f"Sec-WebSocket-Protocol: {offers}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    first, *rest = head.strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in rest)
    found = {name.lower(): value for name, value in pairs}
    return Answer(int(first.split()[1]), found, reader, writer)


async def is_cut(reader: asyncio.StreamReader, within_s: float) -> bool:
    """Whether the server ends the connection in time."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), within_s)
    return True


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def dawdler(shared_server: Server) -> AsyncIterator[asyncio.StreamReader]:
    """A client that never finishes its request, from the beginning of this module."""
    host, port = shared_server.ocpp_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /CP-SLOW HTTP/1.1\r\nHost: ")
    yield reader
    writer.close()


@contextlib.asynccontextmanager
async def stalled(url: str, station: Station, frame: str) -> AsyncIterator[None]:
    """Nothing can be stored, and what the station said waits for it, until the end of the block."""
    sql = await asyncpg.connect(url)
    try:
        async with sql.transaction():
            await sql.execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
            await station.says(frame)
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            await eventually(lambda: sql.fetchval(waiting), bool)
            yield
    finally:
        await sql.close()


# -- the table of who gets in


class Case(NamedTuple):
    """A station as registered (None: not at all), what it shows, and what it gets."""

    name: str
    registered: dict[str, Any] | None
    shows: str | None
    status: int
    reason: str | None = None
    user: str | None = None
    offers: str = V16


NO_VERSION = "no_common_subprotocol"
PROFILE_1 = {"security_profile": 1, "password": PASSWORD}
TABLE = (
    Case("unknown", None, None, 404, "unknown_station"),
    Case("unknown with a password", None, PASSWORD, 404, "unknown_station"),
    Case("profile 0", {"security_profile": 0}, None, 101),
    Case("profile 0 with a password", {"security_profile": 0}, "whatever", 101),
    Case("profile 1, right", PROFILE_1, PASSWORD, 101),
    Case("profile 1, wrong", PROFILE_1, "wrong", 401, "wrong_password"),
    Case("profile 1, missing", PROFILE_1, None, 401, "no_credentials"),
    Case("profile 2, right", {**PROFILE_1, "security_profile": 2}, PASSWORD, 403, "tls_required"),
    Case("profile 3", {"security_profile": 3}, PASSWORD, 403, "tls_required"),
    Case("rejected, right", {**PROFILE_1, "registration": "rejected"}, PASSWORD, 101),
    Case("rejected, wrong", {**PROFILE_1, "registration": "rejected"}, "x", 401, "wrong_password"),
    Case("another user name", PROFILE_1, PASSWORD, 401, "wrong_username", user="somebody-else"),
    Case("an old version", {"security_profile": 0}, None, 400, NO_VERSION, offers="ocpp0.1"),
    Case("capital letters", {"security_profile": 0}, None, 400, NO_VERSION, offers="OCPP1.6"),
    Case("others", {"security_profile": 0}, None, 400, NO_VERSION, offers="ocpp1.5, chat"),
    Case("no version", {"security_profile": 0}, None, 400, NO_VERSION, offers=""),
    Case("pending, right", {**PROFILE_1, "registration": "pending"}, PASSWORD, 101),
)


async def knock_as(server: Server, case: Case) -> tuple[str, Answer]:
    """Register the station of a case and let it knock; its id and what it got."""
    station_id = f"NOBODY-{next(numbers)}"
    if case.registered is not None:
        station_id = await server.station(**case.registered)
    headers = basic(case.user or station_id, case.shows) if case.shows is not None else {}
    return station_id, await knock(
        server, f"/ocpp/{station_id}", offers=case.offers or None, **headers
    )


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
async def test_the_upgrade_is_answered_as_the_table_says(server, case):
    station_id, answer = await knock_as(server, case)

    assert answer.status == case.status
    if case.status == 101:
        assert answer.headers["sec-websocket-protocol"] == V16
        return
    assert "sec-websocket-protocol" not in answer.headers
    assert ("www-authenticate" in answer.headers) is (case.status == 401)
    if case.status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
    if case.registered is not None:
        assert (await server.status(station_id))["online"] is False


async def test_every_refusal_is_recorded_with_its_reason_and_without_the_password(server):
    refused = [case for case in TABLE if case.status != 101]
    knocked = {(await knock_as(server, case))[0]: case for case in refused}

    async def ask() -> dict[str, dict[str, Any]]:
        attempts = await server.items("/api/v1/attempts")
        return {each["station_id"]: each for each in attempts}

    attempts = await eventually(ask, lambda found: knocked.keys() <= found.keys())
    for station_id, case in knocked.items():
        attempt = attempts[station_id]
        assert (attempt["status"], attempt["reason"]) == (case.status, case.reason), case.name
        assert (attempt["path"], attempt["subprotocols"]) == (f"/ocpp/{station_id}", case.offers)
        assert (attempt["remote_host"], attempt["count"]) == ("127.0.0.1", 1)
    assert PASSWORD not in str(attempts)


async def test_a_station_that_tries_again_and_again_is_one_line_with_a_count(server):
    for _ in range(3):
        assert (await knock(server, "/NOBODY-AGAIN")).status == 404

    (attempt,) = await server.attempts(
        "NOBODY-AGAIN", lambda found: found and found[0]["count"] == 3
    )

    assert attempt["first_at"] <= attempt["last_at"]


async def test_an_unknown_station_gets_in_once_an_operator_has_registered_it(server):
    assert (await knock(server, "/NEWCOMER")).status == 404

    await server.station("NEWCOMER", security_profile=0)

    await (await server.connects("NEWCOMER")).beats()


async def test_a_new_station_gets_in_with_the_password_that_was_made_for_it(server):
    made = (await server.http.put("/api/v1/stations/MADE-1")).json()["password"]

    station = await server.connects("MADE-1", additional_headers=basic("MADE-1", made))

    await station.beats()


@pytest.mark.parametrize("sent", ["text", "bytes"])
async def test_a_key_in_hex_gets_in_as_text_and_as_the_bytes_it_means(server, sent):
    key = "00FF10203040506070809000A0B0C0D0E0F01122"
    station_id = await server.station(security_profile=1, password=key)
    secret = key if sent == "text" else bytes.fromhex(key)

    answer = await knock(server, f"/{station_id}", **basic(station_id, secret))

    assert answer.status == 101


@pytest.mark.parametrize(
    ("mode", "registration", "said"),
    [("pending", "pending", "Pending"), ("accept", "accepted", "Accepted")],
)
async def test_unknown_stations_can_be_let_in_and_are_listed_then(
    database_url, tmp_path, mode, registration, said
):
    async with running(database_url, tmp_path, unknown_stations=mode) as server:
        station = await server.connects("STRANGER")
        answer = await station.call("BootNotification", BOOT)
        others = await asyncio.gather(*(knock(server, "/TWINS") for _ in range(5)))
        too_long = await knock(server, "/" + "x" * 49)

        shown = await server.get("/api/v1/stations/STRANGER")
        assert answer["status"] == said
        assert (shown["registration"], shown["security_profile"]) == (registration, 0)
        assert (shown["online"], shown["vendor"]) == (True, "ACME")
        assert [each.status for each in others] == [101] * 5
        assert too_long.status == 404
        listed = [each["station_id"] for each in await server.items("/api/v1/stations")]
        assert listed == ["STRANGER", "TWINS"]


# -- path and subprotocol


@pytest.mark.parametrize(
    "path",
    ["/{}", "/ocpp/1.6/{}", "/ocpp2.0.1/{}", "//ocpp//{}//", "/ws://host:9000/{}", "/{}?x=1"],
)
async def test_the_last_part_of_the_path_is_the_identity_and_nothing_else_matters(server, path):
    station_id = await server.station()

    answer = await knock(server, path.format(station_id))

    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, V16)
    assert (await server.status(station_id))["protocol"] == V16


async def test_an_identity_with_a_blank_is_percent_encoded_in_the_path(server):
    await server.station("RDAM 123", security_profile=0)

    assert (await knock(server, "/ocpp/RDAM%20123")).status == 101
    assert (await server.status("RDAM 123"))["online"] is True


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/%ff%fe", 400), ("/%00", 404)])
async def test_a_path_that_names_no_station_is_refused(server, path, status):
    assert (await knock(server, path)).status == status


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        ("ocpp0.1, ocpp1.6", V16),
        ("ocpp2.0.1,ocpp1.6", V201),
        ("ocpp1.6,ocpp2.0.1,ocpp2.1", V16),
        ("ocpp2.1", V21),
    ],
)
async def test_the_first_version_that_both_speak_is_chosen_and_named_once(server, offers, chosen):
    answer = await knock(server, f"/{await server.station()}", offers=offers)

    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, chosen)


async def test_a_station_that_offers_nothing_may_have_a_version_on_record(server):
    station_id = await server.station(security_profile=0, fallback_protocol=V16)

    station = await server.connects(station_id, subprotocols=None)

    assert station.socket.subprotocol is None
    await station.beats()
    assert (await server.status(station_id))["protocol"] == V16


# -- what is no upgrade


async def test_a_browser_on_the_port_of_the_stations_is_told_to_upgrade(server):
    station_id = await server.station()

    answer = await knock(server, f"/{station_id}", upgrade=False)

    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    assert (await server.status(station_id))["online"] is False


@pytest.mark.parametrize(
    "request_text",
    [
        b"POST /CP-1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /CP-1 HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\n",
        b"hello\r\n\r\n",
        b"GET /CP-1 HTTP/1.1\r\n" + b"X-Thing: 1\r\n" * 500 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["POST", "HTTP 1.0", "TLS", "no HTTP", "500 headers", "endless path"],
)
async def test_what_is_no_upgrade_is_ended_and_harms_nobody(server, request_text):
    station = await server.connects()
    host, port = server.ocpp_url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    with contextlib.suppress(ConnectionError):
        writer.write(request_text)
        head = await asyncio.wait_for(reader.read(), 5)
        assert b" 101 " not in head
    writer.close()

    await station.beats()


async def test_a_client_that_leaves_in_the_middle_of_its_request_harms_nobody(server):
    station = await server.connects()
    host, port = server.ocpp_url.removeprefix("ws://").split(":")

    for part in (b"", b"GET /", b"GET /CP-1 HTTP/1.1\r\nHost: x\r\n"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(part)
        writer.close()

    await station.beats()


# -- changes by an operator


async def test_a_new_password_counts_from_the_next_connect_on(server):
    station_id = await server.station(**PROFILE_1)
    old, new = basic(station_id, PASSWORD), basic(station_id, "another password")
    station = await server.connects(station_id, additional_headers=old)

    await server.station(station_id, password="another password")

    await station.beats()
    assert (await knock(server, f"/{station_id}", **old)).status == 401
    await station.beats()
    await (await server.connects(station_id, additional_headers=new)).beats()


async def test_an_acceptance_counts_from_the_next_boot_on(server):
    station = await server.connects(
        await server.station(registration="pending", security_profile=0)
    )
    assert (await station.call("BootNotification", BOOT))["status"] == "Pending"

    await server.station(station.id, registration="accepted")

    assert await station.code("Heartbeat", {}) == "SecurityError"
    assert (await station.call("BootNotification", BOOT))["status"] == "Accepted"
    await station.beats()


async def test_a_rejection_counts_from_the_next_boot_on(server):
    station = await server.connects()
    await station.call("BootNotification", BOOT)

    await server.station(station.id, registration="rejected")

    await station.beats()
    assert (await station.call("BootNotification", BOOT))["status"] == "Rejected"
    assert await station.code("Heartbeat", {}) == "SecurityError"


async def test_deleting_a_station_closes_its_socket_and_keeps_its_sessions(server):
    station, neighbour = await server.connects(), await server.connects()
    ref = (await station.call("StartTransaction", START))["transactionId"]

    answer = await server.http.delete(f"/api/v1/stations/{station.id}")

    assert answer.status_code == 204
    assert await station.closed() == 1008
    assert (await server.transaction(station.id))["station_ref"] == str(ref)
    assert (await knock(server, f"/{station.id}")).status == 404
    await neighbour.beats()


# -- two connections of one station


async def test_the_newest_connection_wins_and_the_old_one_is_closed(server):
    old = await server.connects()

    new = await server.connects(old.id)

    assert await old.closed() == 1000
    await new.beats()
    assert (await server.status(old.id))["online"] is True


async def test_a_half_open_connection_does_not_keep_its_station_out_nor_drag_it_offline(server):
    station_id = await server.station()
    half_open = await knock(server, f"/{station_id}")
    assert half_open.status == 101

    new = await server.connects(station_id)
    await new.beats()
    half_open.writer.close()
    assert await is_cut(half_open.reader, 5)

    await new.beats()
    assert (await server.status(station_id))["online"] is True
    await new.leaves()
    await eventually(lambda: server.status(station_id), lambda shown: not shown["online"])


async def test_what_two_connections_say_is_handled_in_order_and_once(server, module_database_url):
    old = await server.connects()
    start = json.dumps([2, "by-the-old", "StartTransaction", START])

    async with stalled(module_database_url, old, start):
        new = await server.connects(old.id)
        assert await old.closed() == 1000
        await new.says(json.dumps([2, "by-the-new", "StartTransaction", START]))
        await new.says(json.dumps([2, "after-it", "Heartbeat", {}]))

    first, second = await new.hears(), await new.hears()
    assert (first[:2], second[:2]) == ([3, "by-the-new"], [3, "after-it"])
    assert (await server.transaction(old.id))["station_ref"] == str(first[2]["transactionId"])
    rows = await server.journal(old.id, lambda rows: len(rows) == 3)
    assert [row["message_id"] for row in rows] == ["by-the-old", "by-the-new", "after-it"]
    assert [row["verdict"] for row in rows] == ["ok", "repeated", "ok"]


async def test_a_station_that_reconnects_in_a_hurry_ends_with_one_connection(server):
    station_id = await server.station()

    connections = [await server.connects(station_id) for _ in range(20)]

    assert [await each.closed() for each in connections[:-1]] == [1000] * 19
    await connections[-1].beats()


# -- liveness


async def test_a_station_that_answers_no_ping_is_dropped_and_one_that_does_stays(server):
    silent = await server.connects()
    half_open = await knock(server, f"/{await server.station()}")

    assert await is_cut(half_open.reader, 8)

    assert silent.socket.close_code is None
    assert (await server.status(silent.id))["online"] is True
    await silent.beats()


async def test_a_ping_of_the_station_is_answered(server):
    station = await server.connects()

    await asyncio.wait_for(await station.socket.ping("still there?"), 5)


@pytest.mark.parametrize("offers", [None, "deflate"])
async def test_compression_is_used_where_it_is_offered_and_only_there(server, offers):
    station = await server.connects(compression=offers)

    extensions = [type(each) for each in station.socket.protocol.extensions]

    assert extensions == ([PerMessageDeflate] if offers else [])
    for _ in range(3):
        await station.beats()


# -- much at once


async def test_a_burst_of_200_calls_is_answered_in_order(server):
    station = await server.connects()
    actions = ("Heartbeat", "StatusNotification", "Authorize", "Teleport")
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    payloads = {"StatusNotification": status, "Authorize": {"idTag": "x"}}

    for number in range(200):
        action = actions[number % 4]
        await station.says(json.dumps([2, f"n{number}", action, payloads.get(action, {})]))
    answers = [await station.hears() for _ in range(200)]

    assert [answer[1] for answer in answers] == [f"n{number}" for number in range(200)]
    assert [answer[0] for answer in answers] == [3, 3, 3, 4] * 50
    rows = await server.journal(station.id, lambda rows: len(rows) == 200)
    assert [row["message_id"] for row in rows] == [f"n{number}" for number in range(200)]


async def deaf_station(server: Server, count: int) -> Answer:
    """A station that asks and asks and does not read what it is told."""
    station_id = await server.station()
    text = f'[2,"{"x" * 250}","Heartbeat",{{}}]'.encode()
    frame = b"\x81\xfe" + len(text).to_bytes(2) + b"\0\0\0\0" + text
    deaf = await knock(server, f"/{station_id}")
    deaf.writer.transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
    )
    deaf.reader._transport.pause_reading()
    deaf.writer.write(frame * count)
    return deaf


def being_served() -> int:
    """How many stations are being answered at this moment."""
    names = ("Connection._serve", "edge/eager.py")
    return sum(any(name in repr(task) for name in names) for task in asyncio.all_tasks())


async def served() -> int:
    return being_served()


async def test_a_station_that_does_not_read_its_answers_holds_up_nobody_else(server):
    await deaf_station(server, 20_000)
    neighbour = await server.connects()

    for _ in range(20):
        await neighbour.beats()


async def test_a_station_that_vanishes_before_it_has_read_its_answers_leaves_nothing_behind(server):
    deaf = await deaf_station(server, 40_000)
    neighbour = await server.connects()
    await eventually(served, lambda count: count == 1)
    for _ in range(200):
        await neighbour.beats()

    deaf.writer.transport.abort()

    await eventually(served, lambda count: count == 0)
    await neighbour.beats()


async def test_a_hundred_stations_connect_at_once(server):
    ids = [await server.station() for _ in range(100)]

    stations = await asyncio.gather(*(server.connects(each) for each in ids))

    await asyncio.gather(*(each.call("BootNotification", BOOT) for each in stations))
    shown = {
        each["station_id"]: each["online"] for each in (await server.get("/status"))["stations"]
    }
    assert all(shown[each] for each in ids)


# -- the end


async def test_a_stop_finishes_the_answer_under_way_and_then_closes_with_1001(
    database_url, tmp_path
):
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(running(database_url, tmp_path))
        station, idle = await server.connects(), await server.connects()
        clients = server.stack.pop_all()
        start = json.dumps([2, "under-way", "StartTransaction", START])

        async with stalled(database_url, station, start):
            stopping = asyncio.create_task(stack.pop_all().aclose())
            with pytest.raises(TimeoutError):
                await station.hears(within_s=0.3)

        answer = await station.hears()
        assert answer[:2] == [3, "under-way"]
        assert await station.closed() == 1001
        assert await idle.closed() == 1001
        await asyncio.wait_for(stopping, 10)
        with pytest.raises(OSError, match="onnect"):
            await connect(f"{server.ocpp_url}/{station.id}", proxy=None)
        await clients.aclose()

    async with running(database_url, tmp_path) as server:
        assert (await server.transaction(station.id))["station_ref"] == str(
            answer[2]["transactionId"]
        )
        again = await server.connects(station.id)
        assert await again.call("StartTransaction", START) == answer[2]


async def test_a_refusal_is_what_a_websocket_client_expects(server):
    with pytest.raises(InvalidStatus) as refused:
        await server.connects("NOBODY-AT-ALL")

    assert refused.value.response.status_code == 404


async def test_a_handshake_that_never_ends_is_cut(server, dawdler):
    station = await server.connects()

    assert await is_cut(dawdler, HANDSHAKE_S + 3)

    await station.beats()
