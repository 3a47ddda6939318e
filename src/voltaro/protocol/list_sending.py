"""Sending a local authorization list in as many messages as it takes (1.6 §5.15, 2.x D01)."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voltaro.domain.ids import IdToken
from voltaro.domain.local_list import ListEntry, SendLocalList, Update
from voltaro.domain.variables import Portion
from voltaro.protocol.commands import Ask, Conclusion, Conversation, Unspeakable, ask
from voltaro.protocol.portions import portions
from voltaro.protocol.wire import Wire

#: Puts an entry in words of a version.
WriteEntry = Callable[[ListEntry], Wire]
#: Why a version cannot name a token; None: it can.
Unnamable = Callable[[IdToken], str | None]
#: Puts a version number, a kind of update and entries so written (perhaps none) in words of it.
WriteList = Callable[[int, Update, list[Any]], Wire]

#: What a station that could not apply a difference is sent everything for (D01.FR.03).
_UNFIT: Final = frozenset({"Failed", "VersionMismatch"})


@dataclass(slots=True)
class _Sending:
    """How far a command got: its last message, and what came of it."""

    write_entry: WriteEntry
    write: WriteList
    versions: Iterator[int]
    portion: Portion
    messages: int = 0
    version: int = 0
    status: str = ""
    update: Update = Update.FULL

    @property
    def is_unfit(self) -> bool:
        return self.update is Update.DIFFERENTIAL and self.status in _UNFIT


def sending(
    write_entry: WriteEntry, write: WriteList, unnamable: Unnamable
) -> Callable[[SendLocalList], Conversation]:
    """The conversation, for tokens that the version can name."""

    def converse(command: SendLocalList) -> Conversation:
        entries = _speakable(command, command.entries, unnamable)
        whole = _speakable(command, command.whole, unnamable)
        if not entries and command.update is Update.DIFFERENTIAL:
            return Conclusion(detail="the station holds that already")
        done = _Sending(write_entry, write, iter(command.versions), command.portion)
        yield from _put(done, command.update, entries)
        detail = None
        if done.is_unfit:
            detail = f"the station answered {done.status} to a difference: all of it was sent"
            yield from _put(done, Update.FULL, whole)
        result: dict[str, Any] = {
            "status": done.status,
            "version": done.version,
            "messages": done.messages,
        }
        if left_out := len(command.whole) - len(whole):
            result["left_out"] = left_out
            detail = detail or f"{left_out} tokens are none that its version can name"
        return Conclusion(result=result, detail=detail)

    return converse


def _put(done: _Sending, update: Update, entries: Sequence[ListEntry]) -> Generator[Ask, Any, None]:
    """As many messages as it takes, until one is not accepted; all but the first change the list."""
    cut = portions([done.write_entry(each) for each in entries], done.portion) or [[]]
    for number, portion in enumerate(cut):
        done.update = update if number == 0 else Update.DIFFERENTIAL
        done.version = next(done.versions)
        done.messages += 1
        answer = yield ask(done.write(done.version, done.update, portion))
        done.status = answer.status
        if answer.status != "Accepted":
            return


def _speakable(
    command: SendLocalList, entries: Sequence[ListEntry], unnamable: Unnamable
) -> list[ListEntry]:
    """Those that the version can name. What nobody chose is left out, an alias for example."""
    reasons = {each.token.key: why for each in entries if (why := unnamable(each.token))}
    for key in sorted(reasons.keys() & command.named):
        raise Unspeakable(reasons[key], "tokens")
    return [each for each in entries if each.token.key not in reasons]
