"""Security events of stations (1.6 security whitepaper, 2.x functional block A)."""

from dataclasses import dataclass
from datetime import timedelta

from voltaro.domain.decision import Change, Decision, Nothing, Receipt, Rule, StationEvent

_KEEP = timedelta(days=90)

#: What the list of security events calls critical (2.x part 2 appendix 1; names of 1.6 included).
CRITICAL = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidCsmsCertificate",
        "InvalidCentralSystemCertificate",
        "InvalidChargingStationCertificate",
        "InvalidChargePointCertificate",
        "DiscardedRenewedClientCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
    }
)


class SecurityEventReported(StationEvent, kw_only=True):
    """`type` is the station's word, also where the specification has none like it."""

    type: str
    tech_info: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityEventRecorded(Change):
    event: SecurityEventReported
    critical: bool


def _record(event: SecurityEventReported, _facts: None) -> Decision[None]:
    """Keep it (A04.FR.03); one without a time of its own cannot be told from a repetition."""
    recorded = SecurityEventRecorded(event, event.type in CRITICAL)
    return Decision(None, (recorded,), Receipt(_KEEP) if event.clock_trusted else None)


SECURITY_EVENT: Rule[SecurityEventReported, None, None] = Rule(lambda _event: Nothing(), _record)
