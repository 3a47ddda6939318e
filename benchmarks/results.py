"""Where figures go: one line of JSON for each to results.jsonl, with time, commit and load average."""

import json
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from machine import load_average

_FILE = Path(__file__).with_name("results.jsonl")


def commit():
    """The last commit of the sources, with a + where they differ from it."""

    def git(*words):
        command = ["git", "-C", str(_FILE.parent), *words, "--", "../src"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    return git("log", "-1", "--format=%h") + ("+" if git("diff", "HEAD") else "")


def record(scenario, **figures):
    """Append a line, print it, and return it."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "load_1min": load_average(),
        "python": platform.python_version(),
        "scenario": scenario,
        **{key: _rounded(value) for key, value in figures.items()},
    }
    text = json.dumps(line)
    with _FILE.open("a") as file:
        file.write(text + "\n")
    print(text, flush=True)
    return line


def table(head, rows):
    """Print rows as a table in Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(str(_rounded(cell)) for cell in row) + " |")


def _rounded(value):
    if not isinstance(value, float):
        return value
    return round(value, 1) if abs(value) >= 10 else round(value, 2)
