"""Asking stations: a queue for each, one command at a time, and every step of it on record."""

import asyncio
import contextlib
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Any
from uuid import UUID

import structlog

from voltaro.domain.audit import Author
from voltaro.domain.charging_follow_up import follow_up
from voltaro.domain.command import Command, CommandState, Outcome
from voltaro.domain.command_record import (
    CommandRecord,
    CommandSaved,
    Sending,
    abandoned,
    arrived,
    cancelled,
    orphaned,
    overdue,
    sent,
    settled,
)
from voltaro.domain.decision import Change, Nothing
from voltaro.domain.values import changed
from voltaro.services.credentials import Credentials
from voltaro.services.errors import NotCancellable, NotFound, Refused
from voltaro.services.intake import Intake
from voltaro.services.lines import Errand, Line, Performed, Written
from voltaro.services.open_commands import OpenCommands, Until
from voltaro.store.fresh_ids import uuid7
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.commands import find_command, list_open_commands

log = structlog.get_logger()

#: How often we look for commands whose proof did not come.
_MIND_S = 1.0
_PATIENCE_S = 4.0
_OFFLINE = Outcome(state=CommandState.OFFLINE, detail="the station is not connected")


#: Takes the station, the command and what the station made of it; gives what there is to add.
Complete = Callable[[str, Any, Outcome], Awaitable[Outcome]]


@dataclass(slots=True)
class _Lane:
    """What one station is still to be asked, most urgent first."""

    queue: list[tuple[int, int, UUID, Command]] = field(default_factory=list)
    worker: asyncio.Task[None] | None = None


class Commands:
    """Everything operators ask of stations, within `running`."""

    def __init__(
        self,
        *,
        engine: Engine,
        intake: Intake,
        open_commands: OpenCommands,
        credentials: Credentials,
        timeout_s: float,
        complete: Mapping[type[Command], Complete] = MappingProxyType({}),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`timeout_s`: how long a station has for an answer, counted from sending.

        `complete` adds to answers what is known here.
        """
        self._engine = engine
        self._intake = intake
        self._open = open_commands
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._complete = complete
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._lanes: dict[str, _Lane] = {}
        self._order = count()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the edge's side

    def attach(self, station_id: str, line: Line) -> None:
        """The station is connected; what is queued goes out on this connection."""
        old = self._lines.get(station_id)
        self._lines[station_id] = line
        if old is not None:
            old.abandon()

    def detach(self, station_id: str, line: Line) -> None:
        """A connection is gone. Unless a newer one took over, what is queued is not sent."""
        if self._lines.get(station_id) is line:
            del self._lines[station_id]

    def late(self, command_id: UUID, performed: Performed) -> None:
        """An answer came when nobody waited for it any more."""
        self._spawn(self._settle_late(command_id, performed))

    async def arrived(self, command_id: UUID, file_id: UUID, what: str, *, sure: bool) -> None:
        """A file that a station was asked for is here, all of it if `sure`. `what` says so."""
        record = self._open.get(command_id) or await find_command(self._engine, command_id)
        if record is not None:
            now = self._clock()
            await self._move(
                record.station_id,
                command_id,
                lambda known: arrived(known, file_id, what, now, sure=sure),
                Written(),
                over=record,
            )

    # -- the side of those who ask

    def line(self, station_id: str) -> Line | None:
        """The station's connection, if it has one."""
        return self._lines.get(station_id)

    async def send(
        self,
        station_id: str,
        command: Command,
        arguments: Mapping[str, Any],
        *,
        by: Author,
        command_id: UUID | None = None,
        file_id: UUID | None = None,
    ) -> CommandRecord:
        """Queue a command; returns its record once that is durable.

        `arguments` are the command as it may be shown: what JSON can hold, without secrets. A
        station that is not connected makes it `offline` at once. `file_id` is what it fetches.

        Raises:
            PayloadInvalid, Invalid, UnknownAction, NotServed, NotAccepted: nothing was done.
            DatabaseAway: it may or may not be queued.
        """
        line = self._lines.get(station_id)
        shown = dict(arguments) | dict(line.check(command) if line else {})
        now = self._clock()
        record = CommandRecord(
            id=command_id or uuid7(),
            station_id=station_id,
            name=command.name,
            arguments=shown,
            author=by.name,
            state=CommandState.QUEUED,
            file_id=file_id,
            created_at=now,
        )
        if line is None:
            record = settled(record, _OFFLINE, now)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._write(station_id, partial(_same, record))
        except (TimeoutError, asyncio.CancelledError) as error:
            # It may be on record all the same; nobody will send it.
            left = cancelled(record, "the database did not answer in time", now)
            self._spawn(self._write(station_id, partial(_same, left)))
            if isinstance(error, TimeoutError):
                raise DatabaseAway from error
            raise
        if not record.is_final:
            self._enqueue(record, command)
        return record

    async def wait(self, command_id: UUID, until: Until, within_s: float) -> CommandRecord:
        """The record once it is so, or over, or the time is up.

        Raises:
            NotFound: there is no such command.
            DatabaseAway: it is over, and cannot be read just now.
        """
        record = await self._open.wait(command_id, until, within_s)
        if record is None:
            record = await find_command(self._engine, command_id)
        if record is None:
            raise NotFound(f"there is no command {str(command_id)!r}")
        return record

    async def cancel(self, command_id: UUID, why: str) -> CommandRecord:
        """Withdraw a command that was not sent yet.

        Raises:
            NotFound: there is no such command.
            NotCancellable: it was sent, or is over.
            DatabaseAway: it may or may not be withdrawn.
        """
        record = self._open.get(command_id) or await find_command(self._engine, command_id)
        if record is None:
            raise NotFound(f"there is no command {str(command_id)!r}")

        def withdrawn() -> CommandRecord:
            known = self._open.get(command_id)
            if known is None or known.state is not CommandState.QUEUED:
                raise NotCancellable("only a command that was not sent yet can be withdrawn")
            return cancelled(known, why, self._clock())

        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._write(record.station_id, withdrawn)
        except TimeoutError as error:
            raise DatabaseAway from error
        return await self.wait(command_id, lambda _: True, 0)

    # -- within

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take over what an earlier server left, and mind the commands until the end of the block.

        Raises:
            DatabaseAway: try again.
        """
        await self._take_over()
        minding = asyncio.create_task(self._mind(), name="commands")
        try:
            yield
        finally:
            minding.cancel()
            await asyncio.gather(minding, return_exceptions=True)
            if self._tasks:  # the connections are closed: what is under way ends
                await asyncio.wait(self._tasks, timeout=_PATIENCE_S)

    async def _take_over(self) -> None:
        """Nothing stays without a truthful state."""
        now = self._clock()
        for record in await list_open_commands(self._engine):
            left = orphaned(record, now)
            self._open.put(left)
            if left is not record:
                await self._write(record.station_id, partial(_same, left))

    async def _mind(self) -> None:
        """Look for commands whose proof did not come."""
        while True:
            await asyncio.sleep(_MIND_S)
            for record in list(self._open.overdue(self._clock())):
                self._spawn(self._expire(record))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _enqueue(self, record: CommandRecord, command: Command) -> None:
        lane = self._lanes.setdefault(record.station_id, _Lane())
        heapq.heappush(lane.queue, (-command.priority, next(self._order), record.id, command))
        if lane.worker is None:
            lane.worker = self._spawn(self._work(record.station_id, lane))

    async def _work(self, station_id: str, lane: _Lane) -> None:
        while lane.queue:
            _, _, command_id, command = heapq.heappop(lane.queue)
            record = self._open.get(command_id)
            if record is None or record.state is not CommandState.QUEUED:
                continue
            try:
                await self._perform(record, command)
            except Exception:
                log.exception("command failed", station_id=station_id, command_id=str(command_id))
                await self._give_up(station_id, command_id)
        del self._lanes[station_id]

    async def _give_up(self, station_id: str, command_id: UUID) -> None:
        """A defect of ours kept us from settling it: say so, rather than leave it open."""
        now = self._clock()
        try:
            await self._move(station_id, command_id, lambda known: abandoned(known, now), Written())
        except Exception:  # nothing of it can be written; the next start settles it
            log.exception("command failed", station_id=station_id, command_id=str(command_id))

    async def _perform(self, record: CommandRecord, command: Command) -> None:
        station_id, command_id = record.station_id, record.id

        async def on_sending(sending: Sending, written: Written) -> None:
            await self._move(station_id, command_id, lambda known: sent(known, sending), written)

        line = self._lines.get(station_id)
        try:
            if line is None:
                performed = Performed(outcome=_OFFLINE)
            else:
                errand = Errand(command_id=command_id, author=record.author)
                performed = await line.perform(
                    errand, command, timeout_s=self._timeout_s, on_sending=on_sending
                )
        except Refused as error:  # the station came back with another version, or registration
            refused = Outcome(state=CommandState.CANCELLED, detail=str(error))
            performed = Performed(outcome=refused)
        if (complete := self._complete.get(type(command))) is not None:
            outcome = await complete(station_id, command, performed.outcome)
            performed = changed(performed, outcome=outcome)
        await self._settle(station_id, command_id, performed)

    async def _settle(
        self,
        station_id: str,
        command_id: UUID,
        performed: Performed,
        *,
        over: CommandRecord | None = None,
    ) -> None:
        """`over` is the record of a command that nobody waits for any more: the answer is late."""
        late = over is not None
        outcome, now = performed.outcome, self._clock()
        await self._move(
            station_id,
            command_id,
            lambda known: settled(known, outcome, now, late=late),
            Written(changes=outcome.changes, rows=performed.rows),
            over=over,
        )
        log.info(
            "command answered late" if late else "command settled",
            station_id=station_id,
            command_id=str(command_id),
            state=outcome.state.value,
        )

    async def _settle_late(self, command_id: UUID, performed: Performed) -> None:
        record = self._open.get(command_id)
        with contextlib.suppress(DatabaseAway):
            record = record or await find_command(self._engine, command_id)
        if record is not None:
            await self._settle(record.station_id, command_id, performed, over=record)

    async def _expire(self, record: CommandRecord) -> None:
        now = self._clock()
        await self._move(
            record.station_id,
            record.id,
            lambda known: overdue(known, now) if known.awaits is not None else known,
            Written(),
        )

    async def _move(
        self,
        station_id: str,
        command_id: UUID,
        step: Callable[[CommandRecord], CommandRecord],
        written: Written,
        over: CommandRecord | None = None,
    ) -> None:
        """Make the next state durable, together with what brought it."""

        def moved() -> CommandRecord | None:
            known = self._open.get(command_id) or over
            return step(known) if known is not None else None

        await self._write(station_id, moved, written)

    async def _write(
        self,
        station_id: str,
        record: Callable[[], CommandRecord | None],
        written: Written | None = None,
    ) -> None:
        written = written or Written()
        changes = await self._credentials.carry_out(station_id, written.changes)

        def decide(_facts: None) -> tuple[Change, ...]:
            found = record()
            if found is None:
                return changes
            before, now = self._open.get(found.id), self._clock()
            profiles = follow_up(before, found, now) if before is not None else ()
            given_up = self._open.given_up_for(found, now)
            return (*changes, CommandSaved(found), *given_up, *profiles)

        await self._intake.order(station_id, Nothing(), decide, written.rows)


def _same(record: CommandRecord) -> CommandRecord:
    return record
