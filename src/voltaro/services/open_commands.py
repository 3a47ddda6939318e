"""Commands that are not over: who waits for them, and what would prove them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from voltaro.domain.charging_follow_up import follow_up
from voltaro.domain.command_record import CommandRecord, CommandSaved, given_up, proven
from voltaro.domain.decision import Change, Decision, StationEvent
from voltaro.domain.follow_up import prove

#: Whether a record is as somebody waits for it to be.
Until = Callable[[CommandRecord], bool]


class OpenCommands:
    """The latest record of each, as it is in the database; a `Witness` of commands.

    `observe` is an `Addition`: what stations say may prove a command.
    """

    concerned_by = (CommandSaved,)

    def __init__(self) -> None:
        self._records: dict[UUID, CommandRecord] = {}
        #: By station, those that something may prove.
        self._awaiting: dict[str, dict[UUID, CommandRecord]] = {}
        #: How often commands came into a state so far, by name and state.
        self.entered: Counter[tuple[str, str]] = Counter()
        self._waiters: dict[UUID, list[tuple[Until, asyncio.Future[CommandRecord]]]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def get(self, command_id: UUID) -> CommandRecord | None:
        """The record, while the command is not over."""
        return self._records.get(command_id)

    def overdue(self, now: datetime) -> Iterator[CommandRecord]:
        """Those whose proof did not come in time."""
        for awaiting in self._awaiting.values():
            for record in awaiting.values():
                until = record.awaits_until
                if until is not None and until <= now and not record.is_waiting:
                    yield record

    async def wait(self, command_id: UUID, until: Until, within_s: float) -> CommandRecord | None:
        """The record once it is so, or as it is when the time is up; None when it is over."""
        record = self._records.get(command_id)
        if record is None or until(record):
            return record
        future: asyncio.Future[CommandRecord] = asyncio.get_running_loop().create_future()
        waiter = (until, future)
        self._waiters.setdefault(command_id, []).append(waiter)
        try:
            async with asyncio.timeout(within_s):
                return await future
        except TimeoutError:
            return self._records.get(command_id)
        finally:
            if waiters := self._waiters.get(command_id):
                waiters[:] = [each for each in waiters if each is not waiter]
                if not waiters:
                    del self._waiters[command_id]

    def given_up_for(self, later: CommandRecord, at: datetime) -> tuple[CommandSaved, ...]:
        """Those that the station gave up, as it said in its answer to a later one."""
        awaiting = self._awaiting.get(later.station_id, {}).values()
        moved = [(each, given_up(each, later, at)) for each in awaiting]
        return tuple(CommandSaved(now) for before, now in moved if now is not before)

    # -- the witness's side

    def observe(
        self, action: str, event: StationEvent, decision: Decision[Any]
    ) -> tuple[Change, ...]:
        """See `Addition`."""
        awaiting = self._awaiting.get(event.station_id)
        if awaiting is None:
            return ()
        changes: list[Change] = []
        for record in awaiting.values():
            changed = _seen(record, action, event, decision)
            if changed is not record:
                profiles = follow_up(record, changed, event.received_at)
                changes += [CommandSaved(changed), *profiles]
        return tuple(changes)

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        for change in changes:
            if isinstance(change, CommandSaved):
                known = self._records.get(change.record.id)
                if known is None or known.state is not change.record.state:
                    self.entered[change.record.name, change.record.state.value] += 1
                self.put(change.record)

    def put(self, record: CommandRecord) -> None:
        """This is the record now; whoever waited for that is told."""
        if record.is_final:
            self._records.pop(record.id, None)
        else:
            self._records[record.id] = record
        if record.awaits is not None:
            self._awaiting.setdefault(record.station_id, {})[record.id] = record
        elif (awaiting := self._awaiting.get(record.station_id)) is not None:
            awaiting.pop(record.id, None)
            if not awaiting:
                del self._awaiting[record.station_id]
        for until, future in self._waiters.get(record.id, ()):
            if not future.done() and (record.is_final or until(record)):
                future.set_result(record)


def _seen(
    record: CommandRecord, action: str, event: StationEvent, decision: Decision[Any]
) -> CommandRecord:
    if record.awaits is None or record.sent_at is None:
        return record
    proof = prove(record.awaits, record.sent_at, action, event, decision)
    if proof is None or proof == record.proof:
        return record
    return proven(record, proof, datetime.now(UTC))
