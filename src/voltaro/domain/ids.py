"""Identities: stations, id tokens, and the places of a station."""

from dataclasses import dataclass
from enum import Enum

#: Tokens of this type are typed by drivers, and shown and logged nowhere (C04.FR.04).
KEY_CODE = "KeyCode"


@dataclass(frozen=True, slots=True)
class IdToken:
    """What a driver presents. `type` is None where the station did not say (OCPP 1.6).

    The text is kept as presented and compared without regard to case (1.6 §5.1 CiString,
    2.x identifierString).
    """

    value: str
    type: str | None = None

    @property
    def key(self) -> str:
        """The form in which tokens are compared."""
        return token_key(self.value)


def token_key(value: str) -> str:
    """The form in which token texts are compared."""
    return value.strip().casefold()


class Scope(Enum):
    """The whole station, as opposed to one of its connectors."""

    STATION = "station"


@dataclass(frozen=True, slots=True)
class Connector:
    """A socket or cable of an EVSE; both numbers start at 1."""

    evse_id: int
    connector_id: int


@dataclass(frozen=True, slots=True)
class Evse:
    """All connectors of an EVSE."""

    evse_id: int
