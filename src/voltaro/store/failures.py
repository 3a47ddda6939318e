"""What a failure of the database means for the messages in a batch."""

from enum import Enum

import asyncpg


class Failure(Enum):
    """DATA: one message is to blame. AWAY: nobody is, try again. BUG: we are."""

    DATA = "data"
    AWAY = "away"
    BUG = "bug"


#: Connection, resources (full disk), operator, system, rollback (deadlock), object in use,
#: invalid transaction state (a standby).
_AWAY_CLASSES = frozenset({"08", "53", "57", "58", "40", "55", "25"})


def kind_of(error: BaseException) -> Failure:
    """By SQLSTATE class, never by the text of a message."""
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Failure.AWAY  # the driver's words for a connection that is gone or going
    if isinstance(error, asyncpg.PostgresError):
        sqlstate = sqlstate_of(error)
        if sqlstate[:2] in {"22", "23"}:
            return Failure.DATA
        return Failure.AWAY if sqlstate[:2] in _AWAY_CLASSES else Failure.BUG
    if isinstance(error, UnicodeError | OverflowError):
        return Failure.DATA  # a value that cannot be put on the wire to the database
    return Failure.AWAY if isinstance(error, OSError | TimeoutError) else Failure.BUG


def sqlstate_of(error: BaseException) -> str:
    """The five characters, or XX000 where there are none."""
    return str(getattr(error, "sqlstate", None) or "XX000")
