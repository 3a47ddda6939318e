"""Who is signed in: random cookies by their hashes, in memory and in the database."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from voltaro.domain.users import MOST_SIGN_INS, SignIn, is_over
from voltaro.domain.values import changed
from voltaro.services.secrets import Keyring
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.users import delete_sign_ins, insert_sign_in, load_sign_ins, write_uses

log = structlog.get_logger()

#: So often is written down when sign-ins were last used; in memory it is always exact.
_WRITE_EVERY_S = 60.0


class SignIns:
    """The sign-ins that count. `load` reads them all; later changes go through here."""

    def __init__(self, *, engine: Engine, keyring: Keyring, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._keyring = keyring
        self._clock = clock
        #: By hash, as with keys: the time a look-up takes tells nothing.
        self._sign_ins: dict[bytes, SignIn] = {}
        self._used: set[bytes] = set()

    async def load(self) -> None:
        """Read what an earlier server left.

        Raises:
            DatabaseAway: try again.
        """
        self._sign_ins = await load_sign_ins(self._engine)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write down uses, and forget what is over, until the end of the block."""
        minding = asyncio.create_task(self._mind(), name="sign-ins")
        try:
            yield
        finally:
            minding.cancel()
            await asyncio.gather(minding, return_exceptions=True)
            await self._settle()

    async def begin(self, user_key: str) -> str:
        """The text of a new cookie. The oldest sign-in of this person ends if there are too many.

        Raises:
            DatabaseAway: it has not begun.
        """
        now = self._clock()
        token = secrets.token_urlsafe(32)
        sign_in = SignIn(user_key=user_key, began_at=now, seen_at=now)
        theirs = [(s.began_at, h) for h, s in self._sign_ins.items() if s.user_key == user_key]
        oldest = [hashed for _, hashed in sorted(theirs, reverse=True)[MOST_SIGN_INS - 1 :]]
        await insert_sign_in(self._engine, self._hash(token), sign_in, instead_of=oldest)
        self._forget(oldest)
        self._sign_ins[self._hash(token)] = sign_in
        return token

    def user_of(self, token: str, *, counts: bool = True) -> str | None:
        """The key of whose cookie this is; None where it is nobody's, or over.

        `counts`: this is a use, from which the time to the idle end starts again.
        """
        hashed = self._hash(token)
        sign_in = self._sign_ins.get(hashed)
        now = self._clock()
        if sign_in is None or is_over(sign_in, now):
            return None
        if counts:
            self._sign_ins[hashed] = changed(sign_in, seen_at=now)
            self._used.add(hashed)
        return sign_in.user_key

    def csrf_token(self, token: str) -> str:
        """What has to come with every change; nobody finds the cookie from it."""
        return self._keyring.hash(b"csrf:" + token.encode(errors="replace")).hex()

    async def end(self, token: str) -> None:
        """Sign out; of an unknown cookie there is nothing to end.

        Raises:
            DatabaseAway: it has not ended.
        """
        hashed = self._hash(token)
        if hashed in self._sign_ins:
            await delete_sign_ins(self._engine, [hashed])
            self._forget([hashed])

    def forget_all_of(self, user_key: str) -> None:
        """Every sign-in of this person has ended in the database."""
        self._forget([h for h, s in self._sign_ins.items() if s.user_key == user_key])

    def _forget(self, hashes: list[bytes]) -> None:
        for hashed in hashes:
            self._sign_ins.pop(hashed, None)
            self._used.discard(hashed)

    async def _mind(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_EVERY_S)
            await self._settle()

    async def _settle(self) -> None:
        now = self._clock()
        over = [hashed for hashed, sign_in in self._sign_ins.items() if is_over(sign_in, now)]
        used = {hashed: self._sign_ins[hashed].seen_at for hashed in self._used.difference(over)}
        try:
            if used:
                await write_uses(self._engine, used)
                self._used.difference_update(used)
            if over:
                await delete_sign_ins(self._engine, over)
                self._forget(over)
        except DatabaseAway:
            return  # those who wait for it say so; the next round does it
        except Exception:
            log.exception("sign-ins not looked after")

    def _hash(self, token: str) -> bytes:
        return self._keyring.hash(b"sign-in:" + token.encode(errors="replace"))
