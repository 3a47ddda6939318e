"""`voltaro send`: ask a station for something, and wait for what comes of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from voltaro.cli.completion import station_ids
from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

_CODES = {
    "rejected": ExitCode.STATION_REJECTED,
    "call_error": ExitCode.STATION_REJECTED,
    "invalid_answer": ExitCode.STATION_REJECTED,
    "failed": ExitCode.STATION_REJECTED,
    "timed_out": ExitCode.STATION_TIMEOUT,
    "unknown": ExitCode.STATION_TIMEOUT,
    "queued": ExitCode.STATION_TIMEOUT,
    "sent": ExitCode.STATION_TIMEOUT,
    "offline": ExitCode.STATION_OFFLINE,
    "cancelled": ExitCode.STATION_OFFLINE,
}
_SHOWN = ("id", "state", "detail", "answer", "result", "call_error", "transaction_id", "awaits")
#: What the server adds to the time that it was asked to wait for.
_SLACK_S = 15.0
_RAW_S = 90.0


def send(
    station_id: Annotated[str, typer.Argument(autocompletion=station_ids)],
    command: Annotated[
        str | None,
        typer.Argument(help="Such as reset or request_start; with --raw an OCPP action."),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Argument(help="name=value, as often as needed; with --raw JSON, @file or @-."),
    ] = None,
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="A CALL of the station's own OCPP version.")
    ] = False,
    wait: Annotated[
        int, typer.Option(min=0, max=120, help="So many seconds; 0: only queue it.")
    ] = 30,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Ask a station for something.

    voltaro send CP-001 reset kind=immediate

    voltaro send CP-001 request_start token=04A2B7C1 evse_id=1 --wait 60

    voltaro send CP-001 --raw GetConfiguration '{"key":["HeartbeatInterval"]}'

    Without a command it lists what there is.
    """
    from voltaro.cli.client import station_path

    if raw:
        if command is None or len(fields or ()) > 1:
            raise CliError(
                ExitCode.USAGE,
                "--raw takes an action and one payload",
                "Quote the JSON as one word.",
            )
        payload = _payload(fields[0]) if fields else b"{}"
        with connect(url, data_dir, timeout_s=_RAW_S) as client:
            path = f"{station_path(station_id)}/ocpp/{command}"
            show_one(client.post_json(path, payload), output)
        return
    with connect(url, data_dir, timeout_s=wait + _SLACK_S) as client:
        bodies = dict(_bodies(client.get("/api/v1/openapi.json")))
        if command is None:
            rows = [{"command": name} | _described(body) for name, body in bodies.items()]
            show_rows(rows, columns("command", "fields", "about"), output)
            return
        name = command.replace("-", "_")
        if name not in bodies:
            known = ", ".join(bodies)
            raise CliError(ExitCode.USAGE, f"there is no command {command!r}", f"Known: {known}")
        body = {"command": name} | _given(fields or [], bodies[name])
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        record = client.post(f"{station_path(station_id)}/commands", body, headers=headers)
    show_one(record if output is not Format.TABLE else _short(record), output)
    if not wait:
        note(f"Queued; GET /api/v1/commands/{record['id']} tells what comes of it.")
    elif (code := _CODES.get(record["state"])) is not None:
        raise typer.Exit(code)
    elif not record["final"]:
        note(f"The station agreed; {record['awaits']} has not followed within {wait} s.")


def _payload(word: str) -> bytes:
    """JSON as given, of a file with `@name`, or of stdin with `@-`."""
    if word == "@-":
        return typer.get_binary_stream("stdin").read()
    if not word.startswith("@"):
        return word.encode()
    try:
        return Path(word[1:]).read_bytes()
    except OSError as error:
        raise CliError(ExitCode.USAGE, f"{word[1:]} cannot be read: {error.strerror}") from error


def _short(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in _SHOWN if record.get(name) is not None}


# -- what the server's description says of commands


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each command and the schema of its body, with references resolved one level down."""
    schemas = document["components"]["schemas"]
    operation = document["paths"]["/api/v1/stations/{station_id}/commands"]["post"]
    union = operation["requestBody"]["content"]["application/json"]["schema"]
    for name, reference in sorted(union["discriminator"]["mapping"].items()):
        schema = schemas[reference.rpartition("/")[2]]
        fields = {
            field: _resolved(each, schemas)
            for field, each in schema["properties"].items()
            if field != "command"
        }
        yield name, schema | {"properties": fields}


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return {**schemas[schema["$ref"].rpartition("/")[2]]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_resolved(each, schemas) for each in schema["anyOf"]]}
    return schema


def _described(body: Mapping[str, Any]) -> dict[str, str]:
    required = set(body.get("required", ()))
    names = (name if name in required else f"[{name}]" for name in body["properties"])
    about = " ".join(str(body.get("description", "")).split())
    return {"fields": " ".join(names), "about": about}


def _given(words: Sequence[str], body: Mapping[str, Any]) -> dict[str, Any]:
    """`name=value` words as fields; a value is text where the field takes text, else JSON."""
    fields: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.lstrip("-").replace("-", "_")
        if not equals or name not in body["properties"]:
            known = ", ".join(body["properties"]) or "none"
            raise CliError(
                ExitCode.USAGE, f"{word!r} is no field", f"Fields, as name=value: {known}"
            )
        fields[name] = text if _takes_text(body["properties"][name]) else _json(name, text)
    return fields


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" or any(
        each.get("type") == "string" for each in schema.get("anyOf", ())
    )


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise CliError(
            ExitCode.USAGE, f"{name}: {text!r} is not JSON", f"Example: {name}=1"
        ) from None
