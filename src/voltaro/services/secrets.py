"""Keyed hashes of what machines authenticate with, and new random secrets."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path


class Keyring:
    """Hashes made with one secret key; without it stored hashes are worthless.

    Machine-made keys are long and random, so a fast keyed hash is enough; a slow one would turn a
    reconnect storm into minutes.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"voltaro:" + secret.encode()).digest()

    def hash(self, value: bytes) -> bytes:
        return hmac.digest(self._key, value, "sha256")

    def fingerprint(self) -> bytes:
        """Tells whether stored hashes were made with this key."""
        return self.hash(b"fingerprint")

    def matches(self, password: bytes, stored: bytes) -> bool:
        """Whether a station's password is the registered one.

        Quirk Q9: an OCPP 1.6 AuthorizationKey is configured in hex and sent as the decoded bytes
        by some stations, as text by others: the bytes' hex form counts too.
        """
        forms = (password, password.hex().encode(), password.hex().upper().encode())
        return any(hmac.compare_digest(self.hash(form), stored) for form in forms)


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
