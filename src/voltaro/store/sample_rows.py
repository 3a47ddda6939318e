"""A sample as columns of the meter values, and back."""

from typing import Any

from voltaro.domain.quantities import Sample
from voltaro.store.models import MeterValue

#: Everything but `raw`, which no figure can be read from.
SAMPLED = (
    MeterValue.sampled_at,
    MeterValue.measurand,
    MeterValue.value,
    MeterValue.unit,
    MeterValue.phase,
    MeterValue.context,
    MeterValue.location,
)


def to_sample(row: Any) -> Sample:
    """From a row that has those columns."""
    return Sample(
        at=row.sampled_at,
        measurand=row.measurand,
        value=row.value,
        unit=row.unit,
        phase=row.phase,
        context=row.context,
        location=row.location,
    )
