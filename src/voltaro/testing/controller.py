"""What a station and its visits ask of the controller inside, whatever version it obeys."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from voltaro.testing.link import CallFailedError, Handler, Payload

#: An action's negative answer: a payload, one made from the request, or a CALLERROR.
Refusal = Payload | Callable[[Payload], Payload] | CallFailedError


class Controller(Protocol):
    """The part of a station that obeys the server; its memory outlives resets."""

    handlers: Mapping[str, Handler]
    #: What each action's negative answer is.
    refusals: Mapping[str, Refusal]

    def admits(self, connector: int, token: str) -> bool:
        """Whether reservations leave the connector to this token."""
        ...

    def uses_reservation(self, connector: int, token: str) -> int | None:
        """The id of the reservation this token uses up by starting here."""
        ...

    def knows(self, token: str) -> bool | None:
        """Whether the token may charge by what the station knows alone; None: it must ask."""
        ...

    def admits_offline(self, token: str) -> bool:
        """Whether the token may charge while the server cannot be asked."""
        ...

    def learns(self, token: str, reply: Payload) -> None:
        """Take note of what the server said about a token."""
        ...

    def limit_w(self, connector: int, at: datetime) -> int | None:
        """What charging profiles allow; None for no limit."""
        ...

    def sees_state(self, connector: int, word: str) -> None:
        """A connector is in this state, by the wire's word for it."""
        ...

    def restarts(self) -> None:
        """The station goes down: settings that waited for it take effect."""
        ...

    def stops_working(self) -> None:
        """Give up what is being done in the background."""
        ...
