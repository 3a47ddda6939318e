"""What the house asks of stations by itself, because of what they said."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from voltaro.services.commands import Commands
from voltaro.services.forgotten_customers import ForgottenCustomers
from voltaro.services.intake import Witness
from voltaro.services.inventories import Inventories
from voltaro.services.local_lists import ListConflicts
from voltaro.services.missing_events import MissingEvents
from voltaro.services.station_certificates import StationCertificates
from voltaro.store.reach import Engine


class Reactions:
    """Witnesses of what stations do, which act upon it while `running`.

    `takes_inventory`: stations that introduce themselves are asked for their device model.
    """

    def __init__(self, certificates: StationCertificates, *, takes_inventory: bool) -> None:
        self._certificates = certificates
        self._list_conflicts = ListConflicts()
        self._forgotten_customers = ForgottenCustomers()
        self._missing_events = MissingEvents()
        self._inventories = [Inventories()] if takes_inventory else []

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        return (
            self._list_conflicts,
            self._forgotten_customers,
            self._missing_events,
            self._certificates,
            *self._inventories,
        )

    @asynccontextmanager
    async def running(self, engine: Engine, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._list_conflicts.running(engine, commands))
            await stack.enter_async_context(self._forgotten_customers.running(engine, commands))
            await stack.enter_async_context(self._missing_events.running(commands))
            await stack.enter_async_context(self._certificates.running(commands))
            for each in self._inventories:
                await stack.enter_async_context(each.running(engine, commands))
            yield
