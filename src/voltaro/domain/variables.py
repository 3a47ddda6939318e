"""The configuration of stations as variables of components (2.x functional block B, 1.6 §5.3, §5.8)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from voltaro.domain.command import Command
from voltaro.domain.decision import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Names a variable in words of OCPP 2.x; case does not count (identifierString, quirk Q36)."""

    component: str
    name: str
    instance: str | None = None
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None

    @property
    def identity(self) -> str:
        """The form in which variables are compared and sorted."""
        place = [str(each or "") for each in (self.evse_id, self.connector_id)]
        parts = (self.component, self.component_instance, *place, self.name, self.instance)
        return "\x1f".join(each or "" for each in parts).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A variable as somebody named it: `variable`, or `key` (1.6), which is the station's own text.

    One of them is there; with both, `key` is how the station spells it.
    """

    variable: Variable | None = None
    key: str | None = None


#: Where a station's password is (A01.FR.01).
PASSWORD = Variable(component="SecurityCtrlr", name="BasicAuthPassword")
#: Which security profile a station of 1.6 uses (whitepaper §7.6).
SECURITY_PROFILE = Variable(component="SecurityCtrlr", name="SecurityProfile")
#: How many variables may be asked for at once.
ITEMS_PER_READ = Variable(
    component="DeviceDataCtrlr", name="ItemsPerMessage", instance="GetVariables"
)
_CREDENTIALS = frozenset({"basicauthpassword", "authorizationkey"})


def is_credential(name: str) -> bool:
    """Whether what a variable of this name holds is neither kept nor shown."""
    return name.strip().lower() in _CREDENTIALS


class Mutability(StrEnum):
    READ_ONLY = "read_only"
    READ_WRITE = "read_write"
    WRITE_ONLY = "write_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A variable as a station reported it. `key` is its own text; no credential has a `value`."""

    variable: Variable
    key: str
    value: str | None
    mutability: Mutability


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesRead:
    """The station told these; with `complete`, it has no others but those that cannot be read."""

    readings: tuple[Reading, ...]
    at: datetime
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesUnknown:
    """The station said that it does not know these, each with the text that it was asked by."""

    unknown: tuple[tuple[Variable, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSet:
    """The station took a value, at once or from its next boot on; credentials have none."""

    variable: Variable
    key: str
    value: str | None
    reboot_required: bool
    at: datetime


VariablesStep: TypeAlias = VariablesRead | VariablesUnknown | VariableSet


@dataclass(frozen=True, slots=True)
class VariablesChanged(Change):
    """One kind of change for all steps, since their order matters."""

    station_id: str
    step: VariablesStep


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVariables(Command):
    """Tell the values of `variables`, or of all (None).

    `at_a_time` is how many the station takes in one CALL; None: as many as there are.
    """

    name: ClassVar[str] = "get_variables"

    variables: tuple[Named, ...] | None
    at_a_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable and the value that it shall have."""

    named: Named
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables(Command):
    """Change variables, one after the other in this order."""

    name: ClassVar[str] = "set_variables"

    settings: tuple[Setting, ...]
