"""Security events a station tells about (1.6 security whitepaper §8)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voltaro.testing.clock import wire_time

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation


@dataclass(frozen=True, slots=True)
class SecurityLog:
    station: "SimulatedStation"

    async def tells(self, kind: str, about: str = "") -> None:
        """Send a SecurityEventNotification."""
        payload = {"type": kind, "timestamp": wire_time(self.station.clock.now())}
        if about:
            payload["techInfo"] = about[:255]
        await self.station.link.call("SecurityEventNotification", payload)
