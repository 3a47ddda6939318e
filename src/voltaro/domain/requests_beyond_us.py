"""Questions of stations that nobody here can answer: each gets a no, and why (2.x C, M01, M07)."""

from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent


class Unanswerable(StationEvent, kw_only=True):
    """`question` is what was asked, for the refusal to name again; no rule looks at it."""

    question: object


def _refuse(event: Unanswerable, _facts: None) -> Decision[Unanswerable]:
    """The journal keeps the question."""
    return Decision(event)


UNANSWERABLE: Rule[Unanswerable, None, Unanswerable] = Rule(lambda _event: Nothing(), _refuse)
