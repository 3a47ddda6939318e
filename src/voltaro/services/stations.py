"""Registering stations: who may connect, with which credentials."""

import asyncio
import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

import structlog

from voltaro.domain.audit import SYSTEM, AuditRecorded, Author
from voltaro.domain.provisioning import Registration
from voltaro.domain.values import changed
from voltaro.services.directory import Directory, StationRecord
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.live import LiveFeed
from voltaro.services.presence import Presence
from voltaro.services.revisions import IfMatch
from voltaro.services.secrets import Keyring, new_password
from voltaro.services.turns import Turns
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.stations import (
    StationSettings,
    delete_station,
    find_settings,
    insert_station,
    load_settings,
    update_station,
)
from voltaro.store.views.stations import StationRow

log = structlog.get_logger()

#: OCPP 2.x identity: at most 48 characters (2.0.1 part 4 §3.1.1).
_LONGEST_ID = 48
#: 2.x passwordString: 16 to 40 characters.
_SHORT_PASSWORD = 16
_LONG_PASSWORD = 40
_SETTLE_S = 0.5
_ATTEMPTS = 8

#: What there is to tell of a station that never connected, besides its settings.
_NEVER_SEEN: Mapping[str, Any] = {
    "online": False,
    **dict.fromkeys(
        (
            "last_seen",
            "connected_at",
            "disconnected_at",
            "booted_at",
            "protocol",
            "vendor",
            "model",
            "firmware_version",
            "clock_skew_s",
            "status",
            "status_reported",
            "status_at",
            "error_code",
        )
    ),
}


class StationUpdate(TypedDict, total=False):
    """What is absent stays as it is, or is the default of a new station."""

    registration: Registration
    security_profile: int
    password: str
    strict: bool
    fallback_protocol: str | None
    check_username: bool
    token_cut: str | None
    site: str | None
    serial_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPut:
    """`password` is what was generated, to be shown this once."""

    station: StationRow
    created: bool
    password: str | None
    warnings: tuple[str, ...]


async def load_station_records(engine: Engine) -> list[StationRecord]:
    """Every station as the handshake must know it."""
    return [_record(name, settings) for name, settings in (await load_settings(engine)).items()]


def check_station_id(station_id: str) -> None:
    """Whether a station can have this identity.

    Raises:
        Invalid: no; the text says why.
    """
    if not station_id.strip():
        raise Invalid("a station id cannot be empty")
    if len(station_id) > _LONGEST_ID:
        raise Invalid(f"a station id has at most {_LONGEST_ID} characters, not {len(station_id)}")
    if any(unicodedata.category(each).startswith("C") for each in station_id):
        raise Invalid("a station id has no control characters")
    for letter, why in (("/", "it is one part of a path"), (":", "it is a user name (RFC 7617)")):
        if letter in station_id:
            raise Invalid(f"a station id has no {letter!r}: {why}")
    if station_id in {".", ".."}:
        raise Invalid(f"a station id cannot be {station_id!r}: paths give it a meaning of its own")


class Stations:
    """The table and the directory, changed together and in this order."""

    def __init__(
        self,
        *,
        engine: Engine,
        directory: Directory,
        keyring: Keyring,
        presence: Presence,
        live: LiveFeed | None = None,
    ) -> None:
        self._live = live
        self._engine = engine
        self._directory = directory
        self._keyring = keyring
        self._presence = presence
        self._turns = Turns()
        self._settling: set[asyncio.Task[None]] = set()

    def is_known(self, station_id: str) -> bool:
        """Whether a station of this identity is registered."""
        return self._directory.get(station_id) is not None

    async def put(
        self,
        station_id: str,
        update: StationUpdate,
        if_match: IfMatch | None = None,
        *,
        by: Author,
    ) -> StationPut:
        """Create or change a station; registration acts at its next boot, the rest when it connects.

        Raises:
            Invalid: it cannot have this id or these settings.
            RevisionChanged: `if_match` names another revision.
            DatabaseAway: it may or may not have been changed.
        """
        check_station_id(station_id)
        async with self._turns.take(station_id):
            for _ in range(_ATTEMPTS):
                known = await find_settings(self._engine, station_id)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                before = known[0] if known else StationSettings()
                settings, generated = self._merged(before, update)
                audit = _audit(by, station_id, known[0] if known else None, settings)
                try:
                    if known is None:
                        row = await insert_station(self._engine, station_id, settings, audit)
                    else:
                        row = await update_station(
                            self._engine,
                            station_id,
                            settings,
                            known[1],
                            audit,
                            untouched=_untouched(update, generated),
                        )
                except (DatabaseAway, asyncio.CancelledError):
                    self._settle_later(station_id)
                    raise
                if row is None:
                    continue  # somebody else wrote to the table in between
                self._directory.put(_record(station_id, settings))
                self._tell(station_id, settings, created=known is None)
                log.info(
                    "station registered" if known is None else "station changed",
                    station_id=station_id,
                    registration=settings.registration.value,
                    security_profile=settings.security_profile,
                )
                return StationPut(
                    station=row,
                    created=known is None,
                    password=generated,
                    warnings=_warnings(update),
                )
        raise DatabaseAway

    async def delete(self, station_id: str, if_match: IfMatch | None = None, *, by: Author) -> None:
        """Remove a station and close its socket; its transactions stay.

        Raises:
            NotFound, RevisionChanged, DatabaseAway: as above.
        """
        async with self._turns.take(station_id):
            for _ in range(_ATTEMPTS):
                known = await find_settings(self._engine, station_id)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                if known is None:
                    raise NotFound(f"there is no station {station_id!r}")
                audit = _audit(by, station_id, known[0], None)
                try:
                    deleted = await delete_station(self._engine, station_id, known[1], audit)
                except (DatabaseAway, asyncio.CancelledError):
                    self._settle_later(station_id)
                    raise
                if deleted:
                    self._directory.remove(station_id)
                    self._presence.disconnect(station_id, "the station was deleted")
                    self._tell_deleted(station_id)
                    log.info("station deleted", station_id=station_id)
                    return
        raise DatabaseAway

    async def register_unknown(self, station_id: str, registration: Registration) -> StationRecord:
        """Take in a station that nobody registered, without credentials.

        Raises:
            Invalid: it cannot have this id.
            DatabaseAway: try again later.
        """
        check_station_id(station_id)
        async with self._turns.take(station_id):
            if (record := self._directory.get(station_id)) is not None:
                return record
            settings = StationSettings(registration=registration, security_profile=0)
            audit = _audit(SYSTEM, station_id, None, settings)
            try:
                row = await insert_station(self._engine, station_id, settings, audit)
                if row is None:  # left by a commit in doubt
                    known = await find_settings(self._engine, station_id)
                    settings = known[0] if known else settings
            except (DatabaseAway, asyncio.CancelledError):
                self._settle_later(station_id)
                raise
            record = _record(station_id, settings)
            self._directory.put(record)
            self._tell(station_id, settings, created=True)
            log.info(
                "unknown station registered",
                station_id=station_id,
                registration=registration.value,
            )
            return record

    def _tell(self, station_id: str, settings: StationSettings, *, created: bool) -> None:
        if self._live is not None:
            self._live.station(
                station_id,
                deleted=False,
                registration=settings.registration.value,
                security_profile=settings.security_profile,
                strict=settings.strict,
                site=settings.site,
                **({**_NEVER_SEEN, "connectors": {}} if created else {}),
            )

    def _tell_deleted(self, station_id: str) -> None:
        if self._live is not None:
            self._live.station(station_id, deleted=True)

    def _merged(
        self, before: StationSettings, update: StationUpdate
    ) -> tuple[StationSettings, str | None]:
        """The new settings, and the password that had to be made for them."""
        profile = update.get("security_profile", before.security_profile)
        password, generated = update.get("password"), None
        if password is None and before.password_hash is None and profile in {1, 2}:
            password = generated = new_password()
        hashed, offered = before.password_hash, before.offered_password_hashes
        if password is not None:
            hashed = self._keyring.hash_password(password)
        if "password" in update:  # it is the only one from now on
            offered = ()
        profiles = () if "security_profile" in update else before.offered_security_profiles
        settings = changed(
            before,
            registration=update.get("registration", before.registration),
            security_profile=profile,
            password_hash=hashed,
            offered_password_hashes=offered,
            strict=update.get("strict", before.strict),
            fallback_protocol=update.get("fallback_protocol", before.fallback_protocol),
            check_username=update.get("check_username", before.check_username),
            token_cut=update.get("token_cut", before.token_cut),
            site=update.get("site", before.site),
            serial_number=update.get("serial_number", before.serial_number),
            offered_security_profiles=profiles,
        )
        return settings, generated

    def _settle_later(self, station_id: str) -> None:
        """A commit is in doubt: once the database answers, the directory follows the table."""
        task = asyncio.create_task(self.settle(station_id), name="settle station")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def settle(self, station_id: str) -> None:
        """Let the directory follow the table; returns once it does."""
        while not await self._settled(station_id):
            never = asyncio.get_running_loop().create_future()
            await asyncio.wait([never], timeout=_SETTLE_S)

    async def _settled(self, station_id: str) -> bool:
        async with self._turns.take(station_id):
            try:
                known = await find_settings(self._engine, station_id)
            except DatabaseAway:
                return False
            if known is not None:
                self._directory.put(_record(station_id, known[0]))
                self._tell(station_id, known[0], created=False)
            elif self._directory.get(station_id) is not None:
                self._directory.remove(station_id)
                self._presence.disconnect(station_id, "the station was deleted")
                self._tell_deleted(station_id)
            return True


def _audit(
    by: Author, station_id: str, before: StationSettings | None, after: StationSettings | None
) -> AuditRecorded:
    verb = "created" if before is None else "deleted" if after is None else "changed"
    shown = _shown(after) if after is not None else None
    if before is not None and after is not None and before.password_hash != after.password_hash:
        shown = (shown or {}) | {"password_changed": True}
    return AuditRecorded(
        author=by,
        action=f"station.{verb}",
        target_kind="station",
        target=station_id,
        before=_shown(before) if before is not None else None,
        after=shown,
        at=datetime.now(UTC),
    )


def _shown(settings: StationSettings) -> dict[str, Any]:
    """Without the password, not even its hash."""
    shown = dataclasses.asdict(settings)
    del shown["offered_password_hashes"]
    shown["has_password"] = shown.pop("password_hash") is not None
    return shown


def _record(station_id: str, settings: StationSettings) -> StationRecord:
    return StationRecord(
        station_id=station_id,
        registration=settings.registration,
        security_profile=settings.security_profile,
        password_hash=settings.password_hash,
        offered_password_hashes=settings.offered_password_hashes,
        strict=settings.strict,
        fallback_protocol=settings.fallback_protocol,
        check_username=settings.check_username,
        token_cut=settings.token_cut,
        serial_number=settings.serial_number,
        offered_security_profiles=settings.offered_security_profiles,
    )


def _untouched(update: StationUpdate, generated: str | None) -> set[str]:
    """What the station may have changed itself, while nobody else says what it is to be."""
    mine = set() if "serial_number" in update else {"serial_number"}
    if "security_profile" not in update:
        mine.add("offered_security_profiles")
    if generated is None and "password" not in update:
        mine |= {"password_hash", "offered_password_hashes"}
    return mine


def _warnings(update: StationUpdate) -> tuple[str, ...]:
    password = update.get("password")
    if password is None:
        return ()
    if len(password) < _SHORT_PASSWORD:
        return (f"the password is short: OCPP asks for at least {_SHORT_PASSWORD} characters",)
    if len(password) > _LONG_PASSWORD:
        return (
            f"the password is long: OCPP 2.x stations take at most {_LONG_PASSWORD} characters",
        )
    return ()
