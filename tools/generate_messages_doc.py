"""Writes docs/messages.md: which messages of which version are served, from the route tables.

`--check` changes nothing and fails when the document is out of date.
"""

import sys
from pathlib import Path

from voltaro.protocol.command_tables import CALLS
from voltaro.protocol.route_tables import ROUTES
from voltaro.protocol.schemas import SENDS, actions, station_actions
from voltaro.protocol.versions import OcppVersion

DOCUMENT = Path(__file__).parents[1] / "docs" / "messages.md"
VERSIONS = {OcppVersion.V16: "1.6", OcppVersion.V201: "2.0.1", OcppVersion.V21: "2.1"}

HEAD = """# Messages

Written by `tools/generate_messages_doc.py` from the route tables and the schemas of the `ocpp` package; do not edit.
How a message is added is told in [add-a-message.md](add-a-message.md).

## From the station to Voltaro

**served**: read, decided, made durable and answered. **refused**: served, and always answered with a no; the reasons are
below. *not yet*: answered with the CALLERROR `NotSupported`, and kept in the journal. -: that version has no such message;
it is answered with `NotImplemented`.

"""

#: Messages whose answer is always a no, and why.
REFUSED = {
    "Get15118EVCertificate": "no provider of contract certificates is connected",
    "GetCertificateChainStatus": "nobody is asked whether certificates of vehicles are revoked",
    "GetCertificateStatus": "no OCSP responder is asked",
    "VatNumberValidation": "VAT numbers are not looked up",
}

TAIL = """
## From Voltaro to the station

All of them can be sent through the raw door, `POST /api/v1/stations/{{id}}/ocpp/{{Action}}`. **typed**: also part of a
command in words that are the same for every version, with what it changes kept. -: that version has no such message.

"""


def _sent() -> str:
    ours = {v: actions(v) - (station_actions(v) - {"DataTransfer"}) - SENDS for v in VERSIONS}
    rows = ["| Message | " + " | ".join(VERSIONS.values()) + " |"]
    rows.append("|---" * (1 + len(VERSIONS)) + "|")
    for name in sorted(set().union(*ours.values())):
        cells = " | ".join(
            "-" if name not in ours[v] else "**typed**" if name in CALLS[v] else "raw"
            for v in VERSIONS
        )
        rows.append(f"| `{name}` | {cells} |")
    rows.append("")
    for version, shown in VERSIONS.items():
        count = sum(name in CALLS[version] for name in ours[version])
        rows.append(f"* OCPP {shown}: {count} of {len(ours[version])} typed.")
    return "\n".join(rows) + "\n"


def _cell(action: str, version: OcppVersion) -> str:
    if action in ROUTES[version]:
        return "**refused**" if action in REFUSED else "**served**"
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
    rows += ["", "Refused:", ""]
    rows += [f"* `{name}`: {why}." for name, why in REFUSED.items()]
    return HEAD + "\n".join(rows) + "\n" + TAIL.format() + _sent()


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
