"""Secrets in frames, masked before anything stores or shows them."""

import re
from collections.abc import Collection
from typing import Any

import msgspec

from voltaro.domain.variables import is_credential

MASK = "***"

#: Of connections (2.x SetNetworkProfile), wherever they stand.
_SECRETS = ("apnPassword", "basicAuthPassword", "simPin")
#: What is between scheme and host of a URL, and the addresses at which we serve files.
_USERINFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
#: What the name of a secret has in it, among much else (`voltaro.domain.variables`).
_SUSPECT = re.compile(r"(?i)passw|passphrase|pwd|secret|token|key|pin")
_CAPABILITY = re.compile(r"(?<=/files/)[^/?#\s]+")
#: Where text that is no JSON names what comes next.
_NAMED = re.compile(r'"(?:key|name)"\s*:\s*"((?:[^"\\]|\\.)*)')
_FIELDS = tuple(f'"{name}"' for name in (*_SECRETS, "password"))


def mask(frame: str) -> str:
    """The frame of a station without what nobody may read.

    Those are tokens of type KeyCode (C04.FR.04) and what can only be written (A01.FR.12). Frames
    without the mark of a secret come back untouched, which is nearly all of them.
    """
    if (
        "KeyCode" not in frame
        and "WriteOnly" not in frame
        and "\\u" not in frame  # an escape could spell it
        and not ('"variable"' in frame and _SUSPECT.search(frame))
    ):
        return frame
    return mask_all(frame)


def mask_all(
    frame: str, secrets: Collection[str] = (), hidden: Collection[str] = frozenset()
) -> str:
    """The frame of a CALL of ours, or of its answer, without credentials and `secrets`.

    Credentials are station passwords, key codes, user names in URLs, and addresses of files.
    `hidden` are names of variables, in lower case, whose values are as secret.
    """
    try:
        tree = msgspec.json.decode(frame)
        masked = masked_tree(tree, secrets, hidden)
        return frame if masked == tree else msgspec.json.encode(masked).decode()
    except (ValueError, RecursionError):  # no JSON, or deeper than can be walked
        return MASK


def mask_stray(text: str) -> str:
    """A text that is no CALL of the station: an answer to no call, or no frame at all.

    What cannot be read is left out as a whole where it names a secret.
    """
    try:
        tree = msgspec.json.decode(text)
        masked = masked_tree(tree)
    except (ValueError, RecursionError):
        return MASK if _names_secret(text) else _without_addresses(text)
    return text if masked == tree else msgspec.json.encode(masked).decode()


def mask_path(path: str) -> str:
    """The path of an upgrade request: some stations write a whole URL there, or a query."""
    place, mark, _ = path.partition("?")
    return _without_addresses(place) + (mark and mark + MASK)


def _names_secret(text: str) -> bool:
    return (
        mask(text) == MASK
        or any(field in text for field in _FIELDS)
        or any(map(is_credential, _NAMED.findall(text)))
    )


def masked_tree(
    tree: Any, secrets: Collection[str] = (), hidden: Collection[str] = frozenset()
) -> Any:
    """A decoded payload with its secrets replaced, and texts that are in `secrets`."""
    match tree:
        case dict():
            masked = {name: masked_tree(value, secrets, hidden) for name, value in tree.items()}
            for name in _secrets_of(tree, hidden):
                masked[name] = MASK
            if (
                _is_of_credential(tree, hidden) and "variableAttribute" in masked
            ):  # 2.x NotifyReport
                masked["variableAttribute"] = _without_values(masked["variableAttribute"])
            return masked
        case list():
            return [masked_tree(each, secrets, hidden) for each in tree]
        case str() if tree in secrets:
            return MASK
        case str() if "/" in tree:
            return _without_addresses(tree)
        case _:
            return tree


def _without_addresses(text: str) -> str:
    return _CAPABILITY.sub(MASK, _USERINFO.sub(MASK, text))


def _secrets_of(item: dict[str, Any], hidden: Collection[str]) -> list[str]:
    names = [name for name in _SECRETS if name in item]
    if item.get("type") == "KeyCode" and "idToken" in item:
        names.append("idToken")
    if _is_hidden(item.get("key"), hidden):  # 1.6 Change- and GetConfiguration
        names.append("value")
    if "password" in item:  # 2.x VPNType
        names += ["password", "key"]
    if item.get("mutability") == "WriteOnly":  # 2.x NotifyReport
        names.append("value")
    if _is_of_credential(item, hidden):  # 2.x Set- and GetVariables, NotifyEvent
        names += ["attributeValue", "actualValue"]
    return [name for name in names if item.get(name) is not None]


def _is_of_credential(item: dict[str, Any], hidden: Collection[str]) -> bool:
    variable = item.get("variable")
    return isinstance(variable, dict) and _is_hidden(variable.get("name"), hidden)


def _without_values(attributes: Any) -> Any:
    if not isinstance(attributes, list):
        return attributes
    return [
        each | {"value": MASK} if isinstance(each, dict) and "value" in each else each
        for each in attributes
    ]


def _is_hidden(name: object, hidden: Collection[str]) -> bool:
    return isinstance(name, str) and (is_credential(name) or name.strip().lower() in hidden)
