"""Parts of a file in HTTP headers: those that are asked for, and those that are brought."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class Unsatisfiable(Exception):
    """None of the bytes that are asked for exists (RFC 9110 §15.5.17)."""


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` to before `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Piece(Span):
    """A span that is brought, of a file of `total` bytes; None: that is not known yet."""

    total: int | None

    @property
    def is_last(self) -> bool:
        return self.stop == self.total


def requested(header: str | None, size: int) -> Span | None:
    """The span of a Range header within `size` bytes; None: everything.

    Several ranges, other units and nonsense may be answered with everything (RFC 9110 §14.2).

    Raises:
        Unsatisfiable: it begins behind the end.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        span = Span(max(0, size - int(found[2])), size)
    else:
        last = int(found[2]) if found[2] else size - 1
        if last < int(found[1]) and found[2]:
            return None
        span = Span(int(found[1]), min(last + 1, size))
    if span.start >= span.stop:
        raise Unsatisfiable
    return span


def brought(header: str) -> Piece:
    """The piece that a Content-Range header of a request names.

    Raises:
        ValueError: it is none.
    """
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None:
        raise ValueError("not of the form: bytes 0-499/1234")
    piece = Piece(int(found[1]), int(found[2]) + 1, None if found[3] == "*" else int(found[3]))
    if piece.start >= piece.stop or (piece.total is not None and piece.stop > piece.total):
        raise ValueError("it ends before it begins, or behind the end of the file")
    return piece
