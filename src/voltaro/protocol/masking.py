"""Secrets in frames, masked before anything stores or shows them."""

import re
from typing import Any

import msgspec

MASK = "***"

#: Configuration that is a credential (1.6 whitepaper §2; 2.x A01), in lower case.
_CREDENTIALS = frozenset({"authorizationkey", "basicauthpassword"})
#: What is between scheme and host of a URL, and the addresses at which we serve files.
_USERINFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_CAPABILITY = re.compile(r"(?<=/files/)[^/?#\s]+")


def mask(frame: str) -> str:
    """The frame of a station without what nobody may read: tokens of type KeyCode (C04.FR.04).

    Frames without the mark of a secret come back untouched, which is nearly all of them.
    """
    if "KeyCode" not in frame and "\\u" not in frame:  # an escape could spell it
        return frame
    return mask_all(frame)


def mask_all(frame: str) -> str:
    """The frame of a CALL of ours, or of its answer, without credentials.

    Those are station passwords, key codes, user names in URLs, and addresses of files.
    """
    try:
        tree = msgspec.json.decode(frame)
        masked = masked_tree(tree)
        return frame if masked == tree else msgspec.json.encode(masked).decode()
    except (ValueError, RecursionError):  # no JSON, or deeper than can be walked
        return MASK


def masked_tree(tree: Any) -> Any:
    """A decoded payload with its secrets replaced."""
    match tree:
        case dict():
            masked = {name: masked_tree(value) for name, value in tree.items()}
            for name in _secrets_of(tree):
                masked[name] = MASK
            return masked
        case list():
            return [masked_tree(each) for each in tree]
        case str() if "/" in tree:
            return _CAPABILITY.sub(MASK, _USERINFO.sub(MASK, tree))
        case _:
            return tree


def _secrets_of(item: dict[str, Any]) -> list[str]:
    names = []
    if item.get("type") == "KeyCode" and "idToken" in item:
        names.append("idToken")
    if _is_credential(item.get("key")):  # 1.6 Change- and GetConfiguration
        names.append("value")
    variable = item.get("variable")
    if isinstance(variable, dict) and _is_credential(variable.get("name")):  # 2.x SetVariables
        names.append("attributeValue")
    return [name for name in names if item.get(name) is not None]


def _is_credential(name: object) -> bool:
    return isinstance(name, str) and name.strip().lower() in _CREDENTIALS
