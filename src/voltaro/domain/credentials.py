"""A station's password while a new one takes over: both let it in (2.x A01, 1.6 whitepaper A01)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, assert_never

from voltaro.domain.command import Command
from voltaro.domain.decision import Change
from voltaro.domain.values import changed
from voltaro.domain.variables import Named


@dataclass(frozen=True, slots=True)
class Passwords:
    """Keyed hashes of what lets a station in.

    `current` is None where no password is set. `offered` were sent to the station, the oldest
    first, and it has not logged in with them yet; the same one may be there twice.
    """

    current: bytes | None
    offered: tuple[bytes, ...] = ()


class PasswordStep(StrEnum):
    """What becomes of a new password."""

    #: It is about to be sent.
    OFFERED = "offered"
    #: The station said that it took it.
    TAKEN = "taken"
    #: The station said that it did not.
    REFUSED = "refused"
    #: The station logged in with it.
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class PlainPasswordStep(Change):
    """A step with the password itself; it is sealed before it gets to the store (A01.FR.08)."""

    station_id: str
    step: PasswordStep
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordsChanged(Change):
    """A step with the password's keyed hash."""

    station_id: str
    step: PasswordStep
    hashed: bytes


def stepped(passwords: Passwords, step: PasswordStep, hashed: bytes) -> Passwords:
    """The passwords after a step; a station that says the truth is never locked out by it."""
    match step:
        case PasswordStep.OFFERED:
            return changed(passwords, offered=(*passwords.offered, hashed))
        case PasswordStep.TAKEN:
            return _taken(passwords, hashed)
        case PasswordStep.REFUSED:
            return changed(passwords, offered=_without_one(passwords.offered, hashed))
        case PasswordStep.PROVEN:
            return _proven(passwords, hashed)
        case _:
            assert_never(step)


def _taken(passwords: Passwords, hashed: bytes) -> Passwords:
    """What was offered before can no longer be in use; the current one still can, until a boot."""
    if hashed == passwords.current:
        return passwords
    if hashed not in passwords.offered:  # an operator set another one in between
        passwords = changed(passwords, offered=(*passwords.offered, hashed))
    if passwords.current is None:
        return _proven(passwords, hashed)
    return changed(passwords, offered=passwords.offered[passwords.offered.index(hashed) :])


def _proven(passwords: Passwords, hashed: bytes) -> Passwords:
    """What came before it is over. What was offered after it may still come.

    To log in with the current one proves nothing: a station may change over at its next boot.
    """
    if hashed == passwords.current or hashed not in passwords.offered:
        return passwords
    later = passwords.offered[passwords.offered.index(hashed) + 1 :]
    return Passwords(hashed, tuple(each for each in later if each != hashed))


def _without_one(offered: tuple[bytes, ...], hashed: bytes) -> tuple[bytes, ...]:
    """Each offer is withdrawn by itself: another one of the same password may have been taken."""
    if hashed not in offered:
        return offered
    first = offered.index(hashed)
    return (*offered[:first], *offered[first + 1 :])


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatePassword(Command):
    """Give a station a new random password, of 20 bytes; `named` is the variable that takes it."""

    name: ClassVar[str] = "rotate_password"

    named: Named
    secret: bytes = field(repr=False)
