"""Writes docs/certification.md: which tests play which cases of the OCPP 2.0.1 certification of a CSMS.

`--check` changes nothing and fails when the page is out of date. Either way it fails when a case has no test.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
DOCUMENT = ROOT / "docs" / "certification.md"

#: Cases by profile and block: mandatory ones, and those that a feature of ours makes mandatory (Open Charge
#: Alliance, conformance tests of OCPP 2.0.1, edition 3 with its errata of April 2025).
MANDATORY = {
    "Core": {
        "A": "01 02 03 04 06 09 10 19",
        "B": "01 06 09 20 21 22 42 44 58",
        "C": "02 06 07 08 20 37 38 39 47 48 49",
        "E": "01 02 03 04 07 08 09 10 11 12 14 15 16 17 19 20 21 22 26 38 39 53",
        "F": "01 02 03 04 20 27",
        "G": "03 04 05 06 07 08 11 14 17 20",
        "J": "01 02 03 04 07 08 09 10 11",
        "L": "01 04 05 06 07 08 09 10 11 13",
        "M": "01 02 05 13 18 19 20 21",
        "N": "25 27 28 29 30 31 32 34 35 36",
        "P": "02 03",
    },
    "Advanced Security": {"A": "07 08 11 14"},
    "Local Authorization List Management": {"C": "40 43", "D": "01 02 03 04 09", "N": "46"},
    "Smart Charging": {
        "K": "01 03 04 05 06 08 15 19 29 30 31 32 33 34 35 36 37 43 44 60 70",
    },
    "Advanced Device Management": {
        "B": "12 14 18",
        "N": "01 02 03 05 08 16 17 18 21 24 44 47 49 50 60",
    },
    "Reservation": {"H": "01 07 17 19 20 22"},
    "Advanced User Interface": {"I": "01 02", "O": "01 12 13 14 17 18 19 26"},
}
CONDITIONAL = {
    "Core": {
        "B": "02 07 10 12 13 25 26 27 30 31",
        "E": "29 30 31 33 34",
        "F": "06 11 12 13 14 15 18 23 24",
        "L": "02 03",
        "N": "62",
    },
    "Local Authorization List Management": {"D": "08"},
    "Smart Charging": {"K": "10"},
    "Reservation": {"H": "08 14 15"},
}

_CASE = re.compile(r"TC_([A-Z]_\d\d)(?!\d)", re.IGNORECASE)
_HEAD = """\
# Certification cases

Written by `tools/generate_certification_doc.py` from the names of the tests; do not edit.

The Open Charge Alliance certifies a CSMS for OCPP 2.0.1 by test cases. Voltaro has no certificate. Every case that
is mandatory for a CSMS in the profiles below is played by a test of ours, over a real socket, in which the test is the
station and checks what the case checks; so are the conditional ones, all of whose features Voltaro has. Most tests
play 2.1 as well. Paths begin in `tests/`. Cases of the profile *ISO 15118 Support* are played where the feature is there already; that profile
is not complete.

**M**: mandatory for every CSMS of the profile. C: mandatory because Voltaro has the feature.
"""


def tests_by_case() -> dict[str, list[str]]:
    """The tests that name a case in their name, their docstring, their parameters or the tables that they use."""
    found = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text()
        for name, source in _pieces(text):
            for case in _CASE.findall(source):
                found[case.upper()].add(f"{path.relative_to(TESTS)}::{name}")
    return {case: sorted(where) for case, where in found.items()}


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Each test function with its source and the tables that it uses."""
    lines, tests, tables = text.splitlines(), {}, {}
    for node in ast.parse(text).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        source = "\n".join(lines[first - 1 : node.end_lineno])
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            tests[node.name] = source
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            tables[node.targets[0].id] = source
    for name, source in tests.items():
        if name.startswith("test_"):
            used = [table for key, table in tables.items() if re.search(rf"\b{key}\b", source)]
            yield name, "\n".join([source, *used])


def cases() -> Iterator[tuple[str, str, str]]:
    """Profile, case and status, in the order of the profiles."""
    for profile, blocks in MANDATORY.items():
        for status, listed in (("**M**", blocks), ("C", CONDITIONAL.get(profile, {}))):
            for block, numbers in listed.items():
                for number in numbers.split():
                    yield profile, f"{block}_{number}", status


def page() -> str:
    """The whole page.

    Raises:
        SystemExit: a case has no test.
    """
    played = tests_by_case()
    if missing := [case for _, case, _ in cases() if case not in played]:
        sys.exit(f"no test names TC_{', TC_'.join(missing)}")
    parts, before = [_HEAD], ""
    for profile, case, status in sorted(cases(), key=_place):
        if profile != before:
            parts.append(f"\n## {profile}\n\n| Case | | Test |\n|---|---|---|\n")
            before = profile
        where = "<br>".join(f"`{each}`" for each in played[case])
        parts.append(f"| TC_{case} | {status} | {where} |\n")
    return "".join(parts)


def _place(row: tuple[str, str, str]) -> tuple[int, str]:
    profile, case, _ = row
    return list(MANDATORY).index(profile), case


def main() -> None:
    """Write, or compare."""
    wanted = page()
    if "--check" in sys.argv:
        if not DOCUMENT.is_file() or DOCUMENT.read_text() != wanted:
            sys.exit(f"{DOCUMENT} is out of date: run python tools/generate_certification_doc.py")
        return
    DOCUMENT.write_text(wanted)


if __name__ == "__main__":
    main()
