"""Results on stdout: a table for people, lines for pipes, JSON and CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import Any, TextIO

Row = Mapping[str, Any]
#: A heading and the fields it may be found under, the first present one wins.
Column = tuple[str, tuple[str, ...]]


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def show_rows(
    rows: Iterable[Row], columns: Sequence[Column], form: Format, out: TextIO | None = None
) -> int:
    """Write rows as they come (a table and JSON wait for the last); how many there were."""
    out = sys.stdout if out is None else out
    counted = _Counted(rows)
    match form:
        case Format.JSON:
            _write_json(list(counted), out)
        case Format.JSONL:
            for row in counted:
                out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        case Format.CSV:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([heading for heading, _ in columns])
            for row in counted:
                writer.writerow([_text(_pick(row, names)) for _, names in columns])
        case Format.TABLE if out.isatty():
            _table(counted, columns)
        case Format.TABLE:
            for row in counted:
                cells = [_plain(_text(_pick(row, names))) for _, names in columns]
                out.write("\t".join(cells) + "\n")
    return counted.count


def show_one(row: Row, form: Format, out: TextIO | None = None) -> None:
    """Write one thing with all its fields."""
    out = sys.stdout if out is None else out
    match form:
        case Format.JSON:
            _write_json(row, out)
        case Format.JSONL:
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        case Format.CSV:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(row.keys())
            writer.writerow([_text(value) for value in row.values()])
        case Format.TABLE:
            width = max(map(len, row), default=0) if out.isatty() else 0
            for name, value in row.items():
                gap = " " * (width - len(name) + 2) if width else "\t"
                out.write(f"{name}{gap}{_plain(_text(value))}\n")


def note(text: str) -> None:
    """A line for people, beside the results."""
    print(_plain(text), file=sys.stderr)  # noqa: T201 - the command's output


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, _ in columns:
        table.add_column(heading.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_plain(_text(_pick(row, names)))) for _, names in columns))
    Console(highlight=False).print(table)


def _write_json(value: object, out: TextIO) -> None:
    out.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _pick(row: Row, names: Sequence[str]) -> object:
    return next((row[name] for name in names if name in row), None)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(value)


def _plain(text: str) -> str:
    """Text without control characters: what a station says must not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def columns(*names: str) -> list[Column]:
    """Columns by field name; `station_id|id` takes the first of the two that is there."""
    split = [name.split("|") for name in names]
    return [(each[0], tuple(chain(each))) for each in split]
