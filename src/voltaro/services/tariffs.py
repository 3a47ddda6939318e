"""Tariffs: what operators charge, and at which stations and sites."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.tariffs import Tariff
from voltaro.services.errors import InForce, Invalid, NotFound
from voltaro.services.revisions import IfMatch
from voltaro.services.turns import Turns
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.tariffs import (
    TariffReference,
    assign_to_site,
    assign_to_station,
    delete_tariff,
    insert_tariff,
    update_tariff,
)
from voltaro.store.views.tariffs import (
    TariffRow,
    find_site_tariff,
    find_station_tariffs,
    find_tariff,
)

log = structlog.get_logger()

#: A tariffId of 2.1 is as long.
_LONGEST_NAME = 60
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPut:
    row: TariffRow
    created: bool


class Tariffs:
    """Writes about one tariff take turns. Sessions keep the one that they began with."""

    def __init__(self, *, engine: Engine) -> None:
        self._engine = engine
        self._turns = Turns()

    async def put(
        self, tariff: Tariff, if_match: IfMatch | None = None, *, by: Author
    ) -> TariffPut:
        """Create or replace a tariff; sessions that have begun keep the one before.

        Raises:
            Invalid: it cannot have this name.
            RevisionChanged: `if_match` names another revision.
            DatabaseAway: it may or may not have been changed.
        """
        _check_name(tariff.name)
        async with self._turns.take(tariff.name):
            for _ in range(_ATTEMPTS):
                known = await find_tariff(self._engine, tariff.name)
                if if_match is not None:
                    if_match.check(known.revision if known else None)
                audit = _audit(by, tariff.name, known.tariff if known else None, tariff)
                if known is None:
                    row = await insert_tariff(self._engine, tariff, audit)
                else:
                    row = await update_tariff(self._engine, tariff, known.revision, audit)
                if row is not None:
                    log.info("tariff changed" if known else "tariff created", tariff=tariff.name)
                    return TariffPut(row=row, created=known is None)
        raise DatabaseAway

    async def delete(self, name: str, if_match: IfMatch | None = None, *, by: Author) -> None:
        """Forget a tariff; what sessions cost stays.

        Raises:
            InForce: a station or a site has it.
            NotFound, RevisionChanged, DatabaseAway: as above.
        """
        async with self._turns.take(name):
            for _ in range(_ATTEMPTS):
                known = await find_tariff(self._engine, name)
                if if_match is not None:
                    if_match.check(known.revision if known else None)
                if known is None:
                    raise NotFound("there is no such tariff")
                audit = _audit(by, name, known.tariff, None)
                try:
                    deleted = await delete_tariff(self._engine, name, known.revision, audit)
                except TariffReference as error:
                    raise InForce("a station or a site still has this tariff") from error
                if deleted:
                    log.info("tariff deleted", tariff=name)
                    return
        raise DatabaseAway

    async def assign_to_station(self, station_id: str, name: str | None, *, by: Author) -> None:
        """Price a station's new sessions by a tariff; None: by that of its site.

        Raises:
            NotFound: there is no such station.
            Invalid: there is no such tariff.
            DatabaseAway: it may or may not have been changed.
        """
        before = await find_station_tariffs(self._engine, station_id)
        if before is None:
            raise NotFound(f"there is no station {station_id!r}")
        audit = _assigned(by, "station", station_id, before.station, name)
        try:
            await assign_to_station(self._engine, station_id, name, audit)
        except TariffReference as error:
            raise Invalid(f"there is no tariff {name!r}", "tariff") from error
        log.info("tariff assigned", tariff=name, station_id=station_id)

    async def assign_to_site(self, site: str, name: str | None, *, by: Author) -> None:
        """The same for the stations of a site that have none of their own."""
        before = await find_site_tariff(self._engine, site)
        if before is None:
            raise NotFound(f"there is no site {site!r}")
        audit = _assigned(by, "site", site, before[0], name)
        try:
            await assign_to_site(self._engine, site, name, audit)
        except TariffReference as error:
            raise Invalid(f"there is no tariff {name!r}", "tariff") from error
        log.info("tariff assigned", tariff=name, site=site)


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip():
        raise Invalid("a tariff needs a name without spaces around it")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"a tariff's name has at most {_LONGEST_NAME} characters, not {len(name)}")
    if not name.isprintable():
        raise Invalid("a tariff's name has no control characters")


def _audit(by: Author, name: str, before: Tariff | None, after: Tariff | None) -> AuditRecorded:
    verb = "created" if before is None else "deleted" if after is None else "changed"
    return AuditRecorded(
        author=by,
        action=f"tariff.{verb}",
        target_kind="tariff",
        target=name,
        before=_shown(before),
        after=_shown(after),
        at=datetime.now(UTC),
    )


def _assigned(
    by: Author, kind: str, target: str, before: str | None, after: str | None
) -> AuditRecorded:
    return AuditRecorded(
        author=by,
        action=f"{kind}.tariff_changed",
        target_kind=kind,
        target=target,
        before={"tariff": before},
        after={"tariff": after},
        at=datetime.now(UTC),
    )


def _shown(tariff: Tariff | None) -> dict[str, Any] | None:
    """As JSON can hold it; prices are text."""
    return None if tariff is None else dict(msgspec.to_builtins(tariff))
