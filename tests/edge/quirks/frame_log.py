"""Frame logs: what a station sent and what it must hear, as literal text.

`>` is a frame of the station, exactly as it is sent; `<` the answer to it, in order. In both,
`$name` stands for a value: `$tag` and what the test gives, or what an answer said in that place.
`"*"` in an answer is anything. Of a CALLERROR only id and code are compared. A frame without an
answer line gets none: the answer to the next one comes first.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.edge.conftest import Server, Station, eventually

_NAME = re.compile(r"\$([a-z_]+)")


async def replays(station: Station, log: str, **values: object) -> dict[str, Any]:
    """Send the log's frames, check every answer; returns the values it met."""
    known = dict(values)
    for line in filter(None, map(str.strip, log.splitlines())):
        sign, text = line[0], line[1:].strip()
        if sign == ">":
            await station.says(_NAME.sub(lambda match: str(known[match[1]]), text))
        else:
            assert sign == "<", line
            expected = json.loads(_NAME.sub(r'"$\1"', text.replace('"$', "$").replace('$"', "$")))
            heard = await station.hears()
            _matches(expected, heard[:3] if heard[0] == 4 else heard, known)
    await station.beats()  # and nothing else was answered
    return known


def _matches(expected: Any, heard: Any, known: dict[str, Any]) -> None:
    if expected == "*":
        return
    if isinstance(expected, str) and expected.startswith("$"):
        name = expected[1:]
        assert known.setdefault(name, heard) == heard, (name, known[name], heard)
        return
    if isinstance(expected, dict) and isinstance(heard, dict):
        assert expected.keys() == heard.keys(), (expected, heard)
        for key, value in expected.items():
            _matches(value, heard[key], known)
        return
    if isinstance(expected, list) and isinstance(heard, list):
        assert len(expected) == len(heard), (expected, heard)
        for each, other in zip(expected, heard, strict=True):
            _matches(each, other, known)
        return
    assert expected == heard, (expected, heard)


async def sessions(server: Server, station_id: str, *names: str) -> list[tuple[Any, ...]]:
    """The station's sessions from the oldest on: what is called `names` of each."""
    found = sorted(await server.transactions(station_id), key=lambda each: each["started_at"])
    return [tuple(each[name] for name in names) for each in found]


async def flagged(server: Server, station_id: str, *expected: Sequence[str]) -> None:
    """The station's deviations (kind, action, pointer), once these are among them."""

    async def ask() -> set[tuple[str, ...]]:
        rows = await server.items(f"/api/v1/stations/{station_id}/deviations")
        return {(row["kind"], row["action"], row["pointer"]) for row in rows}

    await eventually(ask, set(map(tuple, expected)).issubset)


async def unflagged(server: Server, station_id: str) -> None:
    """The station did nothing wrong so far, as far as was flagged by now."""
    await server.journal(station_id, len)
    assert await server.items(f"/api/v1/stations/{station_id}/deviations") == []
