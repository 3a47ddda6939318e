"""OCPP versions and the choice of one of them from what a station offers (OCPP-J 1.6 §3.1.2)."""

from collections.abc import Sequence
from enum import StrEnum


class OcppVersion(StrEnum):
    """A version, named by its WebSocket subprotocol."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"

    @property
    def has_hex_passwords(self) -> bool:
        """Whether the password is told in hex and presented as the bytes that this means (1.6 security)."""
        return self is OcppVersion.V16


SUBPROTOCOLS: frozenset[str] = frozenset(version.value for version in OcppVersion)


def negotiate(offered: Sequence[str]) -> OcppVersion | None:
    """The first offered subprotocol that is served, or None.

    The client lists its preference first; tokens are compared exactly, case included.
    """
    for token in offered:
        if token in SUBPROTOCOLS:
            return OcppVersion(token)
    return None
