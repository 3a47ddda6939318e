"""Samples are kept by instant, and read back to the last digit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voltaro.domain.quantities import Sample
from voltaro.domain.transactions import SamplesRecorded
from voltaro.store.changes.transactions import samples_parts
from voltaro.store.parts import write_alone
from voltaro.store.sample_rows import by_instant, samples_at

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
#: What PostgreSQL can keep, quotes and newlines included.
TEXT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=30
)
SAMPLES = st.lists(
    st.builds(
        Sample,
        at=st.integers(0, 3).map(lambda n: NOW + timedelta(seconds=n)),
        measurand=st.sampled_from(["Energy.Active.Import.Register", "SoC"]) | TEXT,
        value=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=4),
        unit=st.none() | st.just("Wh") | TEXT,
        phase=st.none() | st.just("L1"),
        context=st.just("Sample.Periodic") | TEXT,
        location=st.just("Outlet") | TEXT,
        raw=st.none() | TEXT,
    ),
    max_size=8,
)


@given(SAMPLES)
def test_what_is_kept_is_what_was_measured(samples):
    kept = [each for at, text in by_instant(samples) for each in samples_at(at, text)]

    assert sorted(map(repr, kept)) == sorted(map(repr, samples))
    assert len({at for at, _ in by_instant(samples)}) == len(by_instant(samples))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SAMPLES)
async def test_the_view_shows_every_value_as_a_row_of_its_own(database_url, samples):
    change = SamplesRecorded(
        station_id="S",
        evse_id=1,
        transaction_id=UUID(int=1),
        received_at=NOW,
        samples=tuple(samples),
    )
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("DELETE FROM meter_readings")
        for part in samples_parts([change]):
            await write_alone(connection, part)
        rows = await connection.fetch("SELECT * FROM meter_samples")
    finally:
        await connection.close()

    def told(s, at):
        return (at, s.measurand, s.value, s.unit, s.phase, s.context, s.location, s.raw)

    shown = [told(SimpleNamespace(**row), row["sampled_at"]) for row in rows]
    assert sorted(map(repr, shown)) == sorted(repr(told(s, s.at)) for s in samples)


async def test_values_from_before_are_read_beside_the_new_ones(database_url):
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO meter_values VALUES"
        " ('S', 1, NULL, $1, $1, 'SoC', 55, 'Percent', NULL, 'Sample.Clock', 'EV', NULL)",
        NOW,
    )
    await connection.execute(
        "INSERT INTO meter_readings VALUES ('S', 1, NULL, $1, $1,"
        """ '[{"measurand": "SoC", "value": 56.0, "unit": "Percent"}]')""",
        NOW,
    )
    rows = await connection.fetch("SELECT * FROM meter_samples ORDER BY value")
    await connection.close()

    assert [(row["value"], row["context"], row["location"]) for row in rows] == [
        (Decimal(55), "Sample.Clock", "EV"),
        (Decimal("56.0"), "Sample.Periodic", "Outlet"),
    ]
