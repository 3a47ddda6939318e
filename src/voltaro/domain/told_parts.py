"""A text that a station tells in parts, in whatever order and however often they come."""

from dataclasses import dataclass
from typing import Final

#: A text of more parts stays incomplete.
_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPart:
    """The first has number 0."""

    number: int
    is_last: bool
    text: str


def with_part(parts: tuple[ToldPart, ...], part: ToldPart) -> tuple[ToldPart, ...]:
    """What is here now, in order; a part that comes again replaces itself."""
    others = tuple(each for each in parts if each.number != part.number)
    if len(others) >= _MOST:
        return parts
    return tuple(sorted((*others, part), key=lambda each: each.number))


def are_all(parts: tuple[ToldPart, ...]) -> bool:
    """Whether none is missing up to the last one."""
    last = next((each.number for each in parts if each.is_last), None)
    return last is not None and [each.number for each in parts[: last + 1]] == list(range(last + 1))


def text_of(parts: tuple[ToldPart, ...]) -> str:
    """What is here of the text."""
    return "".join(each.text for each in parts)
