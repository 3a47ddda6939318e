"""What we ask of stations: CALLs with the meaning of their answers, and commands made of them."""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from voltaro.domain.command import Command, CommandState
from voltaro.domain.decision import Change
from voltaro.domain.follow_up import Expectation
from voltaro.protocol.decode import encode
from voltaro.protocol.wire import Wire

Req = TypeVar("Req", bound=Wire)
Res = TypeVar("Res", bound=Wire)
C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Ask:
    """One CALL. `payload` is JSON; `secrets` are texts in it that nobody may read.

    `hidden` are names of variables, in lower case, whose values nobody may read in the answer either.
    """

    action: str
    payload: bytes
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    hidden: frozenset[str] = frozenset()


def ask(request: Wire, secrets: Iterable[str] = (), hidden: Iterable[str] = ()) -> Ask:
    """A CALL with a generated request."""
    action = type(request).__name__.removesuffix("Request")
    return Ask(action, encode(request), frozenset(secrets), frozenset(hidden))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a command has come to, where its last answer does not say it by itself.

    What is None stays as that answer has it.
    """

    state: CommandState | None = None
    answer: str | None = None
    result: Mapping[str, Any] | None = None
    detail: str | None = None


#: Yields what to ask and is sent the answers, as generated types. It ends by itself when a CALL
#: gets a CALLERROR, no answer, or one that cannot be read, unless it catches `Unanswered`.
Conversation: TypeAlias = Generator[Ask, Any, Conclusion | None]


class Unanswered(Exception):
    """Thrown into a conversation whose CALL got no answer that can be used."""

    def __init__(self, state: CommandState, code: str | None = None) -> None:
        super().__init__(state)
        self.state = state
        #: Of a CALLERROR, as the station spelled it.
        self.code = code


class Unspeakable(Exception):
    """The version has no words for what the command says; the text says which part of it."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a CALL is for, and the time: of sending, then of the answer (aware UTC).

    `author` is the name of whoever wants it.
    """

    station_id: str
    at: datetime
    author: str


_STATES: Final[Mapping[str, CommandState]] = MappingProxyType(
    {
        "Accepted": CommandState.ACCEPTED,
        "AcceptedCanceled": CommandState.ACCEPTED,
        "Unlocked": CommandState.ACCEPTED,
        "Unpublished": CommandState.ACCEPTED,
        "Scheduled": CommandState.SCHEDULED,
        "RebootRequired": CommandState.REBOOT_REQUIRED,
        # A report that has nothing in it is told by that alone (B08.FR.15).
        "EmptyResultSet": CommandState.DONE,
    }
)


def verdict_of(word: object) -> CommandState:
    """What the status of an answer means; one without a status is consent."""
    return _STATES.get(str(word), CommandState.REJECTED) if word else CommandState.ACCEPTED


def _by_status(response: Wire) -> str | None:
    return getattr(response, "status", None)


def _nothing_before(_request: Any, _target: Target) -> tuple[Change, ...]:
    return ()


def _nothing_after(_request: Any, _response: Any, _target: Target) -> tuple[Change, ...]:
    return ()


def _nothing_unanswered(_request: Any, _target: Target) -> tuple[Change, ...]:
    return ()


def _nothing_follows(_request: Any) -> Expectation | None:
    return None


def _nothing_elicited(_request: Any) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRoute(Generic[Req, Res]):
    """A CALL of ours in one version, whichever door it came through. All functions are pure.

    `word` reads the station's answer as a word, None where it has none (see `verdict_of`).
    `awaits` names what has to follow once the station agreed. `before` gives the changes to make
    durable before the CALL goes out, `after` those of its answer, which is None for a CALLERROR,
    `unanswered` those of no answer in time, or one that cannot be used: a late one may follow.
    `elicits` names a message of the station that this CALL asks for.
    """

    request: type[Req]
    response: type[Res]
    word: Callable[[Res], str | None] = _by_status
    awaits: Callable[[Req], Expectation | None] = _nothing_follows
    before: Callable[[Req, Target], tuple[Change, ...]] = _nothing_before
    after: Callable[[Req, Res | None, Target], tuple[Change, ...]] = _nothing_after
    unanswered: Callable[[Req, Target], tuple[Change, ...]] = _nothing_unanswered
    elicits: Callable[[Req], str | None] = _nothing_elicited

    @property
    def action(self) -> str:
        return self.request.__name__.removesuffix("Request")


@dataclass(frozen=True, slots=True)
class CommandRoute(Generic[C]):
    """How a command is put in words of one version.

    `converse` raises Unspeakable where it cannot be.
    """

    command: type[C]
    converse: Callable[[C], Conversation]


def single(write: Callable[[C], Wire]) -> Callable[[C], Conversation]:
    """The conversation of one CALL, whose answer is the outcome."""

    def converse(command: C) -> Conversation:
        yield ask(write(command))
        return None

    return converse


AnyCall = CallRoute[Any, Any]
AnyCommand = CommandRoute[Any]
