"""`/api/docs`: the OpenAPI document as a page, made here, without scripts or anything from afar."""

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from voltaro.api.bodies import json_response

router = APIRouter(prefix="/api/docs", include_in_schema=False)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1rem; }
nav ul { columns: 3 14rem; padding-left: 1.2rem; }
article { border-top: 1px solid #8886; margin-top: 2rem; padding-top: .5rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { background: #8881; padding: .75rem; overflow: auto; max-height: 24rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
         border-top: 1px solid #8883; }
.method { font-weight: 700; }
"""


@router.get("")
async def page(request: Request) -> Response:
    """Every operation with its parameters, bodies and answers."""
    text = "".join(_page(request.app.openapi()))
    return Response(text, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/openapi.json")
async def document(request: Request) -> Response:
    """The document itself, for whoever can see the page."""
    return json_response(request.app.openapi())


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    by_tag: defaultdict[str, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            by_tag[operation.get("tags", ["other"])[0]].append((path, method, operation))
    info = document["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{_text(info['title'])} API {_text(info['version'])}</h1>"
    yield from _paragraphs(info.get("description", ""))
    yield '<p><a href="/api/docs/openapi.json">OpenAPI document</a></p><nav><ul>'
    for tag, operations in by_tag.items():
        yield f'<li><a href="#{_anchor(tag)}">{_text(tag)}</a> ({len(operations)})</li>'
    yield "</ul></nav>"
    for tag, operations in by_tag.items():
        yield f'<section><h2 id="{_anchor(tag)}">{_text(tag)}</h2>'
        for path, method, operation in operations:
            yield from _operation(path, method, operation)
        yield "</section>"
    yield "</main></body></html>"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    name = _text(operation["operationId"])
    yield f'<article id="{name}"><h3>{_text(operation["summary"])}</h3>'
    yield f'<p><code><span class="method">{method.upper()}</span> {_text(path)}</code></p>'
    yield from _paragraphs(operation.get("description", ""))
    if parameters := operation.get("parameters"):
        yield "<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>"
        for parameter in parameters:
            needed = ", required" if parameter.get("required") else ""
            yield f"<tr><td><code>{_text(parameter['name'])}</code></td>"
            yield f"<td>{_text(parameter['in'])}{needed}</td>"
            yield f"<td>{_prose(parameter.get('description', ''))}</td></tr>"
        yield "</tbody></table>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>Body, {_text(media)}</h4>{_sample(content.get('example'))}"
    yield "<h4>Answers</h4>"
    for code, response in operation["responses"].items():
        yield f"<details><summary>{_text(code)} {_text(response.get('description', ''))}</summary>"
        for media, content in response.get("content", {}).items():
            yield f"<p>{_text(media)}</p>{_sample(content.get('example'))}"
        yield "</details>"
    yield "</article>"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in filter(None, text.split("\n\n")):
        yield f"<p>{_prose(paragraph)}</p>"


def _sample(example: Any) -> str:
    text = example if isinstance(example, str) else json.dumps(example, indent=2)
    return f"<pre>{_text(text)}</pre>"


def _prose(text: str) -> str:
    """Text in which backquotes mark code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _anchor(tag: str) -> str:
    """A tag as the name of a place in the page, which may hold no blanks."""
    return _text(tag).replace(" ", "-")


def _text(text: str) -> str:
    return html.escape(str(text))
