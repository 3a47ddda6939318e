"""Passwords of people: slow hashes (Argon2id, RFC 9106), made beside the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

#: Each takes 64 MiB and some cores for a while: a flood of sign-ins waits here.
_AT_ONCE = 2


class Passwords:
    """Hashes and verifies; every question costs one hash, whatever the answer."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; None, where there is none to compare with, takes as long."""
        if stored is None:
            await self.hash(password)
            return False
        async with self._turns:
            try:
                return await asyncio.to_thread(self._hasher.verify, stored, _bytes(password))
            except VerificationError:
                return False


def _bytes(password: str) -> bytes:
    # A lone surrogate can come in JSON; it is a password like any other.
    return password.encode(errors="surrogatepass")
