"""Who may use the API, and for what: keys by their hashes, all in memory."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from voltaro.domain.access import ALL_SCOPES, ApiKeyUsed, Scope
from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.users import Role, name_key
from voltaro.services.errors import BuiltIn, Invalid, NotFound
from voltaro.services.secrets import Keyring, new_api_key, read_or_create
from voltaro.store.api_keys import StoredKey, delete_api_key, insert_api_key, load_api_keys
from voltaro.store.reach import Engine
from voltaro.store.users import is_user_name
from voltaro.store.writer import Writer

log = structlog.get_logger()

#: The local administrator's key, for command lines on this machine.
KEY_FILE = "admin.key"
LOCAL = "local administrator"
BOOTSTRAP = "bootstrap"
#: Shorter than this a key in the file is what a crash left of one.
_SHORTEST = 20
#: At most this often is "last used" written; in memory it is always exact.
_WRITE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request, and what the key or the role is good for.

    `role` and `csrf_token` are those of a person who signed in, None for a key. The token has to
    come with every change that is asked for with a cookie.
    """

    name: str
    scopes: frozenset[Scope]
    role: Role | None = None
    csrf_token: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class Key:
    """A key as people see it. `built_in` ones belong to the installation."""

    name: str
    scopes: frozenset[Scope]
    built_in: bool = False
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: str | None = None
    written_at: datetime | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Access:
    """The keys that count. `load` reads them all; later changes go through here."""

    def __init__(
        self,
        *,
        engine: Engine,
        writer: Writer,
        keyring: Keyring,
        data_dir: Path,
        bootstrap_key: str | None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._keyring = keyring
        self._data_dir = data_dir
        self._bootstrap_key = bootstrap_key
        self._clock = clock
        #: By hash: what an attacker presents is hashed with a secret first, so that the time a
        #: look-up takes tells nothing.
        self._keys: dict[bytes, Key] = {}

    async def load(self) -> None:
        """Read the keys; the local administrator's is made at the first start.

        Raises:
            OSError: the data directory cannot be used.
            DatabaseAway: the stored keys cannot be read.
        """
        keys = {stored.key_hash: _shown(stored) for stored in await load_api_keys(self._engine)}
        local = self._hash(_local_key(self._data_dir / KEY_FILE))
        keys[local] = Key(name=LOCAL, scopes=ALL_SCOPES, built_in=True)
        if self._bootstrap_key:
            if len(self._bootstrap_key) < _SHORTEST:
                log.warning("bootstrap key is short", length=len(self._bootstrap_key))
            bootstrap = self._hash(self._bootstrap_key)
            keys[bootstrap] = Key(name=BOOTSTRAP, scopes=ALL_SCOPES, built_in=True)
        self._keys = keys

    def allows(self, bearer: str) -> Principal | None:
        """Whose key this is; None where it is nobody's, or no longer valid."""
        key = self._keys.get(self._hash(bearer))
        now = self._clock()
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            return None
        self._used(key, now)
        return Principal(key.name, key.scopes)

    def listed(self) -> list[Key]:
        """All of them, by name."""
        return sorted(self._keys.values(), key=lambda key: key.name)

    async def create(
        self,
        name: str,
        *,
        by: Author,
        scopes: Collection[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """A new key, and its text, to be shown this once.

        Raises:
            Invalid: a key or a person has that name, or it would never be valid.
        """
        now = self._clock()
        if not scopes:
            raise Invalid("a key without a scope is good for nothing", "scopes")
        if expires_at is not None and expires_at <= now:
            raise Invalid("it would have expired already", "expires_at")
        text = new_api_key()
        stored = StoredKey(
            name=name,
            key_hash=self._hash(text),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=expires_at,
            created_by=by.name,
        )
        key = _shown(stored)
        audit = _audit(by, "key.created", name, after=key, at=now)
        if await is_user_name(self._engine, name_key(name)):
            raise Invalid(f"there is a person named {name!r}", "name")
        if name in {LOCAL, BOOTSTRAP} or not await insert_api_key(self._engine, stored, audit):
            raise Invalid(f"there is a key named {name!r} already", "name")
        self._keys[stored.key_hash] = key
        log.info("api key created", name=name, by=by.name)
        return key, text

    async def revoke(self, name: str, *, by: Author) -> None:
        """Forget a stored key; it stops working at once.

        Raises:
            NotFound: there is none of that name.
            BuiltIn: it is the local administrator's or the bootstrap key.
        """
        if name in {LOCAL, BOOTSTRAP}:
            raise BuiltIn(f"the key {name!r} belongs to the installation; change its settings")
        known = next((key for key in self._keys.values() if key.name == name), None)
        audit = _audit(by, "key.deleted", name, before=known, at=self._clock())
        if not await delete_api_key(self._engine, name, audit):
            raise NotFound(f"there is no key named {name!r}")
        self._keys = {hashed: key for hashed, key in self._keys.items() if key.name != name}
        log.info("api key revoked", name=name, by=by.name)

    def _used(self, key: Key, now: datetime) -> None:
        key.last_used_at = now
        if not key.built_in and (key.written_at is None or now - key.written_at >= _WRITE_EVERY):
            key.written_at = now
            self._writer.note(ApiKeyUsed(name=key.name, at=now))

    def _hash(self, key: str) -> bytes:
        return self._keyring.hash(b"api:" + key.encode(errors="replace"))


def _shown(stored: StoredKey) -> Key:
    return Key(
        name=stored.name,
        scopes=stored.scopes,
        created_at=stored.created_at,
        expires_at=stored.expires_at,
        last_used_at=stored.last_used_at,
        created_by=stored.created_by,
    )


def _audit(
    by: Author,
    action: str,
    name: str,
    *,
    at: datetime,
    before: Key | None = None,
    after: Key | None = None,
) -> AuditRecorded:
    def shown(key: Key | None) -> dict[str, object] | None:
        if key is None:
            return None
        expires_at = key.expires_at.isoformat() if key.expires_at is not None else None
        return {"scopes": sorted(key.scopes), "expires_at": expires_at}

    return AuditRecorded(
        author=by,
        action=action,
        target_kind="key",
        target=name,
        before=shown(before),
        after=shown(after),
        at=at,
    )


def _local_key(file: Path) -> str:
    key = read_or_create(file, new_api_key())
    if len(key) < _SHORTEST:
        file.unlink()
        key = read_or_create(file, new_api_key())
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
        log.warning("key file was readable by others", path=str(file))
    return key
