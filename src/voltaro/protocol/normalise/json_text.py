"""Text that is nearly JSON, repaired where only one reading of it makes sense."""

import re
from typing import Final

#: Longer text that is no JSON is not worth the search.
_LONGEST: Final = 64 * 1024
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|\s+', re.DOTALL)
_CONTROL: Final = re.compile("[\x00-\x1f]")


def repaired(text: str) -> str | None:
    r"""The text as JSON, or None when nothing here helps.

    Quirk Q21: `"transactionId":,` (a value left out) becomes null. Also repaired: commas too many
    within an object, raw line feeds and the like within a string. What has more than one meaning
    is left alone: what breaks off is not closed, and NaN is no number.
    """
    pieces = _split(text) if len(text) <= _LONGEST else None
    if pieces is None:
        return None
    parts: list[str] = []
    #: Where in `parts` the last comma stands, if nothing but blanks followed it.
    comma: int | None = None
    containers: list[str] = []
    before = ""
    for piece in pieces:
        if piece.isspace():
            parts.append(piece)
            continue
        if before == ":" and piece in {",", "}", "]"}:
            parts.append("null")
        if comma is not None and containers[-1:] == ["{"] and piece in {",", "}"}:
            parts[comma] = ""
        _follow(containers, piece)
        comma = len(parts) if piece == "," else None
        parts.append(_CONTROL.sub(_escaped, piece) if piece[0] == '"' else piece)
        before = piece
    fixed = "".join(parts)
    return fixed if fixed != text else None


def _split(text: str) -> list[str] | None:
    """Strings, signs, other words and blanks; None when a string never ends."""
    pieces = _PIECE.findall(text)
    return pieces if sum(map(len, pieces)) == len(text) else None


def _follow(containers: list[str], piece: str) -> None:
    """Keep track of the objects and lists that are open."""
    if piece in {"{", "["}:
        containers.append(piece)
    elif piece in {"}", "]"} and containers:
        containers.pop()


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
