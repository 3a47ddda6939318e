"""Writes `voltaro.protocol.wire` from the JSON schemas of the `ocpp` package; `--check` reports drift."""

import argparse
import json
import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ocpp

Schema = dict[str, Any]

WIRE = Path(__file__).resolve().parent.parent / "src" / "voltaro" / "protocol" / "wire"
SCHEMAS = Path(ocpp.__file__).parent

#: Names the 1.6 specification gives to objects its schemas leave nameless.
NAMES_16 = {
    "configurationKey": "KeyValue",
    "csChargingProfiles": "ChargingProfile",
    "localAuthorizationList": "AuthorizationData",
}

#: Abbreviations that would otherwise be cut in the middle.
WHOLE_WORDS = (
    (re.compile(r"[vV]2X"), "V2x"),
    (re.compile(r"([sS]o)([CH])(?![a-z])"), lambda match: match[1] + match[2].lower()),
    (re.compile(r"([A-Z])([A-Z]+)s$"), lambda match: match[1] + match[2].lower() + "s"),
)

INT64 = (-(2**63), 2**63 - 1)


@dataclass
class Module:
    """One generated module while it is being written."""

    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    structs: dict[str, str] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    #: Required properties per type in the older version the types also serve.
    older: dict[str, set[str]] = field(default_factory=dict)
    relaxed: set[str] = field(default_factory=set)
    shapes: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Write the modules, or with `--check` tell whether they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when a module differs")
    check = parser.parse_args().check
    stale = False
    for version in ("v16", "v21"):
        path, text = WIRE / f"{version}.py", generate(version)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale = True
        if check:
            print(f"{path.name} differs from the schemas: run tools/generate_wire.py")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if check and stale else 0


def generate(version: str) -> str:
    """The source of the module for the schemas of `version` (`v16` or `v21`)."""
    module = Module(older=_required("v201") if version == "v21" else {})
    tables: dict[str, dict[str, str]] = {"Request": {}, "Response": {}}
    for action, kind, schema in _messages(version):
        name = f"{action}{kind}"
        _struct(module, schema, schema.get("definitions", {}), name)
        tables[kind][action] = name
    return _source(version, module, tables)


def _messages(version: str) -> Iterator[tuple[str, str, Schema]]:
    for path in sorted((SCHEMAS / version / "schemas").glob("*.json")):
        kind = "Response" if path.stem.endswith("Response") else "Request"
        action = path.stem.removesuffix("Response").removesuffix("Request")
        yield action, kind, json.loads(path.read_text(encoding="utf-8-sig"))


def _required(version: str) -> dict[str, set[str]]:
    """The required properties of every type of a version, messages included."""
    return {
        name: set(part.get("required", ()))
        for action, kind, schema in _messages(version)
        for name, part in ((f"{action}{kind}", schema), *schema.get("definitions", {}).items())
    }


def _struct(module: Module, schema: Schema, definitions: Schema, name: str) -> str:
    required = set(schema.get("required", ()))
    if required - module.older.get(name, required):
        required &= module.older[name]
        module.relaxed.add(name)
    names: dict[str, str] = {}
    lines: list[str] = []
    for wire, prop in schema.get("properties", {}).items():
        attribute = snake(wire)
        if attribute in names:
            raise SystemExit(f"{name}: {wire} and {names[attribute]} are both {attribute}")
        names[attribute] = wire
        annotation = _annotation(module, prop, definitions, name, wire)
        if wire in required:
            lines.append(f"    {attribute}: {annotation}")
        elif annotation == "Any":
            lines.append(f"    {attribute}: Any = None")
        else:
            lines.append(f"    {attribute}: {annotation} | None = None")
    rename = {python: wire for python, wire in names.items() if python != wire}
    arguments = ["Wire"] if not lines else ["Wire", "kw_only=True"]
    if rename:
        pairs = "".join(f'        "{python}": "{wire}",\n' for python, wire in rename.items())
        arguments.append(f"rename={{\n{pairs}    }}")
    body = "\n".join(lines) or "    pass"
    text = f"({', '.join(arguments)}):\n{body}\n"
    known = module.shapes.setdefault(name, text)
    if known != text:
        raise SystemExit(f"{name} has two shapes:\n{known}\n{text}")
    module.structs.setdefault(name, f"class {name}{text}")
    return name


def _annotation(module: Module, schema: Schema, definitions: Schema, owner: str, wire: str) -> str:
    """The type of property `wire` of `owner`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name == "CustomDataType":
            return "dict[str, Any]"
        target = definitions[name]
        if "enum" in target:
            return _enum(module, target, name)
        return _struct(module, target, definitions, name)
    if "enum" in schema:
        return _enum(module, schema, f"{owner}{wire[0].upper()}{wire[1:]}")
    if schema.get("type") == "object":
        return _struct(module, schema, definitions, _inline_name(module, schema, owner, wire))
    if schema.get("type") == "array":
        item = _annotation(module, schema["items"], definitions, owner, wire)
        limits = [
            f"{ours}={schema[theirs]}"
            for ours, theirs in (("min_length", "minItems"), ("max_length", "maxItems"))
            if theirs in schema
        ]
        return _constrained(f"list[{item}]", limits)
    return _scalar(module, schema)


def _scalar(module: Module, schema: Schema) -> str:
    match schema.get("type"):
        case "string" if "maxLength" in schema:
            module.lengths.add(schema["maxLength"])
            return f"Str{schema['maxLength']}"
        case "string":
            return "str"
        case "integer":
            low = int(schema.get("minimum", INT64[0]))
            high = int(schema.get("maximum", INT64[1]))
            if (low, high) == INT64:
                return "Int"
            return _constrained("int", [f"ge={low}", f"le={high}"])
        case "number":
            return "Decimal"  # the range, where there is one, is the schema's to check
        case "boolean":
            return "bool"
        case None:
            return "Any"
        case other:
            raise SystemExit(f"no rule for type {other}")


def _inline_name(module: Module, schema: Schema, owner: str, wire: str) -> str:
    """A name for an object without one: its property's, with the owner's where that is taken."""
    name = NAMES_16.get(wire, wire[0].upper() + wire[1:])
    shape = json.dumps(schema)
    if module.shapes.setdefault(f"inline {name}", shape) == shape:
        return name
    return owner + name


def _enum(module: Module, schema: Schema, name: str) -> str:
    values = tuple(schema["enum"])
    if module.enums.setdefault(name, values) != values:
        raise SystemExit(f"{name} has two sets of values")
    return name


def _constrained(annotation: str, limits: list[str]) -> str:
    if not limits:
        return annotation
    return f"Annotated[{annotation}, msgspec.Meta({', '.join(limits)})]"


def snake(wire: str) -> str:
    """The attribute for a property of the wire."""
    for pattern, replacement in WHOLE_WORDS:
        wire = pattern.sub(replacement, wire)
    wire = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", wire)
    wire = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", wire)
    name = re.sub(r"_+", "_", wire.lower())
    return f"{name}_" if keyword.iskeyword(name) else name


def _source(version: str, module: Module, tables: dict[str, dict[str, str]]) -> str:
    label = {"v16": "OCPP 1.6 with the security messages", "v21": "OCPP 2.1, also read on 2.0.1"}
    parts = [
        f'"""{label[version]}: every message. Generated by tools/generate_wire.py; do not edit."""',
        "",
        "from decimal import Decimal",
        "from typing import Annotated, Any, Literal"
        if version == "v21"
        else "from typing import Annotated, Literal",
        "",
        "import msgspec",
        "",
        "from voltaro.protocol.wire import Wire",
        "",
        "#: What the schemas call integer, in the 64 bits that can be stored.",
        f"Int = Annotated[int, msgspec.Meta(ge={INT64[0]}, le={INT64[1]})]",
    ]
    parts += [
        f"Str{length} = Annotated[str, msgspec.Meta(max_length={length})]"
        for length in sorted(module.lengths)
    ]
    parts.append("")
    for name, values in module.enums.items():
        parts.append(f"{name} = Literal[")
        parts += [f"    {json.dumps(value)}," for value in values]
        parts.append("]")
    parts.append("")
    parts += [f"\n{text}" for text in module.structs.values()]
    if module.older:
        parts.append("\n#: Types in which a property that only 2.1 requires is optional.")
        parts.append("RELAXED: frozenset[str] = frozenset({")
        parts += [f'    "{name}",' for name in sorted(module.relaxed)]
        parts.append("})")
    for kind, title in (("Request", "REQUESTS"), ("Response", "RESPONSES")):
        parts.append(f"\n{title}: dict[str, type[Wire]] = {{")
        parts += [f'    "{action}": {name},' for action, name in tables[kind].items()]
        parts.append("}")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
