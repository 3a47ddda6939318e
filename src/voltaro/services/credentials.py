"""New passwords of stations: hashed before they are kept, and valid before they are sent."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from voltaro.domain.credentials import PasswordsChanged, PasswordStep, PlainPasswordStep
from voltaro.domain.decision import Change, Nothing
from voltaro.services.intake import Intake
from voltaro.services.secrets import Keyring

log = structlog.get_logger()


class Credentials:
    """`settle` lets the handshake follow what the table says of a station; see `Stations.settle`."""

    def __init__(
        self, *, keyring: Keyring, intake: Intake, settle: Callable[[str], Awaitable[None]]
    ) -> None:
        self._keyring = keyring
        self._intake = intake
        self._settle = settle
        self._tasks: set[asyncio.Task[None]] = set()

    async def carry_out(self, station_id: str, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """Make the steps of passwords among the changes durable, and valid for the next login.

        Returns the other changes. Who is told of those, finds that the passwords fit.
        """
        plain = [each for each in changes if isinstance(each, PlainPasswordStep)]
        if not plain:
            return changes
        await self._order(station_id, tuple(map(self._sealed, plain)))
        return tuple(each for each in changes if not isinstance(each, PlainPasswordStep))

    def proven(self, station_id: str, hashed: bytes) -> None:
        """The station logged in with a password that it was offered: what came before is over.

        Until that is durable both let it in, and after a crash the next login tells again.
        """
        task = asyncio.create_task(self._prove(station_id, hashed), name="password proven")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prove(self, station_id: str, hashed: bytes) -> None:
        await self._order(station_id, (PasswordsChanged(station_id, PasswordStep.PROVEN, hashed),))
        log.info("station uses its new password", station_id=station_id)

    async def _order(self, station_id: str, steps: tuple[PasswordsChanged, ...]) -> None:
        await self._intake.order(station_id, Nothing(), lambda _facts: steps)
        await self._settle(station_id)

    def _sealed(self, plain: PlainPasswordStep) -> PasswordsChanged:
        hashed = self._keyring.hash_password(plain.password)
        return PasswordsChanged(plain.station_id, plain.step, hashed)
