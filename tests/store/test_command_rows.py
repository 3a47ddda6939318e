"""The record of a command, as it outlives the server."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord
from voltaro.domain.follow_up import Expectation, Followed, Proof
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    ProfileKind,
    Purpose,
    RateUnit,
    SchedulePeriod,
)
from voltaro.store.command_rows import encode_record, read_record

T0 = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
PROFILE = ChargingProfile(
    profile_id=1,
    stack_level=0,
    purpose=Purpose.TX,
    kind=ProfileKind.ABSOLUTE,
    valid_to=T0,
    schedules=(
        ChargingSchedule(
            id=1,
            rate_unit=RateUnit.A,
            start_at=T0,
            periods=(SchedulePeriod(start_s=0, limit=Decimal("8.1")),),
        ),
    ),
)


def test_a_remote_start_still_knows_its_profile_after_a_restart():
    record = CommandRecord(
        id=UUID(int=1),
        station_id="CP-1",
        name="request_start",
        arguments={"profile_id": 1},
        author="key",
        state=CommandState.ACCEPTED,
        created_at=T0,
        awaits=Expectation(
            follows=Followed.TRANSACTION_BEGINS, within_s=180, missed="x", profile=PROFILE
        ),
        awaits_until=T0,
        proof=Proof(succeeded=True, station_ref="7", evse_id=1),
    )

    stored = json.loads(encode_record(record))

    assert read_record(stored) == record


def test_what_a_station_told_in_decimals_is_kept_as_numbers():
    record = CommandRecord(
        id=UUID(int=1),
        station_id="CP-1",
        name="get_composite_schedule",
        arguments={},
        author="key",
        state=CommandState.ACCEPTED,
        created_at=T0,
        result={"limit": Decimal("8.1")},
    )

    assert json.loads(encode_record(record))["result"] == {"limit": 8.1}
