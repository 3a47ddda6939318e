"""What a transaction's curve is made of: samples, thinned where there are many, and commands."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord
from voltaro.domain.curves import PROFILE_CALLS
from voltaro.domain.quantities import Sample
from voltaro.store.command_rows import read_record
from voltaro.store.models import Command
from voltaro.store.reach import reading
from voltaro.store.sample_rows import SAMPLED, MeterSample, to_sample
from voltaro.store.views.transactions import CLOCK_SLACK, TransactionRow

_TOOK = (CommandState.ACCEPTED.value, CommandState.DONE.value)
#: Ids of commands are in the order of time; more than these no curve can show.
_MOST_COMMANDS = 200
#: A command waits for its answer for minutes at most.
_ANSWER = timedelta(hours=1)


async def list_samples(
    engine: AsyncEngine, transaction: TransactionRow, *, instants: int
) -> list[Sample]:
    """By time, of at most so many instants; of more, the first of each span of time and the last."""
    v = MeterSample
    own = _own(transaction)
    span = select(
        func.count(v.sampled_at.distinct()).label("instants"),
        func.min(v.sampled_at).label("first"),
        func.max(v.sampled_at).label("last"),
    ).where(own)
    statement = select(*SAMPLED).where(own)
    async with reading(engine) as connection:
        found = (await connection.execute(span)).one()
        if found.instants > instants:
            statement = statement.where(_thinned(own, found.first, found.last, instants))
        rows = await connection.execute(statement.order_by(v.sampled_at))
        return [to_sample(row) for row in rows]


async def list_profile_commands(
    engine: AsyncEngine, station_id: str, *, since: datetime, until: datetime
) -> Sequence[CommandRecord]:
    """Commands by which the station took or cleared charging profiles, oldest first."""
    c = Command
    statement = (
        select(c.record)
        .where(
            c.station_id == station_id,
            c.created_at >= since - _ANSWER,
            c.created_at < until,
            c.state.in_(_TOOK),
            c.record["action"].astext.in_(PROFILE_CALLS),
        )
        .order_by(c.id)
        .limit(_MOST_COMMANDS)
    )
    async with reading(engine) as connection:
        records = [read_record(each) for each in (await connection.execute(statement)).scalars()]
    return [each for each in records if each.answered_at and since <= each.answered_at < until]


def _own(transaction: TransactionRow) -> ColumnElement[bool]:
    """What its own meter says; readings of no EVSE are of the station's main meter."""
    v, evse_id = MeterSample, transaction["evse_id"]
    return and_(
        v.station_id == transaction["station_id"],
        v.transaction_id == transaction["id"],
        v.received_at >= transaction["started_received_at"] - CLOCK_SLACK,
        true() if evse_id is None else v.evse_id == evse_id,
    )


def _thinned(
    own: ColumnElement[bool], first: datetime, last: datetime, instants: int
) -> ColumnElement[bool]:
    v = MeterSample
    width = (last - first) / (instants - 2)  # the last one comes on top
    firsts = (
        select(func.min(v.sampled_at))
        .where(own)
        .group_by(func.date_bin(width, v.sampled_at, first))
    )
    return or_(v.sampled_at.in_(firsts), v.sampled_at == last)
