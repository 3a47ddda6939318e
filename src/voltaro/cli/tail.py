"""`voltaro tail`: messages as they come; `voltaro attempts`: who was turned away."""

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from voltaro.cli.client import Client
from voltaro.cli.completion import station_ids
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, connect
from voltaro.cli.output import Format, columns, note, show_rows

_EVERY_S = 1.0
#: The journal is written up to a moment after a message was received.
_OVERLAP = timedelta(seconds=10)
_REMEMBERED = 5000
_SHORTEST = 160

_ATTEMPTS = columns(
    "last_at", "station_id", "remote_host", "status", "reason", "count", "subprotocols", "path"
)

Station = Annotated[
    str | None,
    typer.Option("--station", help="Only this station's.", autocompletion=station_ids),
]


def tail(
    *,
    station: Station = None,
    action: Annotated[str | None, typer.Option(help="Only this action, such as Heartbeat.")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Only what went wrong.")] = False,
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="How many to begin with.")
    ] = 20,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Show the messages of stations, oldest first, and go on with new ones."""
    wanted = {"station_id": station, "action": action}
    with connect(url, data_dir) as client:
        for message in _messages(client, wanted, lines, follow=follow):
            if not errors or message["verdict"] != "ok":
                _show(message, output)


def attempts(
    *,
    station: Station = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """List refused handshakes: which station, from where, and why."""
    wanted = {"station_id": station, "limit": min(limit, 100)}
    given = {name: value for name, value in wanted.items() if value is not None}
    with connect(url, data_dir) as client:
        count = show_rows(client.items("/api/v1/attempts", given, limit=limit), _ATTEMPTS, output)
    if not count:
        note("Nobody was turned away.")


def _messages(
    client: Client, wanted: dict[str, Any], lines: int, *, follow: bool
) -> Iterator[dict[str, Any]]:
    given = {name: value for name, value in wanted.items() if value is not None}
    page = min(max(lines, 1), 100)
    first = list(client.items("/api/v1/messages", given | {"limit": page}, limit=max(lines, 1)))
    seen = deque((each["id"] for each in first), maxlen=_REMEMBERED)
    latest = first[0]["received_at"] if first else None
    yield from reversed(first[:lines])
    while follow:
        time.sleep(_EVERY_S)
        since = {"since": _earlier(latest)} if latest else {}
        found = client.items("/api/v1/messages", given | since | {"limit": 100}, limit=1000)
        new = [each for each in found if each["id"] not in seen]
        for each in reversed(new):
            seen.append(each["id"])
            latest = max(latest or "", each["received_at"])
            yield each


def _earlier(moment: str) -> str:
    return (datetime.fromisoformat(moment) - _OVERLAP).isoformat().replace("+00:00", "Z")


def _show(message: dict[str, Any], form: Format) -> None:
    if form in (Format.JSON, Format.JSONL):
        line = json.dumps(message)
    else:
        arrow = "⇦" if message["direction"] == "in" else "⇨"
        words = (
            message["received_at"],
            message["station_id"],
            arrow,
            message["action"] or "-",
            message["verdict"],
            _short(message["frame"]),
            "→",
            _short(message["reply"] or ""),
        )
        line = "\t".join(words) if form is Format.CSV else " ".join(words)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _short(text: str) -> str:
    # Whatever a station sends, it must not move the cursor of the person who watches.
    plain = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return plain if len(plain) <= _SHORTEST else plain[:_SHORTEST] + "…"
