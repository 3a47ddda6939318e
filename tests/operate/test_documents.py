"""What an operator may read in a log or an answer can be looked up."""

import re
from pathlib import Path

from voltaro.edge.handshake import Reason

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
