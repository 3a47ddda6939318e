"""What an operator may read in a log or an answer can be looked up."""

import re
import subprocess
import sys
from pathlib import Path

from voltaro.edge.refusals import Reason

ROOT = Path(__file__).parents[2]
OPERATE = ROOT / "docs" / "operate"
#: A log call and its event, also on the next line, also as one of two.
CALL = re.compile(
    r"log\.(?:warning|error|exception)\(\s*\"([^\"]+)\"(?:\s+if .*? else\s+\"([^\"]+)\")?"
)


def test_every_warning_and_error_of_the_log_is_explained():
    text = (OPERATE / "troubleshooting.md").read_text()
    events = {
        event
        for path in (ROOT / "src" / "voltaro").rglob("*.py")
        for found in CALL.finditer(path.read_text())
        for event in found.groups()
        if event
    }

    assert len(events) > 20
    assert not sorted(event for event in events if f"`{event}`" not in text)


def test_every_reason_for_refusing_an_upgrade_is_explained():
    text = (OPERATE / "troubleshooting.md").read_text()

    assert not [reason.value for reason in Reason if f"| `{reason.value}` |" not in text]


def test_the_worked_example_is_the_code_as_it_stands():
    text = (ROOT / "docs" / "add-a-message.md").read_text()
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", text, re.DOTALL)

    assert len(blocks) >= 10
    assert not [(path, code) for path, code in blocks if code not in (ROOT / path).read_text()]


def test_every_file_that_the_example_names_exists():
    text = (ROOT / "docs" / "add-a-message.md").read_text()
    named = {
        name for name in re.findall(r"`((?:src|tests|docs)/[\w/.]+)`", text) if "<" not in name
    }

    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_list_of_messages_is_that_of_the_route_tables():
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_messages_doc.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr
