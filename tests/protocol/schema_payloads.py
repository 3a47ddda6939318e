"""Random payloads from the official schemas: valid ones, and ones with a fault or two."""

import copy
import random
from importlib.resources import files
from typing import Any

import msgspec

from voltaro.protocol import schemas
from voltaro.protocol.schemas import Kind
from voltaro.protocol.versions import OcppVersion

FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
Schema = dict[str, Any]


def messages(version: OcppVersion) -> list[tuple[str, Kind]]:
    """Every message of a version that has a schema."""
    kinds: tuple[Kind, ...] = ("Request", "Response")
    return [
        (action, kind)
        for action in sorted(schemas.actions(version))
        for kind in kinds
        if not (kind == "Response" and action in schemas.SENDS)
    ]


def schema_of(version: OcppVersion, action: str, kind: Kind) -> Schema:
    suffix: str = kind
    if kind == "Request" and (version is OcppVersion.V16 or action in schemas.SENDS):
        suffix = ""
    path = files("ocpp").joinpath(FOLDERS[version], "schemas", f"{action}{suffix}.json")
    decoded: Schema = msgspec.json.decode(path.read_text(encoding="utf-8-sig"))
    return decoded


def valid(rng: random.Random, schema: Schema, definitions: Schema | None = None) -> Any:
    """A payload that keeps to the schema."""
    definitions = schema.get("definitions", {}) if definitions is None else definitions
    if "$ref" in schema:
        return valid(rng, definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            density = rng.choice((0.1, 0.5, 0.9))
            made = {
                name: valid(rng, child, definitions)
                for name, child in schema.get("properties", {}).items()
                if name in required or rng.random() < density
            }
            if schema.get("additionalProperties") is not False and rng.random() < 0.5:
                made["anything"] = rng.choice(([1, {"a": None}], "text", 1.5))
            return made
        case "array":
            low = schema.get("minItems", 0)
            size = rng.randint(low, min(schema.get("maxItems", low + 2), low + 2))
            return [valid(rng, schema["items"], definitions) for _ in range(size)]
        case "string":
            longest = min(schema.get("maxLength", 40), 40)
            return "".join(rng.choices('abcXYZ019 -_:.,/"\\{}é☃\n', k=rng.randint(0, longest)))
        case "integer":
            low, high = int(schema.get("minimum", -5)), int(schema.get("maximum", 2**40))
            return rng.randint(low, high)
        case "number":
            low, high = schema.get("minimum", -1000), schema.get("maximum", 100000)
            digits = 1 if "multipleOf" in schema else 3
            made = round(rng.uniform(low, high), digits)
            return min(max(made, low), high) if rng.random() < 0.8 else int(rng.uniform(low, high))
        case "boolean":
            return rng.random() < 0.5
        case _:
            return rng.choice(("text", 5, 2.5, True, ["a"], {"b": 1}))


ODD: tuple[Any, ...] = (
    None, "", " ", "x", "5", " 0.0", "1,5", "NaN", "true", 0, -1, 7, 1.0, 2.55, 10**12, True, False,
    [], {}, [{}], {"a": 1}, "y" * 60, "z" * 12000,
)  # fmt: skip


def faulty(rng: random.Random, payload: Any) -> Any:
    """The payload with one to three changes, most of which break the schema."""
    changed = copy.deepcopy(payload)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(changed))
        if not places or rng.random() < 0.1:
            changed["extra"] = copy.deepcopy(rng.choice(ODD))
            continue
        holder, key = rng.choice(places)
        match rng.randrange(3):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[f"{key}X"] = holder[key]
            case _:
                holder[key] = copy.deepcopy(rng.choice(ODD))
    return changed


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in list(items):
        yield node, key
        if isinstance(child, dict | list):
            yield from _places(child)
