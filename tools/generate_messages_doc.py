"""Writes docs/messages.md: which messages of which version are served, from the route tables.

`--check` changes nothing and fails when the document is out of date.
"""

import sys
from pathlib import Path

from voltaro.protocol.route_tables import ROUTES
from voltaro.protocol.schemas import SENDS, actions, station_actions
from voltaro.protocol.versions import OcppVersion

DOCUMENT = Path(__file__).parents[1] / "docs" / "messages.md"
VERSIONS = {OcppVersion.V16: "1.6", OcppVersion.V201: "2.0.1", OcppVersion.V21: "2.1"}

HEAD = """# Messages

Written by `tools/generate_messages_doc.py` from the route tables and the schemas of the `ocpp` package; do not edit.
How a message is added is told in [add-a-message.md](add-a-message.md).

## From the station to Voltaro

**served**: read, decided, made durable and answered. *not yet*: answered with the CALLERROR `NotSupported`, and kept in
the journal. -: that version has no such message; it is answered with `NotImplemented`.

"""

TAIL = """
## From Voltaro to the station

{sent}
"""


def _cell(action: str, version: OcppVersion) -> str:
    if action in ROUTES[version]:
        return "**served**"
    return "*not yet*" if action in station_actions(version) else "-"


def _block(action: str) -> str:
    for version in VERSIONS:
        if (served := ROUTES[version].get(action)) is not None:
            name: str = served.route.read.__module__.rpartition(".")[2]
            return f"`{name}`"
    return ""


def document() -> str:
    """The whole document."""
    names = sorted(set().union(*(station_actions(version) for version in VERSIONS)))
    rows = ["| Message | Block | " + " | ".join(VERSIONS.values()) + " |"]
    rows.append("|---" * (2 + len(VERSIONS)) + "|")
    for name in names:
        cells = " | ".join(_cell(name, version) for version in VERSIONS)
        note = " (SEND: without an answer)" if name in SENDS else ""
        rows.append(f"| `{name}`{note} | {_block(name)} | {cells} |")
    rows.append("")
    for version, shown in VERSIONS.items():
        count = sum(name in ROUTES[version] for name in station_actions(version))
        rows.append(f"* OCPP {shown}: {count} of {len(station_actions(version))} served.")
    sent = []
    for version, shown in VERSIONS.items():
        ours = sorted(actions(version) - (station_actions(version) - {"DataTransfer"}))
        listed = ", ".join(f"`{name}`" for name in ours)
        sent.append(f"* OCPP {shown} has {len(ours)}: {listed}.")
    return HEAD + "\n".join(rows) + "\n" + TAIL.format(sent="\n".join(sent))


def main() -> None:
    """Write, or compare."""
    wanted = document()
    if "--check" in sys.argv:
        if not DOCUMENT.exists() or DOCUMENT.read_text() != wanted:
            sys.exit(f"{DOCUMENT} is out of date: run python tools/generate_messages_doc.py")
        return
    DOCUMENT.write_text(wanted)


if __name__ == "__main__":
    main()
