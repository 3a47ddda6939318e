"""From a station's event to its durable decision: the one path every incoming message takes."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from voltaro.domain.decision import Decision, Rule, StationEvent
from voltaro.services.turns import Turns
from voltaro.store.counts import Tally
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow, ReceiptRow
from voltaro.store.loader import Loader
from voltaro.store.writer import Committed, Conflict, Writer

E = TypeVar("E", bound=StationEvent)
F = TypeVar("F")
R = TypeVar("R")

#: Conflicts are rare and resolve at once; this many in a row are a defect.
_ATTEMPTS = 8
_HANDLING_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Contended(Exception):
    """The facts changed under every attempt to decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A CALL as it arrived, for journal and receipt. `content` is its payload in canonical form.

    `frame` is masked and free of what the database cannot hold; `began` is `time.monotonic()`.
    """

    station_id: str
    protocol: str
    message_id: str | None
    action: str | None
    frame: str
    content: bytes
    received_at: datetime
    began: float

    def about(self, content: bytes) -> "Exchange":
        """The same exchange, with what it says in canonical form."""
        return replace(self, content=content)

    def row(self, reply: str | None, verdict: str) -> JournalRow:
        return JournalRow(
            id=uuid7(),
            station_id=self.station_id,
            received_at=self.received_at,
            direction="in",
            protocol=self.protocol,
            message_id=self.message_id,
            action=self.action,
            frame=self.frame,
            reply=reply,
            verdict=verdict,
            handling_ms=(time.monotonic() - self.began) * 1000,
        )


class Intake:
    """Decides one message at a time per station, and answers after the commit."""

    def __init__(self, loader: Loader, writer: Writer) -> None:
        self._loader = loader
        self._writer = writer
        self._stations = Turns()
        self._claims = Turns()
        #: From the turn of a CALL to its durable answer.
        self.handling_seconds = Tally(_HANDLING_S)

    async def handle(
        self, rule: Rule[E, F, R], event: E, exchange: Exchange, write: Callable[[R], str]
    ) -> str:
        """The reply's payload as text, once everything it promises is durable.

        Raises:
            NotStored, Contended: a defect of ours; nothing was made durable.
        """
        async with self._stations.take(event.station_id):
            claims = rule.claims(event)
            if not claims:
                return await self._decide(rule, event, exchange, write)
            async with self._claims.take_all(claims):
                return await self._decide(rule, event, exchange, write)

    def refused(self, exchange: Exchange, reply: str | None, verdict: str) -> None:
        """Remember a message that was answered with an error, or not at all."""
        self._writer.note(journal=exchange.row(reply, verdict))

    async def _decide(
        self, rule: Rule[E, F, R], event: E, exchange: Exchange, write: Callable[[R], str]
    ) -> str:
        for _ in range(_ATTEMPTS):
            facts = await self._loader.load(rule.query(event))
            decision = rule.decide(event, facts)
            reply = write(decision.reply)
            if not decision.changes and decision.receipt is None:
                self._writer.note(journal=exchange.row(reply, "ok"))
                return reply
            answer = await self._settle(decision, exchange, reply)
            if answer is not None:
                return answer
        raise Contended

    async def _settle(self, decision: Decision[R], exchange: Exchange, reply: str) -> str | None:
        """Commit; the reply to give, or None when the decision has to be made again."""
        receipt = _receipt(decision, exchange, reply)
        try:
            how = await self._writer.commit(
                decision.changes, receipt=receipt, journal=exchange.row(reply, "ok")
            )
        except Conflict:
            self._loader.forget(exchange.station_id)
            if receipt is None:
                return None
            first = await self._loader.receipt(receipt.station_id, receipt.key)
            if first is not None:
                self._writer.note(journal=exchange.row(first, "repeated"))
            return first
        if how is Committed.STORED:
            self._loader.learn(decision.changes)
        else:
            self._loader.forget(exchange.station_id)
            self._writer.note(journal=exchange.row(reply, "quarantined"))
        return reply


def _receipt(decision: Decision[R], exchange: Exchange, reply: str) -> ReceiptRow | None:
    if decision.receipt is None:
        return None
    digest = hashlib.blake2b(digest_size=16)
    for part in (exchange.action or "", decision.receipt.discriminator):
        digest.update(part.encode() + b"\0")
    digest.update(exchange.content)
    return ReceiptRow(
        station_id=exchange.station_id,
        key=digest.digest(),
        reply=reply,
        expires_at=exchange.received_at + decision.receipt.keep,
    )
