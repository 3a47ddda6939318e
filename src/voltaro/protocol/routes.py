"""One row per version and action: how a request becomes an event, and a reply a response."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct

from voltaro.domain.decision import Rule, StationEvent
from voltaro.domain.ids import IdToken
from voltaro.protocol.normalise.faults import Fault, Finding
from voltaro.protocol.wire import Wire

Req = TypeVar("Req", bound=Wire)
Res = TypeVar("Res", bound=Wire)
E = TypeVar("E", bound=StationEvent)
F = TypeVar("F")
R = TypeVar("R")


class Origin(Struct, eq=False):
    """Which station a message came from, and when it arrived here (aware UTC).

    `token_cut` is the text in an id token from which on it does not count; `meant_by` gives the token
    for another name of it (both quirk Q50). `proven_name` is the serial number in the certificate that
    let the station in.
    """

    station_id: str
    received_at: datetime
    token_cut: str | None = None
    meant_by: Callable[[str], str] = str
    proven_name: str | None = None
    #: What `read` found to be wrong, though the schema allows it.
    findings: list[Finding] = []
    #: Times that lie ahead of ours; they are of no use but to tell how wrong the clock is.
    ahead: list[datetime] = []

    def remark(self, fault: Fault, pointer: str = "") -> None:
        """Remember a value that was wrong; places in lists are "*"."""
        self.findings.append(Finding(fault, pointer))

    def token(self, value: str, kind: str | None = None) -> IdToken:
        """The token a station presents, without what it appends and by its own name."""
        if self.token_cut is not None:
            value = value.partition(self.token_cut)[0] or value
        return IdToken(self.meant_by(value), kind)


@dataclass(frozen=True, slots=True)
class Route(Generic[Req, E, F, R, Res]):
    """`read` and `write` are pure; what lies between them is the rule's business.

    `write` gives None for a SEND, which gets no answer.
    """

    action: str
    request: type[Req]
    read: Callable[[Req, Origin], E]
    rule: Rule[E, F, R]
    write: Callable[[R], Res | None]


AnyRoute = Route[Any, Any, Any, Any, Any]
