"""What a station said to each of several settings, as the outcome of one command."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from voltaro.domain.command import CommandState
from voltaro.domain.variables import Attribute, Variable
from voltaro.protocol.commands import Conclusion


@dataclass(frozen=True, slots=True)
class Told:
    """What the station said to one setting; `word` is its own, and so is what it `added`."""

    variable: Variable
    key: str
    state: CommandState
    word: str | None
    added: str | None = None


#: From good to bad; after the last three nothing more is asked.
_SEVERITY: Final = (
    CommandState.ACCEPTED,
    CommandState.REBOOT_REQUIRED,
    CommandState.REJECTED,
    CommandState.INVALID_ANSWER,
    CommandState.CALL_ERROR,
    CommandState.TIMED_OUT,
    CommandState.UNKNOWN,
    CommandState.OFFLINE,
)
SILENCE: Final = frozenset(_SEVERITY[-3:])


def summary(asked: Sequence[tuple[Variable, str]], told: Sequence[Told]) -> Conclusion | None:
    """The worst of the answers is the state of the command; `asked` has those without one too."""
    worst = max(told, key=lambda each: _SEVERITY.index(each.state))
    if len(asked) == 1 and worst.state in SILENCE:
        return None  # a late answer is still the answer
    refused = [
        f"{each.key}: {each.word or each.state.value}{f' ({each.added})' if each.added else ''}"
        for each in told
        if each.state not in {CommandState.ACCEPTED, CommandState.REBOOT_REQUIRED}
    ]
    refused += [f"{key}: not asked" for _, key in asked[len(told) :]]
    listed = [
        shown(each.variable, each.key) | {"state": each.state.value, "answer": each.word}
        for each in told
    ]
    return Conclusion(
        state=worst.state,
        answer=worst.word,
        result={"variables": listed},
        detail="; ".join(refused) or None,
    )


def shown(variable: Variable, key: str) -> dict[str, Any]:
    """A variable in the result of a command; a place and an attribute only where there are any."""
    place = {
        "component_instance": variable.component_instance,
        "evse_id": variable.evse_id,
        "connector_id": variable.connector_id,
        "attribute": None if variable.attribute is Attribute.ACTUAL else variable.attribute.value,
    }
    return {
        "component": variable.component,
        "name": variable.name,
        "instance": variable.instance,
        "key": key,
    } | {name: value for name, value in place.items() if value is not None}
