"""How the body of a request becomes a command: one row for each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from voltaro.api import models
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.command import Command
from voltaro.store.fresh_ids import uuid7

B = TypeVar("B", bound=models.Body)

#: No EVSE or connector of OCPP has a greater number.
_LARGEST = 2**31 - 1

EvseId = Annotated[int, Field(strict=True, ge=1, le=_LARGEST, examples=[1])]
ConnectorId = Annotated[int, Field(strict=True, ge=1, le=_LARGEST, examples=[1])]
#: 1.6 idTag; 2.x allows 36, 2.1 255.
TokenText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(storable),
]


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its id, as the records have it.

    `shown` replaces the fields of the body where they hold secrets; `file_id` is what it hands out.
    """

    command: Command
    shown: Mapping[str, Any] | None = None
    id: UUID = field(default_factory=uuid7)
    file_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CommandBody(Generic[B]):
    """`build` looks up what the body names; it raises what `voltaro.services.errors` has."""

    model: type[B]
    build: Callable[[ApiDeps, str, B], Awaitable[Order]]


AnyBody = CommandBody[Any]
