"""Prices and costs as they are shown: prices are text, amounts are whole minor units."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from voltaro.domain.tariffs import Cost, CostLine, Tariff, cost_of

CurrencyCode = Annotated[
    str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
]


class ShownCostLine(BaseModel):
    """One part of a cost."""

    kind: Literal["energy", "time", "start", "tax"] = Field(examples=["energy"])
    price: str = Field(
        description="For a kWh, a minute, a session; of a tax the percentage.", examples=["0.39"]
    )
    energy_wh: int | None = Field(description="Of energy: how much.", examples=[11040])
    duration_s: int | None = Field(description="Of time: how long.", examples=[None])
    amount_minor: int = Field(examples=[431])


class ShownCost(BaseModel):
    """What a session costs: so far while it is open, and for good when it has ended."""

    currency: CurrencyCode
    total_minor: int = Field(
        description="With tax, in the smallest unit of the currency: the sum of the lines.",
        examples=[513],
    )
    lines: list[ShownCostLine]


def shown_cost(cost: Cost | None) -> dict[str, Any] | None:
    """A cost as `ShownCost` has it."""
    if cost is None:
        return None
    total = cost.total
    return {
        "currency": total.currency,
        "total_minor": total.minor,
        "lines": [_line(line) for line in cost.lines],
    }


def running_cost(
    tariff: Tariff | None, energy_wh: int | None, started_at: datetime, now: datetime
) -> Cost | None:
    """What a session that is still open has cost until now."""
    return cost_of(tariff, energy_wh or 0, now - started_at) if tariff is not None else None


def _line(line: CostLine) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "price": f"{line.price:f}",
        "energy_wh": line.energy_wh,
        "duration_s": line.duration_s,
        "amount_minor": line.amount_minor,
    }
