"""What a station may send before it is accepted (2.x B01.FR.10, B02.FR.09, B03.FR.07)."""

from collections.abc import Collection

from voltaro.domain.provisioning import Registration
from voltaro.protocol.versions import OcppVersion

_BOOT = "BootNotification"
#: What has happened has happened: refused, it would be lost (1.6 §3.7).
_TRANSACTIONS = {
    OcppVersion.V16: frozenset({"StartTransaction", "StopTransaction", "MeterValues"}),
    OcppVersion.V201: frozenset({"TransactionEvent"}),
    OcppVersion.V21: frozenset({"TransactionEvent"}),
}


def admits(
    action: str, version: OcppVersion, *, strict: bool, awaited: Collection[str] = ()
) -> bool:
    """Whether a station that is not accepted may send this.

    `awaited` are the messages that we asked it for. A strict station has the boot and those.
    """
    if action == _BOOT or action in awaited:
        return True
    return not strict and action in _TRANSACTIONS[version]


_STARTS_AND_STOPS = frozenset(
    {
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "RequestStartTransaction",
        "RequestStopTransaction",
    }
)


def may_ask(action: str, registration: Registration) -> bool:
    """Whether a station in this state of registration may be asked (1.6 §4.2, 2.x B02, B03)."""
    match registration:
        case Registration.ACCEPTED:
            return True
        case Registration.PENDING:
            return action not in _STARTS_AND_STOPS
        case Registration.REJECTED:
            return False
