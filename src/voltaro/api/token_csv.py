"""Tokens as CSV (RFC 4180): a header row, then one token a line; what is exported can be imported."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

COLUMNS = (
    "value",
    "type",
    "status",
    "expires_at",
    "group",
    "master_pass",
    "credit_minor",
    "currency",
    "aliases",
)
#: Exported as well, and of no effect when imported.
_TOLD = ("created_at", "updated_at")
#: Between several texts in a cell.
_BETWEEN = "|"
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class BadCsv(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line


def write_rows(items: Iterable[Mapping[str, Any]], *, header: bool) -> str:
    """Lines for tokens as the API shows them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *_TOLD), lineterminator="\r\n")
    if header:
        writer.writeheader()
    writer.writerows({name: _cell(each) for name, each in item.items()} for item in items)
    return text.getvalue()


def read_rows(body: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, fields) of each row; an empty cell says nothing, like an absent field.

    Raises:
        BadCsv: it is no CSV with a header that we know.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise BadCsv(line, "the file is not UTF-8") from None
    first = text.partition("\n")[0]
    # Spreadsheets set to a language with decimal commas write semicolons.
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        header = _header(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    raise BadCsv(line, f"{len(cells)} cells, but the header has {len(header)}")
                yield line, _fields(dict(zip(header, cells, strict=False)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadCsv(line, f"not CSV: {error}") from None


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if "value" not in header:
        raise BadCsv(1, f"the first line must name the columns: {','.join(COLUMNS)}")
    for name in header:
        if name not in COLUMNS and name not in _TOLD:
            raise BadCsv(1, f"there is no column {name!r}; known: {', '.join(COLUMNS)}")
        if header.count(name) > 1:
            raise BadCsv(1, f"the column {name!r} is there twice")
    return header


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """What the cells say; one that is no number or no truth value is left for the model to refuse."""
    fields: dict[str, Any] = {
        name: text.strip() for name, text in cells.items() if text.strip() and name in COLUMNS
    }
    fields.setdefault("value", "")
    if "master_pass" in fields:
        fields["master_pass"] = _WORDS.get(fields["master_pass"].lower(), fields["master_pass"])
    if "aliases" in fields:
        fields["aliases"] = [each.strip() for each in fields["aliases"].split(_BETWEEN)]
    credit = fields.get("credit_minor", "")
    digits = credit.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 20:
        fields["credit_minor"] = int(credit)
    return fields


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return _BETWEEN.join(value)
    return str(value).lower() if isinstance(value, bool) else value
