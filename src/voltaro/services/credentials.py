"""New passwords and security profiles of stations: valid before the stations are told of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog

from voltaro.domain.audit import SYSTEM, AuditRecorded
from voltaro.domain.credentials import PasswordsChanged, PasswordStep, PlainPasswordStep
from voltaro.domain.decision import Change, Nothing
from voltaro.domain.security_profile import ProfileChanged, ProfileStep
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
        """Make the steps of credentials among the changes durable, and valid for the next login.

        Returns the other changes. Who is told of those, finds that the credentials fit.
        """
        steps = [each for each in changes if isinstance(each, PlainPasswordStep | ProfileChanged)]
        if not steps:
            return changes
        await self._order(station_id, tuple(map(self._sealed, steps)))
        return tuple(
            each for each in changes if not isinstance(each, PlainPasswordStep | ProfileChanged)
        )

    def proven(self, station_id: str, hashed: bytes) -> None:
        """The station logged in with a password that it was offered: what came before is over.

        Until that is durable both let it in, and after a crash the next login tells again.
        """
        self._begin(self._prove(station_id, hashed))

    def reached(self, station_id: str, before: int, profile: int) -> None:
        """The station came by a higher security profile that it was told to change over to."""
        self._begin(self._reach(station_id, before, profile))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="credentials changed over")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reach(self, station_id: str, before: int, profile: int) -> None:
        audit = AuditRecorded(
            author=SYSTEM,
            action="station.changed",
            target_kind="station",
            target=station_id,
            before={"security_profile": before},
            after={"security_profile": profile},
            at=datetime.now(UTC),
        )
        step = ProfileChanged(station_id, ProfileStep.REACHED, profile)
        await self._order(station_id, (step, audit))
        log.info("station uses a higher security profile", station_id=station_id, profile=profile)

    async def _prove(self, station_id: str, hashed: bytes) -> None:
        await self._order(station_id, (PasswordsChanged(station_id, PasswordStep.PROVEN, hashed),))
        log.info("station uses its new password", station_id=station_id)

    async def _order(self, station_id: str, steps: tuple[Change, ...]) -> None:
        await self._intake.order(station_id, Nothing(), lambda _facts: steps)
        await self._settle(station_id)

    def _sealed(self, step: PlainPasswordStep | ProfileChanged) -> Change:
        if isinstance(step, ProfileChanged):
            return step
        hashed = self._keyring.hash_password(step.password)
        return PasswordsChanged(step.station_id, step.step, hashed)
