"""Meter values: every reading is kept, and belongs where it can."""

from uuid import UUID

from tests.domain.scenes import T0, minutes, register, transaction
from voltaro.domain.metering import METER_VALUES, MeteringFacts, MeterValuesReported
from voltaro.domain.transactions import Flag, SamplesRecorded, TransactionMetered, TransactionOpened
from voltaro.domain.values import changed


def reported(**changes):
    plain = MeterValuesReported(
        station_id="S",
        at=T0,
        received_at=T0 + minutes(10),
        evse_id=1,
        station_ref=None,
        samples=(register(2000, T0 + minutes(10)),),
    )
    return changed(plain, **changes)


def decide(event, known=None, open_here=()):
    return METER_VALUES.decide(event, MeteringFacts(UUID(int=1), known, open_here))


def test_a_reading_moves_the_transaction_it_names():
    known = transaction()

    saved, recorded = decide(reported(station_ref="7"), known).changes

    assert isinstance(saved, TransactionMetered)
    assert saved.transaction.energy_wh == 1000
    assert isinstance(recorded, SamplesRecorded)
    assert recorded.transaction_id == known.id


def test_a_reading_without_usable_id_belongs_to_the_open_transaction_of_its_evse():
    here, there = transaction(), transaction(evse_id=2)

    recorded = decide(reported(), open_here=(there, here)).changes[-1]

    assert recorded.transaction_id == here.id


def test_a_reading_from_before_the_transaction_is_not_its():
    early = reported(samples=(register(900, T0 - minutes(1)),))

    (recorded,) = decide(early, open_here=(transaction(),)).changes

    assert recorded.transaction_id is None


def test_a_reading_after_the_end_is_attached_and_moves_nothing():
    known = transaction(ended_at=T0 + minutes(5), ended_received_at=T0 + minutes(5))
    known = changed(known, register_last=known.register_start, register_last_at=T0 + minutes(5))

    saved, recorded = decide(reported(station_ref="7"), known).changes

    assert saved.transaction.energy_wh == 0
    assert recorded.transaction_id == known.id


def test_a_reading_of_an_unknown_transaction_opens_it_from_there_on():
    opened, recorded = decide(reported(station_ref="4711")).changes

    assert isinstance(opened, TransactionOpened)
    assert (opened.transaction.station_ref, opened.transaction.evse_id) == ("4711", 1)
    assert opened.transaction.started_at == T0 + minutes(10)
    assert opened.transaction.register_start == 2000
    assert Flag.START_MISSING in opened.transaction.flags
    assert recorded.transaction_id == opened.transaction.id


def test_a_reading_that_is_no_energy_opens_nothing():
    voltage = changed(register(230, T0), measurand="Voltage", unit="V")

    (recorded,) = decide(reported(station_ref="4711", samples=(voltage,))).changes

    assert recorded.transaction_id is None


def test_the_main_meter_is_kept_without_a_transaction():
    (recorded,) = decide(reported(evse_id=None), open_here=(transaction(),)).changes

    assert (recorded.evse_id, recorded.transaction_id) == (None, None)


def test_an_empty_list_of_readings_is_answered_and_forgotten():
    assert decide(reported(samples=())).changes == ()


def test_readings_leave_a_receipt_so_that_a_retry_does_not_double_them():
    assert decide(reported()).receipt is not None
