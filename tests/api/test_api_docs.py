"""The description as a file, its examples, and the page made of it."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from voltaro.api.app import openapi_document

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi_document()
OPERATIONS = [
    (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def test_committed_document_is_what_the_code_says():
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "write_openapi.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("operation", [o for _, _, o in OPERATIONS], ids=lambda o: o["operationId"])
def test_every_part_of_an_operation_has_an_example_that_fits(operation):
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        examples = schema.get("examples", []) + [
            parameter[name] for name in ("example",) if name in parameter
        ]
        assert examples, parameter["name"]
    contents = list(operation.get("requestBody", {}).get("content", {}).items())
    for response in operation["responses"].values():
        contents += response.get("content", {}).items()
    for media, content in contents:
        assert content.get("example") is not None, media
        if "schema" in content:
            schema = {"components": DOCUMENT["components"]} | content["schema"]
            jsonschema_rs.Draft202012Validator(schema).validate(content["example"])


def test_operation_ids_are_words_and_unique():
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", each) for each in ids)


async def test_page_shows_every_operation_and_loads_nothing(api):
    answer = await api.anonymous.get("/api/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for _, path, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in answer.text
        assert path in answer.text
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", answer.text)
    assert set(re.findall(r'href="([^"#]+)', answer.text)) == {"/api/docs/openapi.json"}
    assert (await api.anonymous.get("/api/docs/openapi.json")).json() == DOCUMENT


async def test_page_is_for_this_machine_or_for_those_with_a_key(api):
    stranger = {"X-Forwarded-For": "192.0.2.1"}

    for path in ("/api/docs", "/api/docs/openapi.json"):
        assert (await api.anonymous.get(path, headers=stranger)).status_code == 401
        assert (await api.http.get(path, headers=stranger)).status_code == 200
