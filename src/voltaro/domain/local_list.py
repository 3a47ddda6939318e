"""Local authorization lists: whom a station lets charge by itself (1.6 §3.5.2, 2.x block D)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias, assert_never

from voltaro.domain.authorization import Authorization
from voltaro.domain.command import Command
from voltaro.domain.decision import Change
from voltaro.domain.ids import IdToken
from voltaro.domain.values import changed
from voltaro.domain.variables import ALL_AT_ONCE, Portion


class Update(StrEnum):
    """Whether a message replaces the list or changes it (2.x UpdateEnumType)."""

    FULL = "full"
    DIFFERENTIAL = "differential"


class Verdict(StrEnum):
    """What a station made of an update. `FAILED` is also a CALLERROR."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    NOT_SUPPORTED = "not_supported"
    VERSION_MISMATCH = "version_mismatch"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A token with what the station shall think of it; None takes it off the list."""

    token: IdToken
    authorization: Authorization | None


#: By the key of their token, so that none is there twice (D01.FR.06).
Entries: TypeAlias = Mapping[str, ListEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLimits:
    """How much a station takes in one message, and how many entries in all; None: it did not say."""

    portion: Portion = ALL_AT_ONCE
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLocalList(Command):
    """Bring the list of a station up to date.

    `entries` go first; `whole` is the list as it shall be, for a station that cannot apply them.
    `versions` are unused numbers, at least as many as there are messages both ways. `named` are the
    keys of the tokens that somebody chose: of them none may be left out.
    """

    name: ClassVar[str] = "send_local_list"

    update: Update
    entries: tuple[ListEntry, ...]
    whole: tuple[ListEntry, ...]
    versions: range
    portion: Portion = ALL_AT_ONCE
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLocalListVersion(Command):
    """Ask which version of the list a station holds."""

    name: ClassVar[str] = "get_local_list_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalList:
    """What we know of a station's list. Versions are 0 while nothing was put there.

    `unanswered_version` was sent and not answered, so that either list may be there. A list is
    `out_of_step` when it is known, or feared, to differ from our record of its entries.
    """

    version: int = 0
    unanswered_version: int | None = None
    reported_version: int | None = None
    reported_at: datetime | None = None
    supported: bool | None = None
    out_of_step: bool = False
    sent_at: datetime | None = None

    @property
    def in_step(self) -> bool:
        """Whether the station holds what our record says, for all we know."""
        told = self.version != 0 or self.reported_version == 0
        return told and not self.out_of_step and self.unanswered_version is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSent:
    """An update is about to go out."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswered:
    """The station said what it made of an update."""

    version: int
    update: Update
    entries: tuple[ListEntry, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReported:
    """0 is an empty list, -1 a station without lists (1.6 §5.10)."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ConflictReported:
    """The station was told something about a token that its list contradicts (1.6 §3.5.2)."""


ListStep: TypeAlias = ListSent | ListAnswered | VersionReported | ConflictReported


@dataclass(frozen=True, slots=True)
class LocalListChanged(Change):
    """One kind of change for all steps, since their order within a batch matters."""

    station_id: str
    step: ListStep


def stepped(known: LocalList, step: ListStep, *, is_empty: bool) -> LocalList:
    """What we know after a step. `is_empty`: our record has no entries."""
    match step:
        case ListSent():
            return changed(
                known,
                unanswered_version=step.version,
                sent_at=step.at,
                # What became of the one before it will not be known any more.
                out_of_step=known.out_of_step or known.unanswered_version is not None,
            )
        case ListAnswered():
            return _answered(known, step)
        case VersionReported():
            as_recorded = step.version == known.version or (step.version <= 0 and is_empty)
            return changed(
                known,
                reported_version=step.version,
                reported_at=step.at,
                supported=step.version >= 0,
                out_of_step=known.out_of_step or not as_recorded,
            )
        case ConflictReported():
            return changed(known, out_of_step=True)
        case _:
            assert_never(step)


def is_taken(known: LocalList, step: ListStep) -> bool:
    """Whether the entries of a step are on the list now. A late answer says nothing of that."""
    return (
        isinstance(step, ListAnswered)
        and step.verdict is Verdict.ACCEPTED
        and step.version == known.unanswered_version
    )


def _answered(known: LocalList, step: ListAnswered) -> LocalList:
    if step.version != known.unanswered_version:  # others were sent since: the order is lost
        return changed(known, out_of_step=True)
    known = changed(known, unanswered_version=None)
    match step.verdict:
        case Verdict.ACCEPTED:
            whole = step.update is Update.FULL
            return changed(
                known,
                version=step.version,
                supported=True,
                out_of_step=known.out_of_step and not whole,
            )
        case Verdict.NOT_SUPPORTED:
            return changed(known, supported=False)
        case Verdict.FAILED | Verdict.VERSION_MISMATCH:
            return changed(known, out_of_step=True)
        case _:
            assert_never(step.verdict)


def keyed(entries: Iterable[ListEntry]) -> dict[str, ListEntry]:
    """Entries by token; of several for one the last counts."""
    return {entry.token.key: entry for entry in entries}


def applied(held: Entries, entries: Iterable[ListEntry]) -> dict[str, ListEntry]:
    """A list after a differential update."""
    after = {**held, **keyed(entries)}
    return {key: each for key, each in after.items() if each.authorization is not None}


def difference(held: Entries, wanted: Entries) -> tuple[ListEntry, ...]:
    """What makes one list of the other: what goes first, since lists have an end."""
    gone = (ListEntry(each.token, None) for key, each in held.items() if key not in wanted)
    new = (
        each
        for key, each in wanted.items()
        if key not in held or held[key].authorization != each.authorization
    )
    return (*gone, *new)


def messages_for(entries: int, portion: Portion) -> int:
    """How many messages carry so many entries at the most; an empty list takes one as well.

    How long an entry is shows only when it is written: with a limit in bytes each may go alone.
    """
    if portion.bytes is not None:
        return max(1, entries)
    return max(1, -(-entries // portion.items)) if portion.items else 1
