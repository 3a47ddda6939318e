"""From a station's event to its durable decision: the one path every incoming message takes."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from voltaro.domain.decision import Change, Decision, Query, Rule, StationEvent
from voltaro.domain.values import Value, changed
from voltaro.services.live import LiveFeed
from voltaro.services.turns import Turns
from voltaro.store.commitment import Committed
from voltaro.store.counts import Tally
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow, ReceiptRow
from voltaro.store.loader import Loader
from voltaro.store.writer import Conflict, NotStored, Writer

E = TypeVar("E", bound=StationEvent)
F = TypeVar("F")
R = TypeVar("R")

#: Conflicts are rare and resolve at once; this many in a row are a defect.
_ATTEMPTS = 8
_HANDLING_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


#: What a message means beside its decision, to be made durable together with it. It is told the
#: action, the event and the decision.
Addition = Callable[[str, StationEvent, Decision[Any]], tuple[Change, ...]]


class Witness(Protocol):
    """Who wants to know what has become durable."""

    @property
    def concerned_by(self) -> tuple[type[Change], ...]:
        """It is told of whatever brings a change of one of these kinds."""
        ...

    def learn(self, changes: tuple[Change, ...]) -> None:
        """These changes have become durable together."""
        ...


class Contended(Exception):
    """The facts changed under every attempt to decide."""


class Exchange(Value, kw_only=True):
    """A CALL as it arrived, for the journal.

    `frame` is masked and free of what the database cannot hold; `began` is `time.monotonic()`.
    """

    station_id: str
    protocol: str
    message_id: str | None
    action: str | None
    frame: str
    received_at: datetime
    began: float

    def row(self, reply: str | None, verdict: str) -> JournalRow:
        """`reply` is empty where the message gets none."""
        return JournalRow(
            id=uuid7(),
            station_id=self.station_id,
            received_at=self.received_at,
            direction="in",
            protocol=self.protocol,
            message_id=self.message_id,
            action=self.action,
            frame=self.frame,
            reply=reply or None,
            verdict=verdict,
            handling_ms=(time.monotonic() - self.began) * 1000,
        )


class Intake:
    """Decides one message at a time per station, and answers after the commit."""

    def __init__(
        self,
        loader: Loader,
        writer: Writer,
        live: LiveFeed | None = None,
        witnesses: Sequence[Witness] = (),
        additions: Sequence[Addition] = (),
    ) -> None:
        self._loader = loader
        self._concerned: dict[type[Change], list[Witness]] = {}
        for witness in witnesses:
            for kind in witness.concerned_by:
                self._concerned.setdefault(kind, []).append(witness)
        self._additions = additions
        self._writer = writer
        self._live = live
        self._stations = Turns()
        self._claims = Turns()
        #: From the turn of a CALL to its durable answer.
        self.handling_seconds = Tally(_HANDLING_S)

    async def handle(
        self,
        rule: Rule[E, F, R],
        event: E,
        exchange: Exchange,
        content: Callable[[], bytes],
        write: Callable[[R], str],
    ) -> str:
        """The reply's payload as text, once everything it promises is durable.

        `content` gives the CALL's payload in canonical form, by which a repetition is known.

        Raises:
            NotStored, Contended: a defect of ours; nothing was made durable.
        """
        # Written out: a context manager would cost three coroutines for each message.
        await self._stations.acquire(event.station_id)
        try:
            claims = rule.claims(event)
            if not claims:
                reply = await self._decide(rule, event, exchange, content, write)
            else:
                async with self._claims.take_all(claims):
                    reply = await self._decide(rule, event, exchange, content, write)
        finally:
            self._stations.release(event.station_id)
        self.handling_seconds.observe(time.monotonic() - exchange.began)
        return reply

    def noticed(self, change: Change) -> None:
        """Remember something beside the message; it rides with the next commit."""
        self._writer.note(change)

    def refused(self, exchange: Exchange, reply: str | None, verdict: str) -> None:
        """Remember a message that was answered with an error, or not at all."""
        self._note(exchange.row(reply, verdict))

    async def order(
        self,
        station_id: str,
        query: Query[F],
        decide: Callable[[F], tuple[Change, ...]],
        rows: Sequence[JournalRow] = (),
    ) -> None:
        """What we decide about a station ourselves, in its turn; returns once it is durable.

        `rows` are exchanges that led to it. What `decide` raises is passed on, and nothing has changed.

        Raises:
            NotStored, Contended: a defect of ours; nothing was made durable.
        """
        async with self._stations.take(station_id):
            for row in rows:
                self._note(row)
            for _ in range(_ATTEMPTS):
                changes = decide(await self._loader.load(query))
                try:
                    how = await self._writer.commit(changes)
                except Conflict:
                    self._loader.forget(station_id)
                    continue
                except asyncio.CancelledError:
                    self._loader.forget(station_id)  # whether it was written is not known
                    raise
                if how is not Committed.STORED:
                    raise NotStored
                self._learn(station_id, changes, None)
                return
        raise Contended

    def _note(self, row: JournalRow) -> None:
        self._writer.note(journal=row)
        if self._live is not None:
            self._live.exchanged(row)

    def _learn(self, station_id: str, changes: tuple[Change, ...], row: JournalRow | None) -> None:
        self._loader.learn(changes)
        for witness in {w for c in changes for w in self._concerned.get(type(c), ())}:
            witness.learn(changes)
        if self._live is not None:
            self._live.decided(station_id, changes, row)

    async def _decide(
        self,
        rule: Rule[E, F, R],
        event: E,
        exchange: Exchange,
        content: Callable[[], bytes],
        write: Callable[[R], str],
    ) -> str:
        for _ in range(_ATTEMPTS):
            facts = await self._loader.load(rule.query(event))
            decision = rule.decide(event, facts)
            reply = write(decision.reply)
            action = exchange.action or ""
            more = [c for add in self._additions for c in add(action, event, decision)]
            if more:
                decision = changed(decision, changes=(*decision.changes, *more))
            if not decision.changes and decision.receipt is None:
                self._note(exchange.row(reply, "ok"))
                return reply
            answer = await self._settle(decision, exchange, content, reply)
            if answer is not None:
                return answer
        raise Contended

    async def _settle(
        self, decision: Decision[R], exchange: Exchange, content: Callable[[], bytes], reply: str
    ) -> str | None:
        """Commit; the reply to give, or None when the decision has to be made again."""
        receipt, row = _receipt(decision, exchange, content, reply), exchange.row(reply, "ok")
        try:
            how = await self._writer.commit(decision.changes, receipt=receipt, journal=row)
        except Conflict:
            self._loader.forget(exchange.station_id)
            if receipt is None:
                return None
            first = await self._loader.receipt(receipt.station_id, receipt.key)
            if first is not None:
                self._note(exchange.row(first, "repeated"))
            return first
        if how is Committed.STORED:
            self._learn(exchange.station_id, decision.changes, row)
        else:
            self._loader.forget(exchange.station_id)
            self._note(exchange.row(reply, "quarantined"))
        return reply


def _receipt(
    decision: Decision[R], exchange: Exchange, content: Callable[[], bytes], reply: str
) -> ReceiptRow | None:
    if decision.receipt is None:
        return None
    named = f"{exchange.action or ''}\0{decision.receipt.discriminator}\0".encode()
    return ReceiptRow(
        station_id=exchange.station_id,
        key=hashlib.blake2b(named + content(), digest_size=16).digest(),
        reply=reply,
        expires_at=exchange.received_at + decision.receipt.keep,
    )
