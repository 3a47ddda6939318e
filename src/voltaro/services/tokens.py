"""Tokens: who may charge."""

import dataclasses
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

import structlog

from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.authorization import TokenStatus
from voltaro.domain.ids import token_key
from voltaro.domain.values import changed
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.revisions import IfMatch
from voltaro.services.token_aliases import TokenAliases
from voltaro.services.turns import Turns
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.tokens import (
    TokenSettings,
    TokenWrite,
    delete_token,
    find_token_settings,
    find_tokens_settings,
    insert_token,
    update_token,
    write_tokens,
)
from voltaro.store.views.tokens import TokenRow

log = structlog.get_logger()

#: 2.1 identifierString; 1.6 takes 20.
_LONGEST = 255
_ATTEMPTS = 8


class TokenUpdate(TypedDict, total=False):
    """What is absent stays as it is, or is the default of a new token."""

    type: str | None
    status: TokenStatus
    expires_at: datetime | None
    group: str | None
    master_pass: bool
    credit_minor: int | None
    currency: str | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPut:
    token: TokenRow
    created: bool


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One of several tokens. `index` counts from 0, `line` is where a person finds it."""

    index: int
    line: int
    value: str
    update: TokenUpdate


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row; `field` None: the row as a whole."""

    index: int
    line: int
    field: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenImport:
    """How many were, or would be, created and changed, and which rows could not be."""

    created: int
    changed: int
    unchanged: int
    errors: tuple[RowError, ...]


def check_token(value: str) -> str:
    """The token's text without padding.

    Raises:
        Invalid: no station could present it.
    """
    value = value.strip()
    if not value:
        raise Invalid("a token cannot be empty")
    if len(value) > _LONGEST:
        raise Invalid(f"a token has at most {_LONGEST} characters, not {len(value)}")
    if not value.isprintable():
        raise Invalid("a token has no control characters")
    return value


class Tokens:
    """Writes about one token take turns."""

    def __init__(self, *, engine: Engine, aliases: TokenAliases) -> None:
        self._engine = engine
        self._aliases = aliases
        self._turns = Turns()

    async def put(
        self, value: str, update: TokenUpdate, if_match: IfMatch | None = None, *, by: Author
    ) -> TokenPut:
        """Create or change a token; it acts when it is presented next.

        Raises:
            Invalid: it cannot have this text or these settings.
            RevisionChanged: `if_match` names another revision.
            DatabaseAway: it may or may not have been changed.
        """
        value = check_token(value)
        key = token_key(value)
        async with self._turns.take(key):
            for _ in range(_ATTEMPTS):
                known = await find_token_settings(self._engine, key)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                settings = merged(known[0] if known else TokenSettings(), update)
                settings = await self._with_aliases(value, settings)
                audit = audit_of(by, value, known[0] if known else None, settings)
                if known is None:
                    row = await insert_token(self._engine, value, settings, audit)
                else:
                    row = await update_token(self._engine, value, settings, known[1], audit)
                if row is not None:
                    self._aliases.put(value, settings.aliases)
                    log.info(
                        "token created" if known is None else "token changed",
                        token=value,
                        status=settings.status.value,
                    )
                    return TokenPut(token=row, created=known is None)
        raise DatabaseAway

    async def _with_aliases(self, value: str, settings: TokenSettings) -> TokenSettings:
        """The settings with aliases as they are kept.

        Raises:
            Invalid: the text is an alias itself, or one of its aliases is taken.
        """
        key = token_key(value)
        if (owner := self._aliases.owner(value)) is not None and token_key(owner) != key:
            raise Invalid(f"this is an alias of the token {owner}")
        aliases = {token_key(check_token(alias)): alias.strip() for alias in settings.aliases}
        aliases.pop(key, None)
        for alias in aliases.values():
            other = self._aliases.owner(alias)
            if other is not None and token_key(other) != key:
                raise Invalid(f"{alias} is an alias of the token {other} already", "aliases")
        taken = await find_tokens_settings(self._engine, list(aliases)) if aliases else {}
        for other, _ in taken.values():
            raise Invalid(f"{other} is a token of its own", "aliases")
        return changed(settings, aliases=tuple(aliases.values()))

    async def put_all(
        self,
        rows: Sequence[ImportRow],
        errors: Sequence[RowError] = (),
        *,
        by: Author,
        partial: bool,
        dry_run: bool,
    ) -> TokenImport:
        """Create or change several tokens in one commit.

        `errors` are of rows that were refused before. With errors nothing is written, unless
        `partial` keeps the good rows.

        Raises:
            DatabaseAway: they may or may not have been changed.
        """
        found = list(errors)
        good = _distinct(rows, found)
        async with self._turns.take_all(good):
            known = await find_tokens_settings(self._engine, list(good))
            writes: list[TokenWrite] = []
            claimed: dict[str, str] = {}
            audits: list[AuditRecorded] = []
            for key, row in good.items():
                before = known.get(key)
                try:
                    settings = merged(before[1] if before else TokenSettings(), row.update)
                    settings = await self._with_aliases(row.value, settings)
                    _claim(settings.aliases, row.value, good, claimed)
                except Invalid as error:
                    found.append(RowError(row.index, row.line, error.field, str(error)))
                    continue
                write = TokenWrite(key, row.value, settings, is_new=before is None)
                if before != (row.value, settings):
                    writes.append(write)
                    audits.append(audit_of(by, row.value, before[1] if before else None, settings))
            errors = tuple(sorted(found, key=lambda each: each.index))
            if errors and not partial and not dry_run:
                return TokenImport(created=0, changed=0, unchanged=0, errors=errors)
            if not dry_run:
                await write_tokens(self._engine, writes, audits)
                for write in writes:
                    self._aliases.put(write.value, write.settings.aliases)
                log.info("tokens imported", count=len(writes), by=by.name)
        created = sum(write.is_new for write in writes)
        invalid = {each.index for each in errors}
        return TokenImport(
            created=created,
            changed=len(writes) - created,
            unchanged=sum(row.index not in invalid for row in good.values()) - len(writes),
            errors=errors,
        )

    async def delete(self, value: str, if_match: IfMatch | None = None, *, by: Author) -> None:
        """Forget a token; the transactions it paid for stay.

        Raises:
            NotFound, RevisionChanged, DatabaseAway: as above.
        """
        key = token_key(value)
        async with self._turns.take(key):
            for _ in range(_ATTEMPTS):
                known = await find_token_settings(self._engine, key)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                if known is None:
                    raise NotFound("there is no such token")
                audit = audit_of(by, value, known[0], None)
                if await delete_token(self._engine, key, known[1], audit):
                    self._aliases.put(value, ())
                    log.info("token deleted", token=value)
                    return
        raise DatabaseAway


def _distinct(rows: Sequence[ImportRow], errors: list[RowError]) -> dict[str, ImportRow]:
    """Rows by the form in which tokens are compared; what cannot be one is added to `errors`."""
    good: dict[str, ImportRow] = {}
    for row in rows:
        try:
            value = check_token(row.value)
        except Invalid as error:
            errors.append(RowError(row.index, row.line, "value", str(error)))
            continue
        key = token_key(value)
        if (first := good.get(key)) is not None:
            detail = f"the same token is in line {first.line} already"
            errors.append(RowError(row.index, row.line, "value", detail))
            continue
        good[key] = changed(row, value=value)
    return good


def _claim(
    aliases: Sequence[str], value: str, rows: Container[str], claimed: dict[str, str]
) -> None:
    """Remember whose aliases these are among `rows` (by key), all written at once.

    Raises:
        Invalid: another row is, or names, the same text.
    """
    for alias in aliases:
        key = token_key(alias)
        if key in rows or claimed.setdefault(key, value) != value:
            raise Invalid(f"{alias} is another token's text or alias in this import", "aliases")


def audit_of(
    by: Author, value: str, before: TokenSettings | None, after: TokenSettings | None
) -> AuditRecorded:
    """What the log says of a change; the token is named in the form in which it is compared."""
    verb = "created" if before is None else "deleted" if after is None else "changed"
    return AuditRecorded(
        author=by,
        action=f"token.{verb}",
        target_kind="token",
        target=token_key(value),
        before=_shown(before) if before is not None else None,
        after=_shown(after) if after is not None else None,
        at=datetime.now(UTC),
    )


def _shown(settings: TokenSettings) -> dict[str, Any]:
    expires_at = settings.expires_at
    return dataclasses.asdict(settings) | {
        "expires_at": expires_at.isoformat() if expires_at is not None else None
    }


def merged(before: TokenSettings, update: TokenUpdate) -> TokenSettings:
    """The settings after an update.

    Raises:
        Invalid: they contradict each other.
    """
    settings = changed(before, **update)
    if update.get("credit_minor", 0) is None and "currency" not in update:
        settings = changed(settings, currency=None)
    if settings.credit_minor is not None and settings.currency is None:
        raise Invalid("a credit needs a currency", "currency")
    if settings.credit_minor is None and settings.currency is not None:
        raise Invalid("a currency needs a credit", "credit_minor")
    return settings
