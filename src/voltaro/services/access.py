"""Who may use the API: keys by their hashes, all in memory."""

import hmac
from dataclasses import dataclass
from pathlib import Path

import structlog

from voltaro.services.errors import Invalid, NotFound
from voltaro.services.secrets import Keyring, new_api_key, read_or_create
from voltaro.store.api_keys import StoredKey, delete_api_key, insert_api_key, load_api_keys
from voltaro.store.reach import Engine

log = structlog.get_logger()

#: The local administrator's key, for command lines on this machine.
KEY_FILE = "admin.key"
LOCAL = "local administrator"
BOOTSTRAP = "bootstrap"
#: Shorter than this a key in the file is what a crash left of one.
_SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. Every key is an administrator's so far."""

    name: str


class Access:
    """The keys that count. `load` reads them all; later changes go through here."""

    def __init__(
        self, *, engine: Engine, keyring: Keyring, data_dir: Path, bootstrap_key: str | None
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._data_dir = data_dir
        self._bootstrap_key = bootstrap_key
        self._hashes: dict[str, bytes] = {}

    async def load(self) -> None:
        """Read the keys; the local administrator's is made at the first start.

        Raises:
            OSError: the data directory cannot be used.
            DatabaseAway: the stored keys cannot be read.
        """
        hashes = {key.name: key.key_hash for key in await load_api_keys(self._engine)}
        hashes[LOCAL] = self._hash(_local_key(self._data_dir / KEY_FILE))
        if self._bootstrap_key:
            if len(self._bootstrap_key) < _SHORTEST:
                log.warning("bootstrap key is short", length=len(self._bootstrap_key))
            hashes[BOOTSTRAP] = self._hash(self._bootstrap_key)
        self._hashes = hashes

    def allows(self, bearer: str) -> Principal | None:
        """Whose key this is; takes the same time for every wrong one."""
        presented = self._hash(bearer)
        found = None
        for name, stored in self._hashes.items():
            if hmac.compare_digest(presented, stored):
                found = name
        return Principal(found) if found is not None else None

    async def create(self, name: str) -> str:
        """A new key, to be shown this once.

        Raises:
            Invalid: there is one of that name.
        """
        key = new_api_key()
        stored = StoredKey(name, self._hash(key))
        if name in {LOCAL, BOOTSTRAP} or not await insert_api_key(self._engine, stored):
            raise Invalid(f"there is a key named {name!r} already", "name")
        self._hashes[name] = stored.key_hash
        log.info("api key created", name=name)
        return key

    async def revoke(self, name: str) -> None:
        """Forget a stored key; it stops working at once.

        Raises:
            NotFound: there is none of that name.
        """
        if not await delete_api_key(self._engine, name):
            raise NotFound(f"there is no key named {name!r}")
        del self._hashes[name]
        log.info("api key revoked", name=name)

    def _hash(self, key: str) -> bytes:
        return self._keyring.hash(b"api:" + key.encode(errors="replace"))


def _local_key(file: Path) -> str:
    key = read_or_create(file, new_api_key())
    if len(key) < _SHORTEST:
        file.unlink()
        key = read_or_create(file, new_api_key())
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
        log.warning("key file was readable by others", path=str(file))
    return key
