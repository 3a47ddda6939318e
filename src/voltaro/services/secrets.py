"""Keyed hashes of what machines authenticate with, and new random secrets."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
#: An AuthorizationKey is 16 to 20 bytes (1.6 security whitepaper §7.2).
_KEY_DIGITS: Final = range(32, 41)


class Keyring:
    """Hashes made with one secret key; without it stored hashes are worthless.

    Machine-made keys are long and random, so a fast keyed hash is enough; a slow one would turn a
    reconnect storm into minutes.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"voltaro:" + secret.encode()).digest()

    def hash(self, value: bytes) -> bytes:
        return hmac.digest(self._key, value, "sha256")

    def derived(self, purpose: str) -> bytes:
        """A key of its own for `purpose`, the same at every start."""
        return self.hash(b"derived:" + purpose.encode())

    def fingerprint(self) -> bytes:
        """Tells whether stored hashes were made with this key."""
        return self.hash(b"fingerprint")

    def hash_password(self, password: str) -> bytes:
        """Of a station's password as it is configured; of hex digits the case does not count."""
        text = password.encode(errors="replace")
        return self.hash(text.upper() if _HEX.fullmatch(text) else text)

    def find(
        self, password: bytes, among: Iterable[bytes], *, decoded_only: bool = False
    ) -> bytes | None:
        """Which of the stored hashes the password of a login fits, if any.

        Quirk Q9: an OCPP 1.6 AuthorizationKey is configured in hex and sent as the decoded bytes
        by some stations, as text by others: both count, unless `decoded_only` (1.6 J §6.2.2).
        """
        forms = [password.hex().encode(), password.hex().upper().encode()]
        is_key_text = len(password) in _KEY_DIGITS and _HEX.fullmatch(password)
        if not (decoded_only and is_key_text):
            forms += [password, password.upper()] if _HEX.fullmatch(password) else [password]
        hashes = [self.hash(form) for form in forms]
        for stored in among:
            if any(hmac.compare_digest(each, stored) for each in hashes):
                return stored
        return None


def new_password() -> str:
    """32 characters that every station takes (2.x passwordString: at most 40)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def new_api_key() -> str:
    return f"vlt_{secrets.token_urlsafe(32)}"


def read_or_create(path: Path, make: str) -> str:
    """The secret in a file that only we can read; made from `make` where there is none.

    Raises:
        OSError: the file can be neither read nor written.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Complete or not there at all, whenever the machine stops.
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(make + "\n")
        draft.rename(path)
        return make
