"""Takes tokens that a station has forgotten off its local authorization list (2.x N10.FR.02)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord, CommandSaved
from voltaro.domain.customer_information import CustomerInformation
from voltaro.domain.decision import Change
from voltaro.domain.ids import token_key
from voltaro.domain.local_list import Update, keyed
from voltaro.services.commands import Commands
from voltaro.services.errors import Refused
from voltaro.services.local_lists import compose
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.local_lists import list_entries

log = structlog.get_logger()


class ForgottenCustomers:
    """A `Witness` of commands that cleared what a station knew; acts upon it while `running`."""

    concerned_by = (CommandSaved,)

    def __init__(self) -> None:
        self._cleared: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        for change in changes:
            if isinstance(change, CommandSaved) and (token := _forgotten(change.record)):
                self._cleared.put_nowait((change.record.station_id, token))

    @asynccontextmanager
    async def running(self, engine: Engine, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        working = asyncio.create_task(self._work(engine, commands), name="forgotten customers")
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _work(self, engine: Engine, commands: Commands) -> None:
        while True:
            station_id, token = await self._cleared.get()
            try:
                await _take_off(engine, commands, station_id, token)
            except (DatabaseAway, Refused) as error:
                reason = type(error).__name__
                log.warning("local list not updated", station_id=station_id, reason=reason)
            except Exception:
                log.exception("local list update failed", station_id=station_id)


def _forgotten(record: CommandRecord) -> str | None:
    """The token that the station knows nothing of any more."""
    if record.name != CustomerInformation.name or record.state is not CommandState.DONE:
        return None
    return record.arguments.get("token") if record.arguments.get("clear") else None


async def _take_off(engine: Engine, commands: Commands, station_id: str, token: str) -> None:
    if token_key(token) not in keyed(await list_entries(engine, station_id)):
        return
    command = await compose(engine, station_id, Update.DIFFERENTIAL, tokens=[], remove=[token])
    arguments = {
        "update": Update.DIFFERENTIAL.value,
        "remove": [token],
        "reason": "the station was told to forget the customer",
    }
    await commands.send(station_id, command, arguments, by=SYSTEM)
