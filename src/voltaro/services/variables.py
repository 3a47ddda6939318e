"""How a station spells its variables, and how many of them it takes at once."""

from collections.abc import Sequence
from typing import Final

from voltaro.domain.variables import (
    Attribute,
    Mutability,
    Named,
    Portion,
    Variable,
    bytes_per_message,
    items_per_message,
)
from voltaro.store.reach import Engine
from voltaro.store.views.variables import VariableRow, find_variables, list_write_only

#: A number with more of them limits nothing.
_DIGITS: Final = 10


async def spelled(engine: Engine, station_id: str, wanted: Sequence[Named]) -> tuple[Named, ...]:
    """The same in the station's own texts, where it has told them (quirk Q36).

    Raises:
        DatabaseAway: it cannot be told now.
    """
    found = await find_variables(
        engine,
        station_id,
        identities=[each.variable.identity for each in wanted if each.variable is not None],
        keys=[each.key for each in wanted if each.key is not None],
    )
    by_identity = {row["identity"]: row for row in found}
    by_key = {row["key"].strip().lower(): row for row in found}

    def spell(named: Named) -> Named:
        if named.variable is not None:
            row = by_identity.get(named.variable.identity)
        else:
            assert named.key is not None
            row = by_key.get(named.key.strip().lower())
        if row is None:
            return named
        secret = row["mutability"] == Mutability.WRITE_ONLY
        return Named(variable=_variable(row), key=row["key"], secret=secret)

    return tuple(map(spell, wanted))


async def hidden_names(engine: Engine, station_id: str) -> frozenset[str]:
    """The names, in lower case, of what can only be written at a station, as far as it told.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    return frozenset(map(str.strip, await list_write_only(engine, station_id)))


async def portion_of(
    engine: Engine, station_id: str, message: str, component: str = "DeviceDataCtrlr"
) -> Portion:
    """How much of a list the station takes in one such message, as far as it told.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    items = items_per_message(message, component).identity
    length = bytes_per_message(message, component).identity
    found = await find_variables(engine, station_id, identities=[items, length], keys=())
    told = {row["identity"]: _positive(row["value"]) for row in found}
    return Portion(items=told.get(items), bytes=told.get(length))


def _positive(text: str | None) -> int | None:
    text = (text or "").strip()
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0
    return limit or None


def _variable(row: VariableRow) -> Variable:
    return Variable(
        component=row["component"],
        component_instance=row["component_instance"],
        evse_id=row["evse_id"],
        connector_id=row["connector_id"],
        name=row["name"],
        instance=row["instance"],
        attribute=Attribute(row["attribute"]),
    )
