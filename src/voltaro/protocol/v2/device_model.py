"""Components, variables and attributes of the device model as they are on the wire (2.x block B)."""

from typing import Final

from voltaro.domain.variables import Attribute, Variable
from voltaro.protocol.places import number
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

#: In bytes; a name that nobody could look up is not kept.
_LONGEST_IDENTITY: Final = 2000
_ATTRIBUTES: Final[dict[Attribute, wire.AttributeEnumType]] = {
    Attribute.ACTUAL: "Actual",
    Attribute.TARGET: "Target",
    Attribute.MIN_SET: "MinSet",
    Attribute.MAX_SET: "MaxSet",
}
_attribute = reader(Attribute)


def write_component(variable: Variable) -> wire.ComponentType:
    """The component, with its place where it has one."""
    return component_at(
        variable.component, variable.component_instance, variable.evse_id, variable.connector_id
    )


def component_at(
    name: str, instance: str | None, evse_id: int | None, connector_id: int | None
) -> wire.ComponentType:
    """A component by its name and place."""
    evse = None
    if evse_id is not None:
        evse = wire.EVSEType(id=evse_id, connector_id=connector_id)
    return wire.ComponentType(name=name, instance=instance, evse=evse)


def write_variable(variable: Variable) -> wire.VariableType:
    """The variable within its component."""
    return wire.VariableType(name=variable.name, instance=variable.instance)


def write_attribute(variable: Variable) -> wire.AttributeEnumType | None:
    """Which of its values; Actual goes without saying."""
    return None if variable.attribute is Attribute.ACTUAL else _ATTRIBUTES[variable.attribute]


def read_variable(
    component: wire.ComponentType, variable: wire.VariableType, attribute: str | None = None
) -> Variable:
    """The variable that somebody means; without an attribute, or with a strange one, its Actual."""
    evse = component.evse
    return Variable(
        component=component.name,
        component_instance=component.instance or None,
        evse_id=number(evse.id) if evse else None,
        connector_id=number(evse.connector_id) if evse else None,
        name=variable.name,
        instance=variable.instance or None,
        attribute=_attribute(attribute or "") or Attribute.ACTUAL,
    )


def is_keepable(variable: Variable) -> bool:
    """Whether it has a name that can be kept and found again."""
    return len(variable.identity.encode(errors="replace")) <= _LONGEST_IDENTITY
