"""Commands: what we ask of stations, and what may come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from voltaro.domain.decision import Change


class CommandState(StrEnum):
    """Where a command stands. Accepted is never done: `DONE` was proven by what followed."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    REBOOT_REQUIRED = "reboot_required"
    REJECTED = "rejected"
    #: The station answered with a CALLERROR.
    CALL_ERROR = "call_error"
    #: The station answered with something that is no answer.
    INVALID_ANSWER = "invalid_answer"
    TIMED_OUT = "timed_out"
    #: Not sent: the station was not connected.
    OFFLINE = "offline"
    #: Not sent, since somebody withdrew it or the server stopped.
    CANCELLED = "cancelled"
    #: Sent, then the connection or the server ended; a late answer or what follows may settle it.
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Command:
    """What a station is asked, in words of the domain: each functional block has its own.

    `name` is the word for it in the API; the highest `priority` goes first.
    """

    name: ClassVar[str]
    priority: ClassVar[int] = 0


#: Somebody stands in front of the station and waits.
URGENT = 10


@dataclass(frozen=True, slots=True)
class RawCall(Command):
    """A CALL in the words of the station's own version, passed on as it is. `payload` is JSON.

    `hidden` are names of variables, in lower case, whose values nobody may read.
    """

    name: ClassVar[str] = "raw"
    priority: ClassVar[int] = 5

    action: str
    payload: bytes
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallError:
    """What a station said instead of an answer; `code` as it spelled it."""

    code: str
    description: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a command. `answer` is the station's own word, `result` what JSON can hold.

    No secrets are in `result`. `changes` become durable together with it.
    """

    state: CommandState
    answer: str | None = None
    result: Mapping[str, Any] | None = None
    call_error: CallError | None = None
    detail: str | None = None
    changes: tuple[Change, ...] = ()
