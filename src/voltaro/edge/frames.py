"""The one kind of frame that nearly every message is, read and written without detours.

The WebSocket core of the library checks everything and makes several objects for a frame. A station's
message is nearly always one final, masked text frame that arrives alone; such a one has nothing left to
check. Whatever looks otherwise goes to the core (RFC 6455 §5.2).
"""

import struct
from typing import Final

from websockets.frames import Frame

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled part for this platform
    from websockets.utils import apply_mask

_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80
#: Lengths from here on are written behind the second byte, in two bytes, and from there on in eight.
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 65536
_MASK_SIZE: Final = 4


def lone_text(data: bytes, max_size: int) -> bytes | None:
    """The payload when `data` is exactly one final, masked text frame of at most `max_size` bytes."""
    size = len(data)
    if size < 2 + _MASK_SIZE or data[0] != _FINAL_TEXT or not data[1] & _MASKED:
        return None
    length, start = data[1] ^ _MASKED, 2 + _MASK_SIZE
    if length == _TWO_BYTES:
        length, start = data[2] << 8 | data[3], 4 + _MASK_SIZE
    elif length > _TWO_BYTES:
        return None
    if size != start + length or length > max_size:
        return None
    return apply_mask(data[start:], data[start - _MASK_SIZE : start])


def final_text(payload: bytes) -> bytes:
    """The frame of a server's message."""
    size = len(payload)
    if size < _TWO_BYTES:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < _EIGHT_BYTES:
        return struct.pack("!BBH", _FINAL_TEXT, _TWO_BYTES, size) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, _TWO_BYTES + 1, size) + payload


def size_on_the_wire(frame: Frame) -> int:
    """How many bytes a client's uncompressed frame took, if it wrote its length as it should."""
    size = len(frame.data)
    more = 0 if size < _TWO_BYTES else 2 if size < _EIGHT_BYTES else 8
    return 2 + more + _MASK_SIZE + size
