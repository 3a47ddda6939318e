"""A station's connection as commands use it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from voltaro.domain.command import Command, Outcome
from voltaro.domain.command_record import Sending
from voltaro.domain.decision import Change
from voltaro.store.journal import JournalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What has to become durable: changes, and the exchanges that brought them."""

    changes: tuple[Change, ...] = ()
    rows: tuple[JournalRow, ...] = ()


#: Awaited before a CALL goes out; when it returns, the record says that it was sent.
OnSending = Callable[[Sending, Written], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Which command is performed, and the name of whoever gave it."""

    command_id: UUID
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What came of a command, and what is not yet written of it."""

    outcome: Outcome
    rows: tuple[JournalRow, ...] = ()


class Line(Protocol):
    """An open connection. Whoever uses it asks for one command at a time."""

    @property
    def local_host(self) -> str:
        """The address of ours that the station reached."""
        ...

    def check(self, command: Command) -> Mapping[str, Any]:
        """The command as it may be shown where that is not known yet: of a raw CALL.

        Raises:
            PayloadInvalid, UnknownAction, NotServed, NotAccepted: it cannot be sent here.
        """
        ...

    async def perform(
        self, errand: Errand, command: Command, *, timeout_s: float, on_sending: OnSending
    ) -> Performed:
        """Ask, as often as the command needs; `timeout_s` counts from each sending.

        Raises what `check` raises.
        """
        ...

    def abandon(self) -> None:
        """A newer connection took over: whoever waits for an answer is told that none comes."""
        ...


#: An answer that came after nobody waited any more, to the CALL of a command.
OnLate = Callable[[UUID, Performed], None]
