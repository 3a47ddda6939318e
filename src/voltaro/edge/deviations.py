"""What a station does wrong, on its way to where operators see it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from voltaro.domain.deviations import DeviationSeen
from voltaro.protocol import rpc
from voltaro.protocol.normalise.faults import Fault, Finding, generalised
from voltaro.protocol.schemas import Deviation

#: Of a frame this much is kept as an example.
_FRAME: Final = 16 * 1024
_ACTION: Final = 64
#: A connection may be wrong in so many ways; those beyond are counted without their place.
_WAYS: Final = 200

_FLAWS: Final = {
    rpc.BROKEN_JSON: Fault.BROKEN_JSON,
    rpc.LONG_ID: Fault.LONG_MESSAGE_ID,
    rpc.UNSTORABLE: Fault.UNSTORABLE_TEXT,
}


class Deviations:
    """Counts them for one connection; `note` takes what is to be written."""

    __slots__ = ("_note", "_station_id", "_ways")

    def __init__(self, station_id: str, note: Callable[[DeviationSeen], None]) -> None:
        self._station_id = station_id
        self._note = note
        self._ways: set[tuple[str, Finding]] = set()

    def flag(self, findings: Iterable[Finding], action: str, frame: str, at: datetime) -> None:
        """Remember each of them once for this message; `frame` is masked."""
        seen = set()
        for finding in findings:
            way = (action[:_ACTION], finding)
            if way not in self._ways:
                if len(self._ways) >= _WAYS:
                    way = ("", Finding(finding.fault))
                else:
                    self._ways.add(way)
            seen.add(way)
        for name, (fault, pointer) in sorted(seen):
            self._note(
                DeviationSeen(
                    station_id=self._station_id,
                    kind=fault.value,
                    action=name,
                    pointer=pointer,
                    at=at,
                    frame=frame[:_FRAME],
                )
            )


def findings_of(
    flaws: Iterable[str], deviations: Iterable[Deviation], remarks: Iterable[Finding]
) -> list[Finding]:
    """All that was wrong with a message; of the values whose place breaks the schema only that."""
    found = [Finding(_FLAWS.get(flaw, Fault.UNUSUAL_FRAME)) for flaw in flaws]
    found += [Finding(each.fault, generalised(each.pointer)) for each in deviations]
    places = {finding.pointer for finding in found}
    return found + [remark for remark in remarks if remark.pointer not in places]
