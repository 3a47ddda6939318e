"""How a station answers the server's CALLs when a test or a demonstration wants it otherwise.

station.obeys.refuse("Reset")
station.obeys.fails("Reset", "InternalError", times=1)
station.obeys.ignores("ChangeConfiguration")
station.obeys.obeys_again()
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from voltaro.testing.clock import Clock
from voltaro.testing.controller import Controller
from voltaro.testing.link import Answer, CallFailedError, Link, Payload


@dataclass(slots=True)
class _Demand:
    answer: Callable[[Payload], Awaitable[Answer]]
    #: How often it still holds; None for always.
    left: int | None


class Demands:
    """Stands between the link and the controller. `times`: the next so many CALLs, or always.

    The latest demand about an action replaces the one before. An action that is not obeyed as it
    is told has no effect, except where it is only delayed.
    """

    def __init__(self, link: Link, clock: Clock, controller: Controller) -> None:
        self._link = link
        self._clock = clock
        self._controller = controller
        self._demands: dict[str, _Demand] = {}
        for action in controller.handlers:
            link.handlers[action] = partial(self._meets, action)

    @property
    def actions(self) -> frozenset[str]:
        """What the station obeys."""
        return frozenset(self._controller.handlers)

    def refuse(self, action: str, *, times: int | None = None) -> None:
        """Give the action's negative answer: Rejected, NotSupported, UnlockFailed and so on."""
        refusal = self._controller.refusals.get(action)

        async def answer(payload: Payload) -> Answer:
            if isinstance(refusal, CallFailedError):
                raise CallFailedError(refusal.code, refusal.description)
            return refusal(payload) if callable(refusal) else refusal

        self._demand(action, answer, times)

    def fails(
        self,
        action: str,
        code: str = "InternalError",
        description: str = "",
        *,
        times: int | None = None,
    ) -> None:
        """Answer with a CALLERROR of any code."""

        async def answer(_payload: Payload) -> Answer:
            raise CallFailedError(code, description)

        self._demand(action, answer, times)

    def delays(self, action: str, seconds: float, *, times: int | None = None) -> None:
        """Obey after so many seconds of real time."""

        async def answer(payload: Payload) -> Answer:
            await self._clock.rest(seconds)
            return await self._obeys(action, payload)

        self._demand(action, answer, times)

    def ignores(self, action: str, *, times: int | None = None) -> None:
        """Never answer."""

        async def answer(_payload: Payload) -> Answer:
            return None

        self._demand(action, answer, times)

    def answers(self, action: str, payload: Payload, *, times: int | None = None) -> None:
        """Answer with this payload, valid or not."""

        async def answer(_payload: Payload) -> Answer:
            return payload

        self._demand(action, answer, times)

    def drops(self, action: str, *, times: int | None = None) -> None:
        """Lose the connection instead of answering."""

        async def answer(_payload: Payload) -> Answer:
            await self._link.drop()
            return None

        self._demand(action, answer, times)

    def obeys_again(self, *actions: str) -> None:
        """Forget what was demanded about these actions, or about all."""
        for action in actions or tuple(self._demands):
            self._demands.pop(action, None)

    def _demand(
        self, action: str, answer: Callable[[Payload], Awaitable[Answer]], times: int | None
    ) -> None:
        if action not in self._controller.handlers:
            raise ValueError(f"{action} is not an action this station obeys")
        self._demands[action] = _Demand(answer, times)

    async def _meets(self, action: str, payload: Payload) -> Answer:
        demand = self._demands.get(action)
        if demand is None:
            return await self._obeys(action, payload)
        if demand.left is not None:
            demand.left -= 1
            if demand.left <= 0:
                del self._demands[action]
        return await demand.answer(payload)

    async def _obeys(self, action: str, payload: Payload) -> Answer:
        try:
            answer = self._controller.handlers[action](payload)
            return await answer if isinstance(answer, Awaitable) else answer
        except KeyError as error:
            raise CallFailedError("OccurenceConstraintViolation", f"no {error.args[0]}") from error
