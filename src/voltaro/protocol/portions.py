"""Lists cut to what a station takes in one message (B05.FR.11, B06.FR.05 and their likes)."""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

from voltaro.domain.variables import Portion
from voltaro.protocol.decode import encode
from voltaro.protocol.wire import Wire

T = TypeVar("T", bound=Wire)

#: What stands around the list: brackets, a message id of 36 characters, an action, a property.
_AROUND: Final = 128


def portions(
    items: Sequence[T], portion: Portion, apart: Callable[[T], Hashable] = id
) -> list[list[T]]:
    """The items in order, in as few messages as the station's limits allow.

    Two that are equal by `apart` do not go into one message. An item that is too long by itself
    goes alone: the station may have more to say to that than we.
    """
    cut: list[list[T]] = []
    taken: set[Hashable] = set()
    length = 0
    for item in items:
        size = len(encode(item)) + 1
        full = portion.items is not None and cut and len(cut[-1]) >= portion.items
        long = portion.bytes is not None and _AROUND + length + size > portion.bytes
        if not cut or full or long or apart(item) in taken:
            cut.append([])
            taken.clear()
            length = 0
        cut[-1].append(item)
        taken.add(apart(item))
        length += size
    return cut
