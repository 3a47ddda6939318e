"""Sees to it that refused tokens are remembered, in the commit of the message they came with."""

from typing import Any

from voltaro.domain.decision import Change, Decision, StationEvent
from voltaro.domain.token_refusals import refusal


class TokenRefusals:
    """A `Witness` that has nothing to remember itself."""

    def observe(
        self, action: str, event: StationEvent, decision: Decision[Any]
    ) -> tuple[Change, ...]:
        """See `Witness.observe`."""
        del action
        found = refusal(event, decision.reply)
        return () if found is None else (found,)

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
