"""How a station spells its variables, and how many of them it tells at once."""

from collections.abc import Sequence

from voltaro.domain.variables import ITEMS_PER_READ, Named, Variable
from voltaro.store.reach import Engine
from voltaro.store.views.variables import VariableRow, find_variables


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
        return named if row is None else Named(variable=_variable(row), key=row["key"])

    return tuple(map(spell, wanted))


async def items_per_read(engine: Engine, station_id: str) -> int | None:
    """How many variables the station takes in one request; None: it did not tell.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    found = await find_variables(engine, station_id, identities=[ITEMS_PER_READ.identity], keys=())
    text = (found[0]["value"] or "").strip() if found else ""
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return limit or None


def _variable(row: VariableRow) -> Variable:
    return Variable(
        component=row["component"],
        component_instance=row["component_instance"],
        evse_id=row["evse_id"],
        connector_id=row["connector_id"],
        name=row["name"],
        instance=row["instance"],
    )
