"""However a network cuts a station's frames, every message is answered, in order."""

import asyncio
import json
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from tests.edge.conftest import pause
from tests.edge.test_connections import knock
from voltaro.edge.frames import final_text, lone_text, size_on_the_wire

over_a_socket = pytest.mark.asyncio(loop_scope="module")


def client_frame(payload: bytes, opcode: int = 0x81) -> bytes:
    return Frame(Opcode(opcode & 15), payload, fin=bool(opcode & 0x80)).serialize(mask=True)


async def texts(reader: asyncio.StreamReader, count: int) -> list[str]:
    """The next text frames of the server; pongs between them are passed over."""
    found: list[str] = []
    while len(found) < count:
        first, length = await asyncio.wait_for(reader.readexactly(2), 5)
        if length == 126:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
        payload = await reader.readexactly(length)
        if first == 0x81:
            found.append(payload.decode())
    return found


@over_a_socket
@pytest.mark.parametrize("seed", range(12))
async def test_frames_cut_anywhere_are_all_answered_in_order(server, seed):
    rng = random.Random(seed)
    name = await server.station(security_profile=0)
    answer = await knock(server, f"/{name}")
    assert answer.status == 101
    stream, asked = b"", []
    for n in range(40):
        text = json.dumps([2, f"{seed}-{n}", "Heartbeat", {}]).encode()
        kind = rng.choice(("whole", "whole", "whole", "fragments", "ping before", "large"))
        if kind == "large":
            text += b" " * rng.choice((200, 70_000))
        if kind == "ping before":
            stream += client_frame(b"hello", 0x89)
        if kind == "fragments":
            stream += client_frame(text[:9], 0x01) + client_frame(b"", 0x89)
            stream += client_frame(text[9:], 0x80)
        else:
            stream += client_frame(text)
        asked.append(f"{seed}-{n}")

    async def send() -> None:
        rest = stream
        while rest:
            cut = rng.choice((1, 2, 5, 6, 40, 47, 48, 500, 60_000))
            answer.writer.write(rest[:cut])
            await answer.writer.drain()
            await pause(0)
            rest = rest[cut:]

    sending = asyncio.create_task(send())
    told = await texts(answer.reader, len(asked))
    await sending

    assert [json.loads(text)[1] for text in told] == asked


@over_a_socket
async def test_a_text_in_the_middle_of_a_fragmented_message_ends_the_connection(server):
    name = await server.station(security_profile=0)
    answer = await knock(server, f"/{name}")
    beat = client_frame(b'[2,"1","Heartbeat",{}]')
    answer.writer.write(beat)
    await texts(answer.reader, 1)

    answer.writer.write(client_frame(b'[2,"2",', 0x01))
    answer.writer.write(beat)

    rest = await asyncio.wait_for(answer.reader.read(), 5)
    assert rest[:1] == b"\x88"
    assert struct.unpack("!H", rest[2:4]) == (1002,)


@given(st.binary(max_size=70_000), st.sampled_from([1, 125, 126, 70_000]))
def test_a_lone_frame_is_read_as_the_library_reads_it(payload, max_size):
    data = client_frame(payload)

    read = lone_text(data, max_size)

    simple = len(payload) <= max_size and len(payload) < 65_536
    assert read == (payload if simple else None)
    assert lone_text(data + b"\0", max_size) is None
    assert lone_text(data[:-1], max_size) is None
    assert size_on_the_wire(Frame(Opcode.TEXT, payload)) == len(data)


@given(st.binary(max_size=64))
def test_noise_is_never_taken_for_a_message(noise):
    payload = lone_text(noise, 125)

    if payload is not None:
        reader = StreamReader()
        reader.feed_data(noise)
        parsing = Frame.parse(reader.read_exact, mask=True)
        with pytest.raises(StopIteration) as parsed:
            next(parsing)
        assert parsed.value.value == Frame(Opcode.TEXT, payload)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_our_frames_are_those_of_the_library(size):
    payload = b"x" * size
    assert final_text(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
