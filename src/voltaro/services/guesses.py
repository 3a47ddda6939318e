"""Slows down who guesses passwords, by address and by name."""

from dataclasses import dataclass, field

from voltaro.domain.users import name_key
from voltaro.services.throttle import Limit, Throttle

_BY_ADDRESS = Limit(burst=20, per_s=0.2)
_BY_NAME = Limit(burst=10, per_s=0.05)
#: Longer names are nobody's.
_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Guesses:
    """Each attempt counts when it begins, so that many at the same moment count as well."""

    by_address: Throttle = field(default_factory=lambda: Throttle(_BY_ADDRESS))
    by_name: Throttle = field(default_factory=lambda: Throttle(_BY_NAME))

    def begin(self, host: str, name: str) -> int:
        """0, or after how many seconds to come back; then the password must not be looked at."""
        return self.by_address.failed(host) or self.by_name.failed(_bucket(name))

    def was_right(self, host: str, name: str) -> None:
        """The attempt was none: it does not count."""
        self.by_address.forgive(host)
        self.by_name.forgive(_bucket(name))


def _bucket(name: str) -> str:
    return f"name {name_key(name[:_NAME_LENGTH])}"
