"""Gauges follow what has become durable: they begin, move and end with their transactions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from voltaro.domain.availability import ChargingState
from voltaro.domain.gauges import BLANK
from voltaro.domain.quantities import Sample
from voltaro.domain.transactions import (
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.domain.values import changed
from voltaro.services.gauges import Gauges

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = Transaction(
    id=UUID(int=1),
    station_id="CP-1",
    station_ref="1",
    evse_id=1,
    started_at=NOW,
    started_received_at=NOW,
    last_event_at=NOW,
)


def samples(power_w, *, transaction_id=OPEN.id, evse_id=1):
    measured = Sample(at=NOW, measurand="Power.Active.Import", value=Decimal(power_w), unit="W")
    return SamplesRecorded(
        station_id="CP-1",
        evse_id=evse_id,
        transaction_id=transaction_id,
        received_at=NOW,
        samples=(measured,),
    )


@pytest.fixture
def gauges():
    gauges = Gauges()
    gauges.learn((TransactionOpened(OPEN),))
    return gauges


def everyone(_station_id):
    return True


def test_samples_move_the_gauge_of_their_transaction(gauges):
    gauges.learn((TransactionMetered(OPEN), samples(7000)))

    assert gauges.get(OPEN.id).power_w == gauges.power_w(everyone) == 7000
    assert gauges.power_w(lambda station_id: station_id != "CP-1") == 0


@pytest.mark.parametrize(
    "changes",
    [
        (samples(7000),),
        (TransactionMetered(OPEN), samples(7000, transaction_id=UUID(int=2))),
        (TransactionMetered(OPEN), samples(7000, transaction_id=None)),
        (TransactionMetered(OPEN), samples(7000, evse_id=None)),
    ],
)
def test_samples_of_something_else_do_not(gauges, changes):
    gauges.learn(changes)

    assert gauges.get(OPEN.id) == BLANK


def test_readings_without_a_place_count_for_a_transaction_without_one():
    nowhere = changed(OPEN, evse_id=None)
    gauges = Gauges()

    gauges.learn((TransactionOpened(nowhere), samples(7000, evse_id=None)))

    assert gauges.get(OPEN.id).power_w == 7000


def test_gauge_ends_with_its_transaction_also_when_that_brings_samples(gauges):
    ended = changed(OPEN, ended_at=NOW, ended_received_at=NOW)

    gauges.learn((TransactionSaved(ended), samples(7000)))

    assert (len(gauges), gauges.get(OPEN.id)) == (0, BLANK)


def test_samples_that_come_after_the_end_bring_nothing_back(gauges):
    ended = changed(OPEN, ended_at=NOW, ended_received_at=NOW)
    gauges.learn((TransactionSaved(ended),))

    gauges.learn((TransactionMetered(ended), samples(7000)))

    assert len(gauges) == 0


def test_pause_lasts_from_the_first_word_of_it_until_energy_flows(gauges):
    """2.x tells the state with the transaction, and again with each message."""
    paused = changed(OPEN, charging_state=ChargingState.SUSPENDED_EV, last_event_at=NOW + HOUR)
    gauges.learn((TransactionSaved(paused),))
    gauges.learn((TransactionMetered(changed(paused, last_event_at=NOW + 2 * HOUR)),))
    assert gauges.paused_since(OPEN.id) == NOW + HOUR

    gauges.learn((TransactionSaved(changed(OPEN, charging_state=ChargingState.CHARGING)),))

    assert gauges.paused_since(OPEN.id) is None


def test_pause_ends_with_the_transaction(gauges):
    paused = changed(OPEN, charging_state=ChargingState.SUSPENDED_EV)
    gauges.learn((TransactionSaved(paused),))

    gauges.learn((TransactionSaved(changed(paused, ended_at=NOW)),))

    assert gauges.paused_since(OPEN.id) is None
