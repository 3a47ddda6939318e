"""How a conversation of a command begins and ends, seen from the connection."""

from voltaro.domain.command import Outcome, RawCall
from voltaro.domain.values import changed
from voltaro.protocol.commands import Ask, Conclusion, Conversation, Unanswered, Unspeakable
from voltaro.services.errors import Invalid


def raw(command: RawCall) -> Conversation:
    yield Ask(command.action, command.payload, hidden=command.hidden)
    return None


def spoken(conversation: Conversation) -> Conversation:
    """The conversation, whose failure to find words is a refusal of the request."""
    try:
        return (yield from conversation)
    except Unspeakable as error:
        raise Invalid(str(error), error.field) from error


def broken_off(conversation: Conversation, outcome: Outcome) -> Outcome:
    """The outcome with what the CALLs before had brought."""
    try:
        conversation.throw(Unanswered(outcome.state))
    except StopIteration as end:
        return concluded(outcome, end.value)
    except Unanswered:
        pass
    return outcome


def concluded(outcome: Outcome, conclusion: Conclusion | None) -> Outcome:
    if conclusion is None:
        return outcome
    return changed(
        outcome,
        state=conclusion.state or outcome.state,
        answer=conclusion.answer or outcome.answer,
        result=outcome.result if conclusion.result is None else conclusion.result,
        detail="; ".join(filter(None, (outcome.detail, conclusion.detail))) or None,
    )
