"""What stations told of their variables, and what they were told."""

from collections.abc import Collection, Iterable, Sequence
from typing import assert_never

from voltaro.domain.variables import (
    Characteristics,
    Reading,
    ToldNoMore,
    Variable,
    VariablesChanged,
    VariableSet,
    VariablesRead,
    VariablesUnknown,
)
from voltaro.store.sql import Connection

_NAMED = (
    "identity, component, component_instance, evse_id, connector_id, name, instance, attribute, key"
)
_ARRAYS = (
    "$2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[],"
    " $9::text[], $10::text[]"
)
_TOLD = {
    "value": "text",
    "mutability": "text",
    "persistent": "bool",
    "constant": "bool",
    "data_type": "text",
    "unit": "text",
    "min_limit": "numeric",
    "max_limit": "numeric",
    "max_elements": "bigint",
    "values_list": "text",
    "supports_monitoring": "bool",
}
#: What 2.x tells in reports only: who reads a value alone does not forget it.
_LASTING = [name for name in _TOLD if name != "value"]
# A station that is deleted in this moment has no variables any more; that is no error.
_INSERT = f"""
    INSERT INTO station_variables AS v (station_id, {_NAMED}, {{columns}})
    SELECT $1, {_NAMED}, {{values}}
    FROM unnest({_ARRAYS}{{arrays}}) AS u ({_NAMED}{{fields}})
    WHERE EXISTS (SELECT FROM stations WHERE station_id = $1)
    ON CONFLICT (station_id, identity) DO UPDATE SET
"""
_READ = _INSERT.format(
    columns=f"{', '.join(_TOLD)}, reported_at, request_id",
    arrays="".join(f", ${number}::{kind}[]" for number, kind in enumerate(_TOLD.values(), 11)),
    fields="".join(f", {name}" for name in _TOLD),
    values=f"{', '.join(_TOLD)}, ${11 + len(_TOLD)}::timestamptz, ${12 + len(_TOLD)}::bigint",
) + (
    f"""
        component = excluded.component, component_instance = excluded.component_instance,
        name = excluded.name, instance = excluded.instance, key = excluded.key,
        value = CASE WHEN coalesce(excluded.mutability, v.mutability) IS DISTINCT FROM 'write_only'
            THEN excluded.value END,
        {", ".join(f"{name} = coalesce(excluded.{name}, v.{name})" for name in _LASTING)},
        reported_at = excluded.reported_at, is_unknown = false,
        request_id = coalesce(excluded.request_id, v.request_id)
    """
)
_UNKNOWN = _INSERT.format(
    columns="is_unknown, reported_at", arrays="", fields="", values="true, $11::timestamptz"
) + (
    """
        is_unknown = true, value = NULL, mutability = NULL, reboot_required = false,
        reported_at = excluded.reported_at
    """
)
_SET = _INSERT.format(
    columns="value, reboot_required, set_at",
    arrays="",
    fields="",
    values="$11::text, $12::bool, $13::timestamptz",
) + (
    """
        value = CASE WHEN v.mutability IS DISTINCT FROM 'write_only' THEN excluded.value END,
        reboot_required = excluded.reboot_required,
        set_at = excluded.set_at, is_unknown = false
    """
)
_NO_LIMITS = Characteristics()
_FORGET = """
    DELETE FROM station_variables
    WHERE station_id = $1 AND NOT is_unknown AND mutability IS DISTINCT FROM 'write_only'
"""


async def write_variables(
    connection: Connection, rows: Sequence[tuple[int, VariablesChanged]]
) -> Collection[int]:
    """Step by step: people cause them, so they are few, and their order matters."""
    for _, change in rows:
        match step := change.step:
            case VariablesRead():
                await _write_read(connection, change.station_id, step)
            case VariablesUnknown():
                await _write_unknown(connection, change.station_id, step)
            case VariableSet():
                named = _columns([(step.variable, step.key)])
                told = (step.value, step.reboot_required, step.at)
                await connection.execute(_SET, change.station_id, *named, *told)
            case ToldNoMore():
                untouched = " AND coalesce(greatest(reported_at, set_at), '-infinity') < $2"
                await connection.execute(_FORGET + untouched, change.station_id, step.since)
            case _:
                assert_never(step)
    return ()


async def take_effect(connection: Connection, station_ids: Iterable[str]) -> None:
    """These stations have booted: what was waiting for that is in force."""
    await connection.execute(
        "UPDATE station_variables SET reboot_required = false"
        " WHERE reboot_required AND station_id = ANY ($1)",
        list(station_ids),
    )


async def _write_read(connection: Connection, station_id: str, step: VariablesRead) -> None:
    latest: dict[str, Reading] = {each.variable.identity: each for each in step.readings}
    if step.complete:
        await connection.execute(_FORGET + " AND identity <> ALL ($2)", station_id, list(latest))
    readings = list(latest.values())
    limits = [each.characteristics or _NO_LIMITS for each in readings]
    await connection.execute(
        _READ,
        station_id,
        *_columns([(each.variable, each.key) for each in readings]),
        [each.value for each in readings],
        [each.mutability and each.mutability.value for each in readings],
        [each.persistent for each in readings],
        [each.constant for each in readings],
        [each.data_type for each in limits],
        [each.unit for each in limits],
        [each.min_limit for each in limits],
        [each.max_limit for each in limits],
        [each.max_elements for each in limits],
        [each.values_list for each in limits],
        [each.supports_monitoring for each in limits],
        step.at,
        step.request_id,
    )


async def _write_unknown(connection: Connection, station_id: str, step: VariablesUnknown) -> None:
    latest = {variable.identity: (variable, key) for variable, key in step.unknown}
    await connection.execute(_UNKNOWN, station_id, *_columns(list(latest.values())), step.at)


def _columns(named: Sequence[tuple[Variable, str]]) -> tuple[list[str | int | None], ...]:
    variables = [variable for variable, _ in named]
    return (
        [each.identity for each in variables],
        [each.component for each in variables],
        [each.component_instance for each in variables],
        [each.evse_id for each in variables],
        [each.connector_id for each in variables],
        [each.name for each in variables],
        [each.instance for each in variables],
        [each.attribute.value for each in variables],
        [key for _, key in named],
    )
