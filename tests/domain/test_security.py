"""Security events, vendor messages, jobs: decided from the event alone."""

from datetime import UTC, datetime

import pytest

from voltaro.domain.data_transfer import DATA_TRANSFER, DataTransferStatus, VendorMessageSent
from voltaro.domain.security import (
    SECURITY_EVENT,
    SecurityEventRecorded,
    SecurityEventReported,
)

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ORIGIN = {"station_id": "CP", "at": NOW, "received_at": NOW}


@pytest.mark.parametrize(
    ("word", "critical"),
    [
        ("FirmwareUpdated", True),
        ("InvalidTLSCipherSuite", True),
        ("InvalidChargePointCertificate", True),
        ("ReconfigurationOfSecurityParameters", False),
        ("AttemptedReplayAttacks", False),
        ("SomethingOfTheVendor", False),
    ],
)
def test_an_event_is_critical_when_the_list_says_so(word, critical):
    event = SecurityEventReported(**ORIGIN, type=word)

    decision = SECURITY_EVENT.decide(event, None)

    assert decision.changes == (SecurityEventRecorded(event, critical),)
    assert decision.receipt is not None


def test_an_event_without_a_time_of_its_own_is_never_taken_for_a_repetition():
    event = SecurityEventReported(**ORIGIN, type="ResetOrReboot", clock_trusted=False)

    assert SECURITY_EVENT.decide(event, None).receipt is None


@pytest.mark.parametrize(
    ("vendor", "message", "status"),
    [
        ("com.example", "x", DataTransferStatus.UNKNOWN_VENDOR_ID),
        ("org.openchargealliance.costmsg", "x", DataTransferStatus.UNKNOWN_MESSAGE_ID),
        ("org.openchargealliance.costmsg", None, DataTransferStatus.UNKNOWN_MESSAGE_ID),
    ],
)
def test_vendor_messages_that_nobody_knows(vendor, message, status):
    event = VendorMessageSent(**ORIGIN, vendor_id=vendor, message_id=message)

    assert DATA_TRANSFER.decide(event, None).reply is status
