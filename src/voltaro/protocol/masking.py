"""Secrets in frames, masked before anything stores or shows them."""

from typing import Any

import msgspec

MASK = "***"


def mask(frame: str) -> str:
    """The frame without what nobody may read: tokens of type KeyCode (C04.FR.04).

    Frames without the mark of a secret come back untouched, which is nearly all of them.
    """
    if "KeyCode" not in frame and "\\u" not in frame:  # an escape could spell it
        return frame
    try:
        tree = msgspec.json.decode(frame)
        return msgspec.json.encode(tree).decode() if _mask(tree) else frame
    except (ValueError, RecursionError):  # no JSON, or deeper than can be walked
        return MASK


def _mask(tree: Any) -> bool:
    """Whether there was something to mask."""
    found = False
    if isinstance(tree, dict):
        if tree.get("type") == "KeyCode" and "idToken" in tree:
            tree["idToken"] = MASK
            found = True
        for value in tree.values():
            found |= _mask(value)
    elif isinstance(tree, list):
        for value in tree:
            found |= _mask(value)
    return found
