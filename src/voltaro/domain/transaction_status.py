"""Asking a station how a transaction stands, and whether messages of it wait (2.x E14)."""

from dataclasses import dataclass
from typing import ClassVar

from voltaro.domain.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTransactionStatus(Command):
    """`station_ref` is the transaction's id on the wire; None: does any message wait at all?"""

    name: ClassVar[str] = "get_transaction_status"

    station_ref: str | None = None
