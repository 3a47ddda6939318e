"""Lets stations tell anew what a boot may have changed: device model, monitors (B07, N02)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.command import Command
from voltaro.domain.decision import Change
from voltaro.domain.monitoring import GetMonitoringReport
from voltaro.domain.provisioning import BootRecorded
from voltaro.domain.reports import GetBaseReport, ReportBase
from voltaro.services.commands import Commands
from voltaro.services.errors import Refused
from voltaro.services.lines import Line
from voltaro.services.request_ids import new_request_id
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.monitors import list_monitors
from voltaro.store.views.stations import needs_inventory

log = structlog.get_logger()


class Inventories:
    """A `Witness` of boots, which it acts upon while `running`."""

    concerned_by = (BootRecorded,)

    def __init__(self) -> None:
        self._booted: asyncio.Queue[str] = asyncio.Queue()

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        for change in changes:
            if isinstance(change, BootRecorded):
                self._booted.put_nowait(change.event.station_id)

    @asynccontextmanager
    async def running(self, engine: Engine, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        asking = asyncio.create_task(self._ask_all(engine, commands), name="inventories")
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask_all(self, engine: Engine, commands: Commands) -> None:
        while True:
            station_id = await self._booted.get()
            try:
                await _ask(engine, commands, station_id)
            except (DatabaseAway, Refused) as error:
                # The next boot is another occasion.
                log.info("no inventory", station_id=station_id, reason=type(error).__name__)
            except Exception:
                log.exception("inventory failed", station_id=station_id)


async def _ask(engine: Engine, commands: Commands, station_id: str) -> None:
    """A station that is new, or has a new firmware, tells all it has (B07.FR.14)."""
    line = commands.line(station_id)
    command = GetBaseReport(request_id=new_request_id(), base=ReportBase.FULL)
    if line is None or not _may_ask(line, command):
        return
    if await needs_inventory(engine, station_id):
        arguments = {"base": command.base.value, "request_id": command.request_id}
        await commands.send(station_id, command, arguments, by=SYSTEM)
    # Monitors outlast a reboot, and their numbers may not (N04.FR.19).
    if await list_monitors(engine, station_id, limit=1):
        report = GetMonitoringReport(request_id=new_request_id())
        arguments = {"reason": "the station booted"}
        await commands.send(station_id, report, arguments, by=SYSTEM)


def _may_ask(line: Line, command: Command) -> bool:
    """Not where the version has no reports, nor a station that was rejected (B03.FR.03)."""
    try:
        line.check(command)
    except Refused:
        return False
    return True
