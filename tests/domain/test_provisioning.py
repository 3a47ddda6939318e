"""Boot and heartbeat."""

from datetime import UTC, datetime

import pytest

from voltaro.domain.provisioning import (
    BOOT,
    HEARTBEAT,
    BootFacts,
    BootRecorded,
    Heartbeat,
    Registration,
    StationBooted,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("registration", "interval_s"),
    [(Registration.ACCEPTED, 300), (Registration.PENDING, 30), (Registration.REJECTED, 30)],
)
def test_a_boot_is_told_registration_time_and_when_to_come_again(registration, interval_s):
    event = StationBooted(station_id="S", at=NOW, received_at=NOW, vendor="V", model="M")

    decision = BOOT.decide(event, BootFacts(registration, 300, 30))

    assert decision.reply.registration is registration
    assert decision.reply.now == NOW
    assert decision.reply.interval_s == interval_s
    assert decision.changes == (BootRecorded(event),)


def test_a_heartbeat_needs_nothing_but_the_time():
    event = Heartbeat(station_id="S", at=NOW, received_at=NOW)

    decision = HEARTBEAT.decide(event, None)

    assert (decision.reply, decision.changes) == (NOW, ())
