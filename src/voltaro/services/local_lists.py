"""Local authorization lists: what to send to a station, and sending it again when it is wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from voltaro.domain.audit import SYSTEM
from voltaro.domain.authorization import AuthorizationStatus, TokenRecord, authorize
from voltaro.domain.decision import Change
from voltaro.domain.ids import IdToken, token_key
from voltaro.domain.local_list import (
    ConflictReported,
    Entries,
    ListEntry,
    ListLimits,
    LocalListChanged,
    SendLocalList,
    Update,
    applied,
    difference,
    keyed,
    messages_for,
)
from voltaro.domain.variables import Attribute, Portion, Variable
from voltaro.services.commands import Commands
from voltaro.services.errors import Invalid, Refused
from voltaro.store.local_lists import claim_repair, take_versions
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.local_lists import find_local_list, list_entries, list_token_records
from voltaro.store.views.variables import find_variables

log = structlog.get_logger()

#: A station whose list conflicts with everything we send must not be sent it all day.
_REPAIR_EVERY: Final = timedelta(hours=1)
_LARGEST: Final = 2**31 - 1
#: A number with more of them limits nothing.
_DIGITS: Final = 10
_PER_MESSAGE: Final = Variable(component="LocalAuthListCtrlr", name="ItemsPerMessage")
_LENGTH: Final = Variable(component="LocalAuthListCtrlr", name="BytesPerMessage")
_TOTAL: Final = Variable(component="Ocpp16", name="LocalAuthListMaxLength")
#: In 2.x the total is the maximum of a variable (D01.FR.12).
_ENTRIES: Final = Variable(component="LocalAuthListCtrlr", name="Entries")


async def compose(
    engine: Engine,
    station_id: str,
    update: Update,
    *,
    tokens: Sequence[str] | None = None,
    remove: Sequence[str] = (),
) -> SendLocalList:
    """The command that brings a station's list up to date.

    `tokens` go on the list with what we think of them now; None are all that may charge. A
    difference is counted from what the station holds by our record. Where that is not known, or
    may not be true any more, the whole list goes out whatever `update` says.

    Raises:
        Invalid: a token is not registered, or the station's list has not so much room.
        DatabaseAway: nothing was done.
    """
    now = datetime.now(UTC)
    known = (await find_local_list(engine, station_id)).known
    held = keyed(await list_entries(engine, station_id))
    limits = await station_limits(engine, station_id)
    if tokens is None:
        wanted = _first(await _accepted(engine, now), limits.total)
        changes = difference(held, wanted)
    else:
        known_as = await list_token_records(engine, [token_key(each) for each in remove])
        aliases = (each.value for key, each in known_as.items() if key in held)
        gone = keyed(ListEntry(_spelled(each, held), None) for each in (*remove, *aliases))
        changes = (*gone.values(), *await _registered(engine, tokens, now))
        wanted = applied(held if update is Update.DIFFERENTIAL else {}, changes)
    if limits.total is not None and len(wanted) > limits.total:
        raise Invalid(f"the station's list has room for {limits.total} tokens", "tokens")
    whole = tuple(wanted.values())
    is_known = known.in_step and known.version > 0
    if update is Update.FULL or not is_known:
        update, changes = Update.FULL, whole
    named = frozenset(map(token_key, tokens or ()))
    return await _command(engine, station_id, update, changes, whole, limits=limits, named=named)


async def station_limits(engine: Engine, station_id: str) -> ListLimits:
    """How much the station takes, as far as it said.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    wanted = [each.identity for each in (_PER_MESSAGE, _LENGTH, _TOTAL, _ENTRIES)]
    rows = await find_variables(engine, station_id, identities=wanted, keys=())
    found = [row for row in rows if row["attribute"] == Attribute.ACTUAL.value]
    told = {row["identity"]: _number(row["value"]) for row in found}
    most = {row["identity"]: row["max_limit"] for row in found}.get(_ENTRIES.identity)
    return ListLimits(
        portion=Portion(
            items=told.get(_PER_MESSAGE.identity) or None,
            bytes=told.get(_LENGTH.identity) or None,
        ),
        total=told.get(_TOTAL.identity) if most is None else int(most),
    )


class ListConflicts:
    """Sends a list again when its station says that it contradicts what we told (1.6 §3.5.2).

    A `Witness` of such reports, which it acts upon while `running`.
    """

    concerned_by = (LocalListChanged,)

    def __init__(self) -> None:
        self._reported: asyncio.Queue[str] = asyncio.Queue()

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        for change in changes:
            if isinstance(change, LocalListChanged) and isinstance(change.step, ConflictReported):
                self._reported.put_nowait(change.station_id)

    @asynccontextmanager
    async def running(self, engine: Engine, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        repairing = asyncio.create_task(self._repair_all(engine, commands), name="local lists")
        try:
            yield
        finally:
            repairing.cancel()
            await asyncio.gather(repairing, return_exceptions=True)

    async def _repair_all(self, engine: Engine, commands: Commands) -> None:
        while True:
            station_id = await self._reported.get()
            try:
                await _repair(engine, commands, station_id)
            except (DatabaseAway, Refused) as error:
                log.warning(
                    "local list not repaired", station_id=station_id, reason=type(error).__name__
                )
            except Exception:
                log.exception("local list repair failed", station_id=station_id)


async def _repair(engine: Engine, commands: Commands, station_id: str) -> None:
    """Send the tokens that the list has, with what we think of them now."""
    now = datetime.now(UTC)
    if not await claim_repair(engine, station_id, now=now, every=_REPAIR_EVERY):
        return
    held = await list_entries(engine, station_id)
    if held:
        records = await list_token_records(engine, [each.token.key for each in held])
        wanted = {key: _judged(record, now) for key, record in records.items()}
    else:
        wanted = await _accepted(engine, now)
    limits = await station_limits(engine, station_id)
    whole = tuple(_first(wanted, limits.total).values())
    command = await _command(engine, station_id, Update.FULL, whole, whole, limits=limits)
    arguments = {"update": Update.FULL.value, "reason": "the station reported a conflict"}
    await commands.send(station_id, command, arguments, by=SYSTEM)


async def _command(
    engine: Engine,
    station_id: str,
    update: Update,
    changes: tuple[ListEntry, ...],
    whole: tuple[ListEntry, ...],
    *,
    limits: ListLimits,
    named: frozenset[str] = frozenset(),
) -> SendLocalList:
    messages = [messages_for(len(each), limits.portion) for each in (changes, whole)]
    versions = await take_versions(engine, station_id, sum(messages))
    if versions.stop > _LARGEST:
        raise Invalid(
            f"after version {versions.start - 1} no number is left that a station can read"
        )
    return SendLocalList(
        update=update,
        entries=changes,
        whole=whole,
        versions=versions,
        portion=limits.portion,
        named=named,
    )


def _spelled(token: str, held: Entries) -> IdToken:
    """As the station was told it: some compare letter by letter."""
    known = held.get(token_key(token))
    return known.token if known is not None else IdToken(token)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None


async def _registered(
    engine: Engine, tokens: Sequence[str], now: datetime
) -> tuple[ListEntry, ...]:
    records = await list_token_records(engine, [token_key(each) for each in tokens])
    for token in tokens:
        if token_key(token) not in records:
            raise Invalid(f"there is no token {token!r}", "tokens")
    return tuple(_judged(each, now) for each in records.values())


async def _accepted(engine: Engine, now: datetime) -> dict[str, ListEntry]:
    judged = {
        key: _judged(record, now) for key, record in (await list_token_records(engine)).items()
    }
    return {key: each for key, each in judged.items() if _may_charge(each)}


def _judged(record: TokenRecord, now: datetime) -> ListEntry:
    token = IdToken(record.value, record.type)
    return ListEntry(token, authorize(token, record, now=now))


def _may_charge(entry: ListEntry) -> bool:
    known = entry.authorization
    return known is not None and known.status is AuthorizationStatus.ACCEPTED


def _first(entries: Entries, count: int | None) -> dict[str, ListEntry]:
    """As many as there is room for."""
    return dict(list(entries.items())[:count])
