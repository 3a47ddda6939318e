"""The OpenAPI document: what FastAPI knows, made exact about failures, with an example everywhere."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from voltaro.api.errors import MEDIA_TYPE

#: Answered from memory.
_WITHOUT_DATABASE = {
    "get_me",
    "list_users",
    "list_keys",
    "stream_events",
    "list_simulated_stations",
    "stop_simulated_station",
    "get_onboarding",
    "get_qr_code",
    "get_settings",
    "get_certificate_authority",
}

_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "400": ("unknown_parameter", "there is no query parameter 'sation_id' here"),
    "401": ("unauthorized", "this API key is not valid"),
    "403": ("missing_scope", "this needs a key with the scope 'write'; 'billing' has read"),
    "404": ("not_found", "there is no such thing"),
    "409": ("already_ended", "it ended at 2026-11-03T07:01:00+00:00"),
    "412": ("revision_changed", "it is at revision 4 now; read it again"),
    "413": ("body_too_large", "a file has at most 536870912 bytes"),
    "415": ("unsupported_media_type", "send tokens with application/json or text/csv"),
    "416": ("range_not_satisfiable", "the file has 8388608 bytes"),
    "422": ("invalid", "limit: Input should be less than or equal to 500"),
    "429": ("too_many_failures", "too many keys that are not valid came from this address"),
    "503": ("database_unavailable", "the database does not answer"),
    "507": ("no_room", "the disk has no room for it"),
}
_BY_TYPE: Mapping[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "null": None,
}


def describe(app: FastAPI, *more: type[BaseModel]) -> dict[str, Any]:
    """The document, made once; with the schemas of `more` models, which FastAPI does not see."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        for model in more:
            schemas[model.__name__] = model.model_json_schema()
        for path, item in document["paths"].items():
            for method, operation in item.items():
                _only_reachable(path, method, operation)
                _with_examples(path, operation, schemas)
        app.openapi_schema = document
    return app.openapi_schema


def _only_reachable(path: str, method: str, operation: dict[str, Any]) -> None:
    """Leave out failures that this operation cannot have; problems have their own media type."""
    parameters = operation.get("parameters", [])
    responses = operation["responses"]
    names = {parameter["name"].lower() for parameter in parameters}
    possible = {
        "404": "{" in path and (method != "put" or not path.endswith("}")),
        "412": "if-match" in names,
        "422": "requestBody" in operation or any(p["in"] == "query" for p in parameters),
        "503": operation["operationId"] not in _WITHOUT_DATABASE,
    }
    for code, can_be in possible.items():
        if not can_be:
            responses.pop(code, None)
    for code, response in responses.items():
        content = response.get("content", {})
        if code >= "400" and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")


def _with_examples(path: str, operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if not {"example", "examples"} & (parameter.keys() | parameter["schema"].keys()):
            parameter["example"] = _example(parameter["schema"], schemas)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "example" not in media:
            media["example"] = _richest(media["schema"], schemas)
    for code, response in operation["responses"].items():
        for media, content in response.get("content", {}).items():
            if media == MEDIA_TYPE:
                content["example"] = _problem(path, code)
            elif "example" not in content and content.get("schema"):
                content["example"] = _example(content["schema"], schemas)


def _problem(path: str, code: str) -> dict[str, Any]:
    status = HTTPStatus(int(code))
    word, detail = _PROBLEMS.get(code, (status.name.lower(), status.description))
    return {
        "type": f"urn:voltaro:problem:{word}",
        "title": status.phrase,
        "status": status.value,
        "code": word,
        "detail": detail,
        "instance": path,
        "request_id": "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11",
    }


def _richest(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Of several examples of a body the one that shows most."""
    for each in (schema, *schema.get("anyOf", [])):
        resolved = _resolved(each, schemas)
        if resolved.get("examples"):
            return max(resolved["examples"], key=len)
    return _example(schema, schemas)


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """An example that fits the schema, from those of its parts."""
    schema = _resolved(schema, schemas)
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return _example(schema[word][0], schemas)
    if schema.get("type") == "object" or "properties" in schema:
        return {
            name: _example(each, schemas) for name, each in schema.get("properties", {}).items()
        }
    if schema.get("type") == "array":
        return [_example(schema["items"], schemas)]
    return _BY_TYPE.get(str(schema.get("type")))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved: Mapping[str, Any] = schemas[name] if name else schema
    return resolved
