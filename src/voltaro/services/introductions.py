"""Asking a station that never introduced itself to do so, once (quirk Q24)."""

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.remote_control import MessageTrigger, TriggerMessage
from voltaro.services.commands import Commands
from voltaro.services.errors import Refused
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.stations import find_station

log = structlog.get_logger()


class Introductions:
    """Some stations boot only when they are asked, and until then nobody knows what they are."""

    def __init__(self, *, engine: Engine, commands: Commands) -> None:
        self._engine = engine
        self._commands = commands
        self._asked: set[str] = set()

    async def ask(self, station_id: str) -> None:
        """Trigger a boot, unless one is on record or was asked for; what comes of it is a command."""
        if station_id in self._asked:
            return
        self._asked.add(station_id)
        try:
            row = await find_station(self._engine, station_id)
            if row is None or row["booted_at"] is not None:
                return
            command = TriggerMessage(message=MessageTrigger.BOOT_NOTIFICATION)
            shown = {"message": command.message.value}
            await self._commands.send(station_id, command, shown, by=SYSTEM)
        except (Refused, DatabaseAway):
            log.info("station not asked to introduce itself", station_id=station_id)
