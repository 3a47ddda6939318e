"""How a station connects: network profiles in numbered slots (2.x B09)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command


class Interface(StrEnum):
    """The network interface of a station (2.x OCPPInterfaceEnumType)."""

    WIRED0 = "wired0"
    WIRED1 = "wired1"
    WIRED2 = "wired2"
    WIRED3 = "wired3"
    WIRELESS0 = "wireless0"
    WIRELESS1 = "wireless1"
    WIRELESS2 = "wireless2"
    WIRELESS3 = "wireless3"
    #: Whichever there is (2.1).
    ANY = "any"


class Spoken(StrEnum):
    """The OCPP version to speak over a connection."""

    OCPP16 = "1.6"
    OCPP201 = "2.0.1"
    OCPP21 = "2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNetworkProfile(Command):
    """Put a connection into a slot; the station uses it once it has the slot in its priorities."""

    name: ClassVar[str] = "set_network_profile"

    slot: int
    url: str
    interface: Interface
    security_profile: int
    spoken: Spoken
    message_timeout_s: int
