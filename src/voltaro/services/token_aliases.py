"""Other texts by which stations name the same card, in memory as reading a message needs them.

Readers turn the bytes of a card's number round, or leave some of them out (quirk Q50).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from voltaro.domain.ids import token_key


class TokenAliases:
    """By alias, the text of the token that is meant."""

    def __init__(self, known: Mapping[str, str] = MappingProxyType({})) -> None:
        self._meant = dict(known)

    def __bool__(self) -> bool:
        return bool(self._meant)

    def meant_by(self, value: str) -> str:
        """The token's text for what a station read; the same where it is nobody's alias."""
        return self._meant.get(token_key(value), value)

    def owner(self, value: str) -> str | None:
        """Whose alias this is."""
        return self._meant.get(token_key(value))

    def put(self, value: str, aliases: Iterable[str]) -> None:
        """From now on these are the token's aliases, and no others."""
        key = token_key(value)
        self._meant = {a: v for a, v in self._meant.items() if token_key(v) != key}
        self._meant |= {token_key(alias): value for alias in aliases}
