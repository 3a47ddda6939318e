"""The configuration of stations as variables of components (2.x functional block B, 1.6 §5.3, §5.8)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, TypeAlias

from voltaro.domain.command import Command
from voltaro.domain.decision import Change


class Attribute(StrEnum):
    """Which of its values a variable is read or set by (2.x AttributeEnumType)."""

    ACTUAL = "actual"
    TARGET = "target"
    MIN_SET = "min_set"
    MAX_SET = "max_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Names a value in words of OCPP 2.x; case does not count (identifierString, quirk Q36)."""

    component: str
    name: str
    instance: str | None = None
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    attribute: Attribute = Attribute.ACTUAL

    @property
    def identity(self) -> str:
        """The form in which variables are compared and sorted; Actual, the usual one, goes first."""
        place = [str(each or "") for each in (self.evse_id, self.connector_id)]
        parts = [self.component, self.component_instance, *place, self.name, self.instance]
        if self.attribute is not Attribute.ACTUAL:
            parts.append(self.attribute.value)
        return "\x1f".join(each or "" for each in parts).casefold()

    @property
    def text(self) -> str:
        """In one word, as 2.x documents do: `Connector#1/2.Name[instance]`; no attribute."""
        where = "/".join(str(each) for each in (self.evse_id, self.connector_id) if each)
        component = _with_instance(self.component, self.component_instance)
        place = f"#{where}" if where else ""
        return f"{component}{place}.{_with_instance(self.name, self.instance)}"


def _with_instance(name: str, instance: str | None) -> str:
    return f"{name}[{instance}]" if instance else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A variable as somebody named it: `variable`, or `key` (1.6), which is the station's own text.

    One of them is there; with both, `key` is how the station spells it. What a `secret` one holds
    is neither kept nor shown: the station said that it can only be written.
    """

    variable: Variable | None = None
    key: str | None = None
    secret: bool = False


#: Where a station's password is (A01.FR.01).
PASSWORD = Variable(component="SecurityCtrlr", name="BasicAuthPassword")
#: Which security profile a station of 1.6 uses (whitepaper §7.6).
SECURITY_PROFILE = Variable(component="SecurityCtrlr", name="SecurityProfile")


def items_per_message(message: str, component: str = "DeviceDataCtrlr") -> Variable:
    """How many elements the list in such a message may have."""
    return Variable(component=component, name="ItemsPerMessage", instance=message)


def bytes_per_message(message: str, component: str = "DeviceDataCtrlr") -> Variable:
    """How long such a message may be."""
    return Variable(component=component, name="BytesPerMessage", instance=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How much of a list a station takes in one message; None: as much as there is."""

    items: int | None = None
    bytes: int | None = None


ALL_AT_ONCE = Portion()


_PASSWORDS = frozenset({"basicauthpassword", "authorizationkey"})
#: The others are of the networks that a station connects by (2.1 NetworkConfiguration).
_CREDENTIALS = _PASSWORDS | {"apnpassword", "simpin", "vpnkey", "vpnpassword"}
#: How names of secrets end, whoever invented them; a public key is none.
_SECRET_ENDS = ("password", "passwd", "passphrase", "secret")
_SECRET_WORDS = frozenset({"key", "pin", "pwd", "token"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_password(name: str) -> bool:
    """Whether a variable of this name holds what the station logs in with."""
    return name.strip().lower() in _PASSWORDS


@lru_cache(4096)
def is_credential(name: str) -> bool:
    """Whether what a variable of this name holds is neither kept nor shown: it looks like a secret.

    `WifiPassword`, `vendor.admin_pin` and `SharedSecret[1]` do, `PublicKey` does not.
    """
    if name.strip().lower() in _CREDENTIALS:
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or "public" in words:
        return False
    last = words[-1]
    return last in _SECRET_WORDS or last.endswith(_SECRET_ENDS) or words[-2:] == ["pin", "code"]


class Mutability(StrEnum):
    READ_ONLY = "read_only"
    READ_WRITE = "read_write"
    WRITE_ONLY = "write_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """What values a variable can have (2.x VariableCharacteristicsType); limits are in its unit.

    `data_type` is the station's own word, `values_list` its own text.
    """

    data_type: str | None = None
    unit: str | None = None
    min_limit: Decimal | None = None
    max_limit: Decimal | None = None
    max_elements: int | None = None
    values_list: str | None = None
    supports_monitoring: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A variable as a station reported it. `key` is its own text; no credential has a `value`.

    What is None, apart from `value`, was not told this time.
    """

    variable: Variable
    key: str
    value: str | None
    mutability: Mutability | None = None
    persistent: bool | None = None
    constant: bool | None = None
    characteristics: Characteristics | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesRead:
    """The station told these; with `complete`, it has no others but those that cannot be read.

    `request_id` is that of the report (2.x) that they were told in.
    """

    readings: tuple[Reading, ...]
    at: datetime
    complete: bool = False
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNoMore:
    """What the station neither told nor took since then is gone, but for what cannot be read."""

    since: datetime


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


VariablesStep: TypeAlias = VariablesRead | VariablesUnknown | VariableSet | ToldNoMore


@dataclass(frozen=True, slots=True)
class VariablesChanged(Change):
    """One kind of change for all steps, since their order matters."""

    station_id: str
    step: VariablesStep


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVariables(Command):
    """Tell the values of `variables`, or of all (None), `portion` by `portion`."""

    name: ClassVar[str] = "get_variables"

    variables: tuple[Named, ...] | None
    portion: Portion = ALL_AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable and the value that it shall have."""

    named: Named
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables(Command):
    """Change variables in this order, one after the other or `portion` by `portion`."""

    name: ClassVar[str] = "set_variables"

    settings: tuple[Setting, ...]
    portion: Portion = ALL_AT_ONCE
