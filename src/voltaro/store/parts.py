"""Many INSERTs and UPDATEs as one statement: one round trip, and all of them or none."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from voltaro.store.sql import Connection

#: The table with the mark of the last batch that each writer committed.
MARKS = "commit_mark"


class Part(NamedTuple):
    """One INSERT or UPDATE, complete with its parameters ($1, $2, …).

    Parts that are written together do not see what the others write. Of two that may change the
    same row, each has to be `counted`.
    """

    sql: str
    parameters: Sequence[Any]
    #: What it has to return if all of it was written: the first column, in any order.
    counted: Sequence[UUID] = ()


async def write_together(
    connection: Connection, parts: Sequence[Part], *, writer: str, batch: UUID
) -> None:
    """Commit all parts with the mark of the batch.

    Raises:
        asyncpg.NotNullViolationError: of `MARKS`; a part did not return what it has to.
    """
    statement = _together(tuple((part.sql, bool(part.counted)) for part in parts))
    counts = (len(part.counted) for part in parts if part.counted)
    parameters = chain(*(part.parameters for part in parts), counts, (writer, batch))
    await connection.execute(statement, *parameters)


async def write_alone(connection: Connection, part: Part) -> set[UUID]:
    """Write it in the transaction under way; tells which of what is counted was written."""
    return {row[0] for row in await connection.fetch(part.sql, *part.parameters)}


@cache
def _together(parts: tuple[tuple[str, bool], ...]) -> str:
    """The statement: there is no mark, and so no commit, unless all that is counted is there.

    As many texts as there are combinations of parts that occur together.
    """
    sources, conditions, before = [], [], 0
    for n, (sql, _) in enumerate(parts):
        sources.append(f"part_{n} AS ({_shifted(sql, before)})")
        before += _parameters(sql)
    for n, (_, counted) in enumerate(parts):
        if counted:
            before += 1
            conditions.append(f"(SELECT count(*) FROM part_{n}) = ${before}::bigint")
    return f"""
        WITH {", ".join(sources)}
        INSERT INTO {MARKS} (writer, batch)
        SELECT ${before + 1}::text, CASE WHEN {" AND ".join(conditions) or "true"} THEN ${before + 2}::uuid END
        ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch
    """


_PARAMETER = re.compile(r"\$(\d+)")


def _parameters(sql: str) -> int:
    return max(map(int, _PARAMETER.findall(sql)))


def _shifted(sql: str, by: int) -> str:
    return _PARAMETER.sub(lambda number: f"${int(number[1]) + by}", sql)
