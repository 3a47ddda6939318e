"""The rules of the house that no other tool checks."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "voltaro"
GENERATED = {SRC / "protocol" / "wire" / "v16.py", SRC / "protocol" / "wire" / "v21.py"}
LONGEST = 400
VERSION_NAMES = {"V16", "V201", "V21", "OCPP16", "OCPP201", "OCPP21"}
VERSION_WORDS = {"1.6", "2.0.1", "2.1", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}


def sources(folder=SRC):
    return [path for path in folder.rglob("*.py") if path not in GENERATED]


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    files = [ROOT / name for name in names if name]
    return [path for path in files if path.is_file() and path.suffix not in {".png", ".ico"}]


def test_no_module_is_longer_than_a_reader_can_hold():
    long = {str(p.relative_to(SRC)): n for p in sources() if (n := len(_lines(p))) > LONGEST}

    assert not long


def test_no_module_has_a_name_that_says_nothing():
    assert not [p for p in sources() if p.stem in VAGUE]


def test_every_module_says_what_it_is_for():
    empty = [p for p in sources() if p.read_text().strip()]

    assert not [str(p) for p in empty if not p.read_text().lstrip().startswith(('"""', 'r"""'))]


def asks_for_a_version(node):
    """Whether a comparison, or a pattern, is one with a protocol version."""
    operands = [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node.value]
    parts = [part for operand in operands for part in ast.walk(operand)]
    names = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    words = {part.value for part in parts if isinstance(part, ast.Constant)}
    return bool(names & VERSION_NAMES or words & VERSION_WORDS)


def test_nothing_outside_the_protocol_layer_asks_for_a_version():
    asking = {
        str(path.relative_to(SRC))
        for path in sources()
        if path.relative_to(SRC).parts[0] not in {"protocol", "testing"}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare | ast.MatchValue) and asks_for_a_version(node)
    }
    shown = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "web" / "src").rglob("*")
        if path.suffix in {".ts", ".svelte"}
        and re.search(r"[=!]==? \"ocpp[12]|\"ocpp[12][0-9.]*\" [=!]==?", path.read_text())
    }

    # Which of its own stations' tokens have a type.
    assert asking == {"cli/simulate.py"}
    # Whether there is a device model to show.
    assert shown == {"web/src/commands/descriptor.ts"}


def test_there_is_one_way_to_make_another_value_out_of_one():
    """`dataclasses.replace` refuses values, and the type checker does not see it (ADR 0035)."""
    other_way = re.compile(
        r"\bdataclasses\.replace\(|^from dataclasses import .*\breplace\b", re.MULTILINE
    )

    found = {str(p.relative_to(SRC)) for p in sources() if other_way.search(p.read_text())}

    assert found == {"domain/values.py"}


def test_tests_do_not_sleep():
    naps = re.compile(r"\b(?:time|asyncio)\.sleep\(")
    # The pattern itself stands in this file.
    files = [p for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__)]

    assert not [str(p) for p in files if naps.search(p.read_text())]


def test_the_wire_types_are_those_of_the_installed_ocpp_package():
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_wire.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout + check.stderr


def test_every_certification_case_has_a_test_and_the_page_says_which():
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_certification_doc.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout + check.stderr


def test_imports_point_one_way():
    lint = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert lint.returncode == 0, lint.stdout


def test_no_file_names_the_host_of_a_package_registry():
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|://[^\s\"')]*/simple\b")
    named = [
        str(p.relative_to(ROOT))
        for p in tracked()
        if p != Path(__file__) and hosts.search(p.read_text(errors="replace"))
    ]

    assert not named


def test_the_lock_pins_every_dependency_and_names_no_url():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in _lines(ROOT / name):
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line


def test_the_lock_of_the_console_names_no_place_that_packages_come_from():
    web = ROOT / "web"

    assert "omit-lockfile-registry-resolved=true" in _lines(web / ".npmrc")
    packages = json.loads((web / "package-lock.json").read_text())["packages"]
    assert len(packages) > 1
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if name and not entry.get("integrity")]


def test_every_link_in_the_documents_leads_somewhere():
    broken = []
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for document in documents:
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
        broken += [
            f"{document.relative_to(ROOT)}: {target}"
            for target in targets
            if "://" not in target and not (document.parent / target).exists()
        ]

    assert not broken


def _lines(path):
    return path.read_text().splitlines()
