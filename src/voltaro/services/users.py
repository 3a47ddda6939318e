"""People who sign in: accounts, passwords and one-time links, all in memory as well."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from voltaro.domain.audit import SYSTEM, AuditRecorded, Author
from voltaro.domain.users import (
    CODE_LASTS,
    SCOPES,
    Role,
    User,
    can_administer,
    name_fault,
    name_key,
    password_fault,
)
from voltaro.domain.values import changed
from voltaro.services.access import BOOTSTRAP, LOCAL, Principal
from voltaro.services.errors import Gone, Invalid, NotFound
from voltaro.services.passwords import Passwords
from voltaro.services.secrets import Keyring
from voltaro.services.sign_ins import SignIns
from voltaro.store.reach import Engine
from voltaro.store.users import delete_user, insert_user, load_users, update_user

log = structlog.get_logger()

#: Names that the audit log has for others.
_TAKEN = frozenset(name_key(name) for name in (LOCAL, BOOTSTRAP, SYSTEM.name))


class LastAdministrator(Exception):
    """Nobody could administer any more."""


def _now() -> datetime:
    return datetime.now(UTC)


class Users:
    """The people who may sign in. `load` reads them all; later changes go through here."""

    def __init__(
        self, *, engine: Engine, keyring: Keyring, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._clock = clock
        self.sign_ins = SignIns(engine=engine, keyring=keyring, clock=clock)
        self._passwords = Passwords()
        #: Who decides on what is in memory writes before anybody else decides.
        self._deciding = asyncio.Lock()
        self._users: dict[str, User] = {}
        self._first_code: tuple[bytes, datetime] | None = None

    async def load(self) -> None:
        """Read people and sign-ins.

        Raises:
            DatabaseAway: try again.
        """
        self._users = {user.key: user for user in await load_users(self._engine)}
        await self.sign_ins.load()

    def listed(self) -> list[User]:
        """All of them, by name."""
        return [self._users[key] for key in sorted(self._users)]

    def principal(self, token: str, *, counts: bool = True) -> Principal | None:
        """Whose cookie this is; None where it is nobody's, or over. `counts`: it is a use."""
        user = self._users.get(self.sign_ins.user_of(token, counts=counts) or "")
        if user is None or user.disabled:
            return None
        csrf_token = self.sign_ins.csrf_token(token)
        return Principal(user.name, SCOPES[user.role], user.role, csrf_token)

    # -- the first administrator

    def new_first_code(self) -> str | None:
        """The code of a link that makes the first administrator; None while there are people."""
        if self._users:
            return None
        code = secrets.token_urlsafe(32)
        self._first_code = (self._hash(code), self._clock() + CODE_LASTS)
        return code

    def is_first_code(self, code: str) -> bool:
        """Whether this code still makes the first administrator."""
        if self._first_code is None or self._users:
            return False
        hashed, expires_at = self._first_code
        return hmac.compare_digest(hashed, self._hash(code)) and self._clock() < expires_at

    async def create_first(self, code: str, name: str, password: str, request_id: str) -> str:
        """Make the first administrator, signed in; the text of the cookie.

        Raises:
            Gone: the code was used, replaced or has expired.
            Invalid: the name or the password cannot be.
        """
        self._check_first(code)
        hashed = await self._new_hash(password, name)
        async with self._deciding:
            self._check_first(code)
            by = Author(name=name, request_id=request_id)
            await self._insert(name, Role.ADMINISTRATOR, by, password_hash=hashed)
            self._first_code = None
            return await self._begin(name_key(name))

    # -- signing in, and one's own password

    async def sign_in(self, name: str, password: str) -> str | None:
        """The text of a new cookie; None where the name or the password is wrong.

        Which of the two cannot be told from the answer, nor from how long it takes.
        """
        user = self._users.get(name_key(name))
        stored = user.password_hash if user is not None and not user.disabled else None
        if not await self._passwords.fits(password, stored):
            return None
        async with self._deciding:
            # Meanwhile it may have been disabled, or have got another password.
            known = self._users.get(name_key(name))
            if known is None or known.disabled or known.password_hash != stored:
                return None
            return await self._begin(known.key)

    async def change_password(self, name: str, current: str, new: str, by: Author) -> str:
        """Ends all sign-ins and begins a new one: the text of its cookie.

        Raises:
            Invalid: `current` is not the password, or the new one cannot be.
        """
        user = self._known(name)
        if not await self._passwords.fits(current, user.password_hash):
            raise Invalid("that is not the current password", "current")
        hashed = await self._new_hash(new, user.name, field="new")
        async with self._deciding:
            if self._known(name).password_hash != user.password_hash:
                raise Invalid("that is no longer the current password", "current")
            await self._set_password(self._known(name), hashed, by)
            return await self._begin(user.key)

    def by_reset_code(self, code: str) -> User | None:
        """Whose one-time link that is; None where it was used, replaced or has expired."""
        hashed = self._hash(code)
        for user in self._users.values():
            if user.reset_hash is not None and hmac.compare_digest(user.reset_hash, hashed):
                expires_at = user.reset_expires_at
                usable = not user.disabled and expires_at is not None and self._clock() < expires_at
                return user if usable else None
        return None

    async def use_reset_code(self, code: str, password: str, request_id: str) -> str:
        """Set the password of whose link it is, signed in; the text of the cookie.

        Raises:
            Gone: the code was used, replaced or has expired.
            Invalid: the password cannot be.
        """
        hashed = await self._new_hash(password, self._reset(code).name)
        async with self._deciding:
            user = self._reset(code)
            await self._set_password(user, hashed, Author(name=user.name, request_id=request_id))
            return await self._begin(user.key)

    # -- administration

    async def put(
        self, name: str, *, role: Role, password: str | None, disabled: bool | None, by: Author
    ) -> tuple[User, str | None, bool]:
        """Create or change: the person, the code of a one-time link, and whether it is new.

        There is a code for a new person without a password. What is None stays as it is.

        Raises:
            Invalid: the name or the password cannot be, or a key has that name.
            LastAdministrator: nobody could administer any more.
        """
        hashed = await self._new_hash(password, name) if password is not None else None
        async with self._deciding:
            before = self._users.get(name_key(name))
            if before is None:
                code = secrets.token_urlsafe(32) if hashed is None else None
                user = await self._insert(
                    name, role, by, password_hash=hashed, disabled=bool(disabled), code=code
                )
                return user, code, True
            after = changed(
                before,
                role=role,
                disabled=before.disabled if disabled is None else disabled,
                password_hash=hashed or before.password_hash,
            )
            if hashed is not None:
                after = changed(after, reset_hash=None, reset_expires_at=None)
            await self._change(before, after, by)
            return after, None, False

    async def new_reset_code(self, name: str, by: Author) -> str:
        """The code of a link with which this person chooses a new password, once.

        An earlier link no longer works; the password stays until the new one is chosen.

        Raises:
            NotFound: there is nobody of that name.
        """
        async with self._deciding:
            user, code = self._known(name), secrets.token_urlsafe(32)
            after = changed(user, **self._coded(code))
            audit = self._audit(by, "user.reset_link_made", user, user)
            await update_user(self._engine, after, audit, ends_sign_ins=False)
            self._users[user.key] = after
            return code

    async def delete(self, name: str, by: Author) -> None:
        """Forget somebody, who is signed out everywhere.

        Raises:
            NotFound: there is nobody of that name.
            LastAdministrator: nobody could administer any more.
        """
        async with self._deciding:
            user = self._known(name)
            self._keep_administrator(user, None)
            audit = self._audit(by, "user.deleted", user, None)
            await delete_user(self._engine, user.key, audit)
            del self._users[user.key]
            self.sign_ins.forget_all_of(user.key)
            log.info("user deleted", name=user.name, by=by.name)

    # -- within, while deciding

    async def _begin(self, key: str) -> str:
        token = await self.sign_ins.begin(key)
        self._users[key] = changed(self._users[key], last_sign_in_at=self._clock())
        log.info("signed in", name=self._users[key].name)
        return token

    async def _insert(
        self,
        name: str,
        role: Role,
        by: Author,
        *,
        password_hash: str | None,
        disabled: bool = False,
        code: str | None = None,
    ) -> User:
        if fault := name_fault(name):
            raise Invalid(fault)
        user = User(
            name=name,
            role=role,
            created_at=self._clock(),
            created_by=by.name,
            disabled=disabled,
            password_hash=password_hash,
            **(self._coded(code) if code is not None else {}),
        )
        audit = self._audit(by, "user.created", None, user)
        if user.key in _TAKEN or not await insert_user(self._engine, user, audit):
            raise Invalid(f"the name {name!r} is taken")
        self._users[user.key] = user
        log.info("user created", name=name, role=role, by=by.name)
        return user

    async def _change(self, before: User, after: User, by: Author) -> None:
        self._keep_administrator(before, after)
        new_password = after.password_hash != before.password_hash
        audits = []
        if (before.role, before.disabled) != (after.role, after.disabled):
            audits.append(self._audit(by, "user.changed", before, after))
        if new_password:
            audits.append(self._audit(by, "user.password_changed", before, after))
        if not audits:
            return
        # Whoever has another role or another password signs in again, and sees it.
        await update_user(self._engine, after, *audits, ends_sign_ins=True)
        self._users[after.key] = after
        self.sign_ins.forget_all_of(after.key)
        log.info("user changed", name=after.name, by=by.name)

    async def _set_password(self, user: User, hashed: str, by: Author) -> None:
        after = changed(user, password_hash=hashed, reset_hash=None, reset_expires_at=None)
        await self._change(user, after, by)

    def _keep_administrator(self, before: User, after: User | None) -> None:
        others = [user for user in self._users.values() if user is not before]
        if can_administer([*others, before]) and not can_administer(
            others if after is None else [*others, after]
        ):
            raise LastAdministrator

    def _check_first(self, code: str) -> None:
        if not self.is_first_code(code):
            raise Gone("this link was used or has expired")

    def _reset(self, code: str) -> User:
        user = self.by_reset_code(code)
        if user is None:
            raise Gone("this link was used or has expired")
        return user

    def _known(self, name: str) -> User:
        user = self._users.get(name_key(name))
        if user is None:
            raise NotFound(f"there is nobody named {name!r}")
        return user

    async def _new_hash(self, password: str, name: str, field: str = "password") -> str:
        if fault := password_fault(password, name):
            raise Invalid(fault, field)
        return await self._passwords.hash(password)

    def _coded(self, code: str) -> dict[str, Any]:
        return {"reset_hash": self._hash(code), "reset_expires_at": self._clock() + CODE_LASTS}

    def _audit(
        self, by: Author, action: str, before: User | None, after: User | None
    ) -> AuditRecorded:
        def shown(user: User | None) -> dict[str, object] | None:
            return None if user is None else {"role": user.role.value, "disabled": user.disabled}

        shown_name = next(user.name for user in (after, before) if user is not None)
        return AuditRecorded(
            author=by,
            action=action,
            target_kind="user",
            target=shown_name,
            before=shown(before),
            after=shown(after),
            at=self._clock(),
        )

    def _hash(self, code: str) -> bytes:
        return self._keyring.hash(b"code:" + code.encode(errors="replace"))
