"""What a station does wrong, on its way to where operators see it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from voltaro.domain.deviations import DeviationSeen
from voltaro.protocol import rpc
from voltaro.protocol.errors import RpcError
from voltaro.protocol.normalise.faults import STRICT, Fault, Finding, generalised
from voltaro.protocol.schemas import Deviation

#: Of a frame this much is kept as an example.
_FRAME: Final = 4096
_ACTION: Final = 64
#: A connection may be wrong in so many ways; those beyond are counted without their place.
_WAYS: Final = 100
#: So often a way of being wrong is written at once, and then every so often.
_AT_ONCE: Final = 20
_EVERY: Final = timedelta(seconds=10)

_FLAWS: Final = {
    rpc.BROKEN_JSON: Fault.BROKEN_JSON,
    rpc.LONG_ID: Fault.LONG_MESSAGE_ID,
    rpc.UNSTORABLE: Fault.UNSTORABLE_TEXT,
}


@dataclass(slots=True)
class _Count:
    """How often, and what of it is not written yet."""

    total: int
    written_at: datetime
    pending: int = 0
    at: datetime | None = None
    frame: str = ""


class Deviations:
    """Counts them for one connection; `note` takes what is to be written.

    A station that is wrong in every message costs the database a row every few seconds. Call
    `close` at the end.
    """

    __slots__ = ("_note", "_station_id", "_ways")

    def __init__(self, station_id: str, note: Callable[[DeviationSeen], None]) -> None:
        self._station_id = station_id
        self._note = note
        self._ways: dict[tuple[str, Finding], _Count] = {}

    def flag(self, findings: Iterable[Finding], action: str, frame: str, at: datetime) -> None:
        """Remember each of them once for this message; `frame` is masked."""
        ways = {self._way(action[:_ACTION], finding) for finding in findings}
        for way in sorted(ways):
            count = self._ways.setdefault(way, _Count(0, at))
            count.total += 1
            count.pending += 1
            count.at, count.frame = at, frame[:_FRAME]
            if count.total <= _AT_ONCE or at - count.written_at >= _EVERY:
                self._write(way, count)

    def close(self) -> None:
        """Write what is still pending."""
        for way, count in self._ways.items():
            self._write(way, count)

    def _way(self, action: str, finding: Finding) -> tuple[str, Finding]:
        known = (action, finding) in self._ways or len(self._ways) < _WAYS
        return (action, finding) if known else ("", Finding(finding.fault))

    def _write(self, way: tuple[str, Finding], count: _Count) -> None:
        if not count.pending or count.at is None:
            return
        action, (fault, pointer) = way
        self._note(
            DeviationSeen(
                station_id=self._station_id,
                kind=fault.value,
                action=action,
                pointer=pointer,
                count=count.pending,
                at=count.at,
                frame=count.frame,
            )
        )
        count.written_at, count.pending, count.frame = count.at, 0, ""


def findings_of(
    flaws: Iterable[str], deviations: Iterable[Deviation], remarks: Iterable[Finding]
) -> list[Finding]:
    """All that was wrong with a message; of the values whose place breaks the schema only that."""
    found = [Finding(_FLAWS.get(flaw, Fault.UNUSUAL_FRAME)) for flaw in flaws]
    found += [Finding(each.fault, generalised(each.pointer)) for each in deviations]
    places = {finding.pointer for finding in found}
    return found + [remark for remark in remarks if remark.pointer not in places]


def tolerated(
    flaws: Iterable[str],
    deviations: Iterable[Deviation],
    remarks: Sequence[Finding],
    *,
    strict: bool,
) -> list[Finding]:
    """All that was wrong with a message that was understood all the same.

    Raises:
        RpcError: the station is strict, and this is a violation.
    """
    if strict:
        for fault, pointer in remarks:
            if (code := STRICT.get(fault)) is not None:
                raise RpcError(code, f"{pointer}: {fault.value}", pointer=pointer)
    return findings_of(flaws, deviations, remarks)
