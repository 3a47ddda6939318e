"""Writes the table in docs/operate/metrics.md from the metrics that a server shows.

`--check` changes nothing and fails when the table is out of date.
"""

import re
import sys
from pathlib import Path

from voltaro.api.metrics import Metrics, Readings
from voltaro.store.counts import Tally

DOCUMENT = Path(__file__).parents[1] / "docs" / "operate" / "metrics.md"


def table() -> str:
    """The metrics of a server that has seen nothing yet."""
    nothing = Readings(
        actions=frozenset(),
        verdicts=frozenset(),
        connected=dict,
        stations=int,
        admitted=dict,
        refused=dict,
        messages=dict,
        handling=Tally((1,)),
        commands=dict,
        open_commands=int,
        batch_entries=Tally((1,)),
        batch_seconds=Tally((1,)),
        waiting_commits=int,
        stalled_s=float,
        notes_dropped=int,
        database_up=bool,
        database_bytes=int,
        journal_rows=int,
        journal_bytes=int,
        journal_left_out=int,
        partitions_dropped=int,
        upkeep_failures=int,
        disk_free_bytes=int,
        disk_state=str,
    )
    rows = ["| Metric | Type | Labels | Meaning |", "|---|---|---|---|"]
    for each in Metrics(nothing).collect():
        name = each.name + {"counter": "_total", "info": "_info"}.get(each.type, "")
        labels = ", ".join(f"`{label}`" for label in getattr(each, "_labelnames", ()))
        rows.append(f"| `{name}` | {each.type} | {labels} | {each.documentation} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write, or compare."""
    text = DOCUMENT.read_text()
    wanted = re.sub(r"\| Metric \|.*\n(?:\|.*\n)+", lambda _: table(), text)
    if "--check" in sys.argv:
        if text != wanted:
            sys.exit(f"{DOCUMENT} is out of date: run python tools/generate_metrics_doc.py")
        return
    DOCUMENT.write_text(wanted)


if __name__ == "__main__":
    main()
