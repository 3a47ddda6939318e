"""Telling a station what a session costs so far (2.x I02)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from voltaro.domain.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class CostUpdated(Command):
    """`station_ref` is the transaction's id on the wire, `total_cost` is in major units with tax."""

    name: ClassVar[str] = "cost_updated"
    #: Whoever stands in front of the station wants something else done first.
    priority: ClassVar[int] = -1

    station_ref: str
    total_cost: Decimal
