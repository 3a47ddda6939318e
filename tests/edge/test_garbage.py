"""Whatever a station sends: the exact answer, the next message fine, its neighbour undisturbed.

Each kind of garbage is a row with the answers that the three versions give to it.
"""

import tracemalloc
import zlib
from typing import NamedTuple

import pytest
from websockets.frames import Opcode

from tests.edge.conftest import V16, V21, V201, VERSIONS, Station
from voltaro.protocol.decode import station_actions
from voltaro.protocol.route_tables import ROUTES
from voltaro.protocol.versions import OcppVersion

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What is expected of a frame: silence, a CALLRESULT, or a CALLERROR.
SILENCE, RESULT = "silence", "result"
MEGABYTE = 1024 * 1024
DEEP = "[" * 100_000 + "]" * 100_000


class Kind(NamedTuple):
    """A frame with id "x" where it has one, and what 1.6, 2.0.1 and 2.1 answer."""

    name: str
    frame: str
    v16: str
    v201: str
    v21: str
    message_id: str = "x"

    def expected(self, version: str) -> str:
        return {V16: self.v16, V201: self.v201, V21: self.v21}[version]


def _unreadable(name: str, frame: str) -> Kind:
    """Nobody can tell what it answers to: 1.6 is silent, 2.x says so with the id -1."""
    return Kind(name, frame, SILENCE, "RpcFrameworkError", "RpcFrameworkError", "-1")


def _broken(name: str, frame: str) -> Kind:
    return Kind(name, frame, "FormationViolation", "FormatViolation", "FormatViolation")


def _same(name: str, frame: str, code: str, message_id: str = "x") -> Kind:
    return Kind(name, frame, code, code, code, message_id)


def _call(action: str, payload: str) -> str:
    return f'[2,"x","{action}",{payload}]'


FRAMES = (
    _unreadable("a word", "pong"),
    _unreadable("nothing", ""),
    _unreadable("blanks", " \n"),
    _unreadable("a number", "2"),
    _unreadable("null", "null"),
    _unreadable("an object", '{"action":"Heartbeat"}'),
    _unreadable("an empty array", "[]"),
    _unreadable("half an array", "["),
    _unreadable("XML", "<soap:Envelope/>"),
    _unreadable("raw NUL", "\0\0\0"),
    _unreadable("type alone", "[2]"),
    _unreadable("id is a number", '[2,7,"Heartbeat",{}]'),
    _unreadable("id is null", '[2,null,"Heartbeat",{}]'),
    _unreadable("id is an object", '[2,{},"Heartbeat",{}]'),
    _unreadable("id of 300 characters", f'[2,"{"x" * 300}","Heartbeat",{{}}]'),
    _unreadable("type is text", '["2","x","Heartbeat",{}]'),
    _unreadable("type is a fraction", '[2.5,"x","Heartbeat",{}]'),
    _unreadable("two frames in one", '[2,"x","Heartbeat",{}][2,"y","Heartbeat",{}]')._replace(
        v16="FormationViolation", v201="FormatViolation", v21="FormatViolation", message_id="x"
    ),
    _unreadable("100,000 brackets", DEEP),
    Kind("unknown message type", '[9,"x","Heartbeat",{}]', SILENCE, "MessageTypeNotSupported", SILENCE),
    Kind("negative message type", '[-2,"x","Heartbeat",{}]', SILENCE, "MessageTypeNotSupported", SILENCE),
    Kind("CALLRESULTERROR", '[5,"x","GenericError","",{}]', SILENCE, "MessageTypeNotSupported", SILENCE),
    Kind("SEND", '[6,"x","NotifyPeriodicEventStream",{}]', SILENCE, "MessageTypeNotSupported", SILENCE),
    _same("answer to nothing", '[3,"x",{}]', SILENCE),
    _same("answer without payload", '[3,"x"]', SILENCE),
    _same("answer without id", "[3]", SILENCE),
    _same("error to nothing", '[4,"x","GenericError","",{}]', SILENCE),
    _same("error without anything", '[4,"x"]', SILENCE),
    _same("broken answer", '[3,"x",{]', SILENCE),
    _broken("id alone", '[2,"x"]'),
    _broken("action is a number", '[2,"x",7,{}]'),
    _broken("five elements", '[2,"x","Heartbeat",{},1]'),
    _broken("payload breaks off", '[2,"x","Heartbeat",{"a":'),
    _broken("payload is text", _call("Heartbeat", '"text"')),
    _broken("payload is a list", _call("Heartbeat", "[1]")),
    _broken("NaN", _call("Heartbeat", '{"a":NaN}')),
    _broken("comma too many", _call("Heartbeat", "{},")),
    _broken("payload of 100,000 brackets", _call("Heartbeat", DEEP)),
    _same("unknown action", _call("Teleport", "{}"), "NotImplemented"),
    _same("empty action", _call("", "{}"), "NotImplemented"),
    _same("action in lower case", _call("heartbeat", "{}"), "NotImplemented"),
    _same("action with NUL", _call("Heart\\u0000beat", "{}"), "NotImplemented"),
    _same("our own action back", _call("Reset", '{"type":"Hard"}'), "NotSupported"),
    Kind("1.6 action", _call("StartTransaction", "{}"), "OccurenceConstraintViolation", *["NotImplemented"] * 2),
    Kind("2.x action", _call("TransactionEvent", "{}"), "NotImplemented", *["OccurrenceConstraintViolation"] * 2),
    Kind("2.1 action", _call("BatterySwap", "{}"), "NotImplemented", "NotImplemented", "OccurrenceConstraintViolation"),
    Kind("field missing", _call("Authorize", "{}"), "OccurenceConstraintViolation", *["OccurrenceConstraintViolation"] * 2),
    Kind("field is null", _call("Authorize", '{"idTag":null,"idToken":null}'), "OccurenceConstraintViolation", *["OccurrenceConstraintViolation"] * 2),
    _same("field of wrong type", _call("Authorize", '{"idTag":{},"idToken":[]}'), "TypeConstraintViolation"),
    _same("number beyond arithmetic", _call("StatusNotification", '{"connectorId":1e400,"errorCode":"NoError","status":"Available","evseId":1e400,"timestamp":"2026-01-02T03:04:05Z","connectorStatus":"Available"}'), "PropertyConstraintViolation"),
    _same("number beyond 64 bits", _call("StatusNotification", '{"connectorId":9223372036854775808,"errorCode":"NoError","status":"Available","evseId":9223372036854775808,"timestamp":"2026-01-02T03:04:05Z","connectorStatus":"Available"}'), "TypeConstraintViolation"),
    _same("payload is null", _call("Heartbeat", "null"), RESULT),
    _same("no payload", '[2,"x","Heartbeat"]', RESULT),
    _same("payload is an empty list", _call("Heartbeat", "[]"), RESULT),
    _same("extra field", _call("Heartbeat", '{"vendorThing":{"a":[1,2]}}'), RESULT),
    _same("byte order mark", "\ufeff" + _call("Heartbeat", "{}"), RESULT),
    _same("blanks everywhere", ' [ 2 , "x" ,\n"Heartbeat" , { } ] ', RESULT),
    _same("empty id", '[2,"","Heartbeat",{}]', RESULT, ""),
    _same("id of 200 characters", f'[2,"{"y" * 200}","Heartbeat",{{}}]', RESULT, "y" * 200),
    _same("lone surrogate in the id", '[2,"\\ud800x","Heartbeat",{}]', RESULT, "\ufffdx"),
    _same("NUL in the id", '[2,"\\u0000x","Heartbeat",{}]', RESULT, "\ufffdx"),
    _same("lone surrogate in a field", _call("Authorize", '{"idTag":"a\\ud800\\udbffb","idToken":{"idToken":"\\udfff","type":"Central"}}'), RESULT),
    _same("NUL in a field", _call("Authorize", '{"idTag":"a\\u0000b","idToken":{"idToken":"a\\u0000b","type":"Central"}}'), RESULT),
    _same("emoji in a field", _call("Authorize", '{"idTag":"\U0001f50c","idToken":{"idToken":"\\ud83d\\udd0c","type":"Central"}}'), RESULT),
    _same("the same field twice", _call("Authorize", '{"idTag":"a","idTag":"b","idToken":{"idToken":"a","type":"Central"}}'), RESULT),
)  # fmt: skip

#: Extra data nested as deep as a payload can be read, and what the validator and the encoder make of it.
NESTED = tuple(
    _same(
        f"extra data {depth} deep",
        _call(
            "Authorize",
            '{"idTag":"a","idToken":{"idToken":"a","type":"Central"},'
            f'"customData":{{"vendorId":"v","x":{"[" * depth + "]" * depth}}}}}',
        ),
        RESULT,
    )
    for depth in (200, 300)
)

#: Text that looks as if it held a secret is read once more.
MARKED = (
    _unreadable("secret in deep garbage", '["KeyCode",' + "[" * 3000),
    _broken("secret in a deep payload", _call("Heartbeat", '{"KeyCode":' + DEEP + "}")),
    _same("secret as deep as can be read", _call("Heartbeat", '{"a":"KeyCode","b":' + "[" * 700 + "]" * 700 + "}"), RESULT),
    _same("secret a little deeper", _call("Heartbeat", '{"a":"KeyCode","b":' + "[" * 930 + "]" * 930 + "}"), RESULT),
)  # fmt: skip

ALL = FRAMES + NESTED + MARKED


def frame_of(opcode: Opcode, data: bytes, *, fin: bool = True, reserved: int = 0) -> bytes:
    """A frame as it is, past the client's own ideas of what may be sent (RFC 6455 §5.2)."""
    head = bytes([fin << 7 | reserved << 4 | opcode])
    length = len(data).to_bytes(8)
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xff" + length
    return head + size + b"\0\0\0\0" + data  # masked with zeros


async def answered(station: Station, kind: Kind) -> None:
    """Send the frame; its answer and nothing else comes before that of the next message."""
    await station.says(kind.frame)
    await station.says('[2,"next","Heartbeat",{}]')
    expected = kind.expected(station.version)
    if expected != SILENCE:
        frame = await station.hears()
        assert frame[1] == kind.message_id, frame
        if expected == RESULT:
            assert frame[0] == 3, frame
        else:
            assert (frame[0], frame[2]) == (4, expected), frame
            assert isinstance(frame[3], str)
            assert len(frame[3]) <= 255
            assert frame[4] == {}
    assert (await station.hears())[:2] == [3, "next"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
async def test_garbage_gets_its_answer_and_harms_nobody(server, version, kind):
    station, neighbour = await server.connects(version=version), await server.connects()

    await answered(station, kind)

    await neighbour.beats()
    await station.beats()


@pytest.mark.parametrize("version", VERSIONS)
async def test_garbage_of_every_kind_is_found_in_the_journal_in_order(server, version):
    station = await server.connects(version=version)

    for kind in ALL:
        await answered(station, kind)

    rows = await server.journal(station.id, lambda rows: len(rows) == 2 * len(ALL))
    rows = [row for row in rows if row["message_id"] != "next"]
    assert len(rows) == len(ALL)
    for row, kind in zip(rows, ALL, strict=True):
        assert row["frame"] == "***" or _beginning(row["frame"]) == _beginning(kind.frame)
        expected = kind.expected(version)
        verdicts = {SILENCE: {"ignored"}, RESULT: {"ok"}}.get(expected, {expected, "malformed"})
        if kind.name == "SEND" and version == V21:  # it is judged, and not answered
            verdicts = {"OccurrenceConstraintViolation"}
        assert row["verdict"] in verdicts, kind.name


def _beginning(frame: str) -> str:
    for strange in ("\0", "\\u0000", "\\ud800", "\\udbff", "\\udfff"):
        frame = frame.replace(strange, "\ufffd")
    return frame[:200]


async def test_no_depth_of_what_looks_like_a_secret_is_a_trap(server):
    station = await server.connects()

    for depth in range(900, 1000):  # around what Python walks down
        nested = "[" * depth + "]" * depth
        await station.says(f'[2,"n{depth}","Heartbeat",{{"a":"KeyCode","b":{nested}}}]')
        assert (await station.hears())[1] == f"n{depth}"

    await station.beats()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_message_that_is_known_and_not_served_yet_is_not_supported(server, version):
    station = await server.connects(version=version)
    known = OcppVersion(version)

    for action in sorted(station_actions(known) - ROUTES[known].keys()):
        assert await station.code(action, {}) == "NotSupported"

    await station.beats()


STRICT = (
    _broken("extra field", _call("Heartbeat", '{"vendorThing":1}')),
    Kind("text too long", _call("Authorize", f'{{"idTag":"{"a" * 21}"}}'), "PropertyConstraintViolation", *["OccurrenceConstraintViolation"] * 2),
    Kind("number as text", _call("StatusNotification", '{"connectorId":"1","errorCode":"NoError","status":"Available"}'), "TypeConstraintViolation", *["OccurrenceConstraintViolation"] * 2),
    Kind("unknown word", _call("StatusNotification", '{"connectorId":1,"errorCode":"NoError","status":"Ready"}'), "PropertyConstraintViolation", *["OccurrenceConstraintViolation"] * 2),
    _same("all well", _call("Heartbeat", "{}"), RESULT),
)  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", STRICT, ids=lambda kind: kind.name)
async def test_a_strict_station_is_told_of_every_deviation(server, version, kind):
    station_id = await server.station(security_profile=0, strict=True)
    station = await server.connects(station_id, version)

    await answered(station, kind)


@pytest.mark.parametrize("version", VERSIONS)
async def test_binary_frames_are_ignored_and_found_in_the_journal(server, version):
    station = await server.connects(version=version)

    await station.socket.send(b'[2,"x","Heartbeat",{}]')
    await station.socket.send([b"\x00\x01", b"\x02"])

    await station.beats()
    await server.journal(
        station.id, lambda rows: [r["verdict"] for r in rows] == ["ignored", "ignored", "ok"]
    )


async def test_a_strict_station_is_closed_for_a_binary_frame(server):
    station = await server.connects(await server.station(security_profile=0, strict=True))

    await station.socket.send(b"noise")

    assert await station.closed() == 1003
    await (await server.connects(station.id)).beats()


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_frame_of_a_megabyte_is_taken(server, compression):
    station = await server.connects(compression=compression)
    frame = '[2,"x","Authorize",{"idTag":""}]'

    await station.says(frame.replace('""', f'"{"A" * (MEGABYTE - len(frame))}"'))

    assert (await station.hears())[2] == {"idTagInfo": {"status": "Invalid"}}
    await station.beats()


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_frame_beyond_a_megabyte_closes_with_1009(server, compression):
    station, neighbour = await server.connects(compression=compression), await server.connects()

    await station.says("A" * (MEGABYTE + 1))

    assert await station.closed() == 1009
    await neighbour.beats()
    await (await server.connects(station.id)).beats()


async def test_fragments_beyond_a_megabyte_close_with_1009(server):
    station = await server.connects()

    await station.says(["A" * 400_000] * 3)

    assert await station.closed() == 1009


async def test_a_bomb_of_zeros_closes_with_1009_and_takes_no_memory(server):
    """RFC 7692: what is inflated is limited, and not only what arrives."""
    station = await server.connects(compression="deflate")
    deflate = zlib.compressobj(wbits=-12)
    bomb = deflate.compress(b"0" * 100 * MEGABYTE) + deflate.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < MEGABYTE

    tracemalloc.start()
    try:
        station.socket.transport.write(frame_of(Opcode.TEXT, bomb[:-4], reserved=0b100))

        assert await station.closed() == 1009
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * MEGABYTE


async def test_a_message_in_fragments_is_put_together(server):
    station = await server.connects()

    await station.says(['[2,"x","Auth', 'orize",{"idTag":"\U0001f50c', '"}', "]"])

    assert (await station.hears())[2] == {"idTagInfo": {"status": "Invalid"}}


async def test_a_ping_between_fragments_is_answered(server):
    station = await server.connects()

    station.socket.transport.write(
        frame_of(Opcode.TEXT, b'[2,"x","Heart', fin=False)
        + frame_of(Opcode.PING, b"there?")
        + frame_of(Opcode.CONT, b'beat",{}]')
    )

    assert (await station.hears())[:2] == [3, "x"]


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b'[2,"x","Authorize",{"idTag":"\xed\xa0\x80"}]', b'[2,"x","Heartbeat",{}]\xc3'],
    ids=["noise", "surrogate", "half a letter"],
)
async def test_text_that_is_no_utf_8_closes_with_1007(server, data):
    station, neighbour = await server.connects(), await server.connects()

    await station.says(data)

    assert await station.closed() == 1007
    await neighbour.beats()
    await (await server.connects(station.id)).beats()


@pytest.mark.parametrize(
    "frame",
    [
        frame_of(Opcode.CONT, b"out of nowhere"),
        frame_of(Opcode.TEXT, b"compressed?", reserved=0b100),
        frame_of(Opcode.TEXT, b"reserved", reserved=0b001),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["continuation of nothing", "not compressed", "reserved bit", "HTTP once more"],
)
async def test_frames_that_are_no_websocket_close_with_1002(server, frame):
    station, neighbour = await server.connects(compression=None), await server.connects()

    station.socket.transport.write(frame)

    assert await station.closed() == 1002
    await neighbour.beats()
    await (await server.connects(station.id)).beats()


async def test_a_burst_of_garbage_is_answered_frame_by_frame(server):
    station = await server.connects(version=V201)

    for _ in range(100):
        await station.says("pong")
    answers = [await station.hears() for _ in range(100)]

    assert {(answer[0], answer[1], answer[2]) for answer in answers} == {
        (4, "-1", "RpcFrameworkError")
    }
    await station.beats()


async def test_every_kind_of_garbage_has_a_name_of_its_own():
    names = [kind.name for kind in ALL]

    assert len(set(names)) == len(names)
    assert all(len(kind.frame) < MEGABYTE for kind in ALL)
