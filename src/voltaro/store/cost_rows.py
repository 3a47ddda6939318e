"""Tariffs and costs as JSON in rows: prices are text, so that no digit is lost on the way."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from voltaro.domain.tariffs import Cost, CostLine, Tariff

#: A fleet has few tariffs, and each of its sessions has one of them.
_TARIFFS = 1024


@lru_cache(_TARIFFS)
def tariff_text(tariff: Tariff) -> str:
    return msgspec.json.encode(tariff).decode()


@lru_cache(_TARIFFS)
def tariff_from_text(text: str) -> Tariff:
    return msgspec.json.decode(text, type=Tariff)


def terms_of(tariff: Tariff) -> dict[str, Any]:
    """As JSON can hold it."""
    return dict(msgspec.to_builtins(tariff))


def tariff_from(terms: Mapping[str, Any] | None) -> Tariff | None:
    return msgspec.convert(terms, Tariff) if terms is not None else None


def lines_text(cost: Cost) -> str:
    return msgspec.json.encode(cost.lines).decode()


def cost_from(currency: str | None, lines: Sequence[Mapping[str, Any]] | None) -> Cost | None:
    """The cost that was stored; None where there is none."""
    if currency is None or lines is None:
        return None
    return Cost(currency=currency, lines=msgspec.convert(lines, tuple[CostLine, ...]))
