"""Samples as the database keeps them: by instant as JSON, or as rows of a view."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Numeric, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from voltaro.domain.quantities import Sample


class _Stored(msgspec.Struct, omit_defaults=True, gc=False):
    """One sample in the JSON of an instant; what it does not say is as OCPP has it by default."""

    measurand: str
    value: Decimal | None = None
    unit: str | None = None
    phase: str | None = None
    context: str = "Sample.Periodic"
    location: str = "Outlet"
    raw: str | None = None


_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(list[_Stored]).decode


def by_instant(samples: Iterable[Sample]) -> list[tuple[datetime, str]]:
    """The samples of each instant as JSON text, in the order in which the instants came."""
    instants: dict[datetime, list[_Stored]] = {}
    for s in samples:
        stored = _Stored(s.measurand, s.value, s.unit, s.phase, s.context, s.location, s.raw)
        instants.setdefault(s.at, []).append(stored)
    return [(at, _encode(stored).decode()) for at, stored in instants.items()]


def samples_at(at: datetime, text: str) -> list[Sample]:
    """What the JSON text of an instant says."""
    return [
        Sample(
            at=at,
            measurand=each.measurand,
            value=each.value,
            unit=each.unit,
            phase=each.phase,
            context=each.context,
            location=each.location,
            raw=each.raw,
        )
        for each in _decode(text)
    ]


class _Views(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012  declared so by SQLAlchemy
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
    }


class MeterSample(_Views):
    """One sampled value; a view over meter readings, and over the table that was before them."""

    __tablename__ = "meter_samples"

    station_id: Mapped[str] = mapped_column(primary_key=True)
    evse_id: Mapped[int | None]
    transaction_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    sampled_at: Mapped[datetime] = mapped_column(primary_key=True)
    measurand: Mapped[str]
    value: Mapped[Decimal | None]
    unit: Mapped[str | None]
    phase: Mapped[str | None]
    context: Mapped[str]
    location: Mapped[str]
    raw: Mapped[str | None]


#: Everything but `raw`, which no figure can be read from.
SAMPLED = (
    MeterSample.sampled_at,
    MeterSample.measurand,
    MeterSample.value,
    MeterSample.unit,
    MeterSample.phase,
    MeterSample.context,
    MeterSample.location,
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
