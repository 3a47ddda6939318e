"""Certificates of stations: made when they are asked for, brought until they are taken, revoked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from voltaro.domain.audit import SYSTEM, AuditRecorded, Author
from voltaro.domain.certificates import CertificateSigned
from voltaro.domain.decision import Change
from voltaro.domain.signing import CertificateJudged, PendingCertificate
from voltaro.domain.values import changed
from voltaro.services.commands import Commands
from voltaro.services.errors import PayloadInvalid, Refused
from voltaro.services.lines import Line
from voltaro.services.station_ca import Authority, SigningFailed
from voltaro.store.certificates import (
    IssuedCertificate,
    list_owners,
    list_pending,
    list_revoked,
    revoke_certificate,
    write_issued,
)
from voltaro.store.reach import DatabaseAway, Engine

log = structlog.get_logger()

#: How often we look for stations that came back and wait for a certificate.
_LOOK_EVERY_S: Final = 2.0
#: A station that does not answer is asked again after so long, on the same connection.
_AGAIN_S: Final = 300.0


class StationCertificates:
    """What was accepted is a row, and rows are worked off: neither crash nor absence loses one.

    A `Witness` of requests, which it acts upon while `running`.
    """

    concerned_by = (CertificateJudged,)

    def __init__(self, *, engine: Engine, authority: Authority) -> None:
        self._engine = engine
        self._authority = authority
        self._asked = asyncio.Event()
        self._revoked: frozenset[str] = frozenset()
        #: By SHA-256 of what was made, the station that it was made for.
        self._owners: dict[str, str] = {}
        #: By certificate: the connection for which it was last tried, and the loop's time then.
        self._tried: dict[UUID, tuple[Line, float]] = {}

    # -- for the handshake

    def is_revoked(self, sha256: str) -> bool:
        """Whether a certificate that we made, by the SHA-256 of its DER in hex, counts no more."""
        return sha256 in self._revoked

    def made_for(self, sha256: str) -> str | None:
        """The station that asked for a certificate that we made; None where we did not make it.

        What is written in a certificate is what its station says of itself, and may be what another
        one says of itself later.
        """
        return self._owners.get(sha256)

    async def load(self) -> None:
        """Know what was made for whom and what was revoked.

        Raises:
            DatabaseAway: try again.
        """
        self._owners = await list_owners(self._engine, datetime.now(UTC))
        await self._load_revoked()

    async def _load_revoked(self) -> None:
        found = await list_revoked(self._engine, datetime.now(UTC))
        self._revoked |= found  # one may have been revoked since the table was read

    # -- for operators

    async def revoke(self, station_id: str, certificate_id: UUID, *, by: Author) -> None:
        """A certificate that was made lets nobody in any more, from the next connection on.

        Raises:
            DatabaseAway: it may or may not be revoked; what is, counts within seconds.
        """
        audit = AuditRecorded(
            author=by,
            action="station.certificate_revoked",
            target_kind="station",
            target=station_id,
            after={"certificate_id": str(certificate_id)},
            at=datetime.now(UTC),
        )
        sha256 = await revoke_certificate(self._engine, certificate_id, audit)
        if sha256 is not None:
            self._revoked |= {sha256}
            log.info("station certificate revoked", station_id=station_id, sha256=sha256)

    # -- the witness's side

    def learn(self, changes: tuple[Change, ...]) -> None:
        """See `Witness.learn`."""
        if any(isinstance(each, CertificateJudged) and each.flaw is None for each in changes):
            self._asked.set()

    # -- within

    @asynccontextmanager
    async def running(self, commands: Commands) -> AsyncIterator[None]:
        """Until the end of the block."""
        working = asyncio.create_task(self._work(commands), name="station certificates")
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _work(self, commands: Commands) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._asked.wait()
            self._asked.clear()
            try:
                await self._load_revoked()
                pending = await list_pending(self._engine, datetime.now(UTC))
            except DatabaseAway:
                continue  # those who wait for it say so
            await self._advance(commands, pending)

    async def _advance(self, commands: Commands, pending: Sequence[PendingCertificate]) -> None:
        waiting = {each.id for each in pending}
        self._tried = {key: on for key, on in self._tried.items() if key in waiting}
        for each in pending:
            if not self._is_due(each.id, commands.line(each.station_id)):
                continue
            try:
                chain = each.chain or await self._make(each)
                if chain is not None:
                    await _bring(commands, each, chain)
            except (DatabaseAway, Refused, SigningFailed) as error:
                log.warning(
                    "station certificate not delivered",
                    station_id=each.station_id,
                    reason=str(error) or type(error).__name__,
                )
            except Exception:
                log.exception("station certificate failed", station_id=each.station_id)

    def _is_due(self, certificate_id: UUID, line: Line | None) -> bool:
        """Whether the station is there, and this was not just tried on its connection."""
        if line is None:
            return False
        now = asyncio.get_running_loop().time()
        last = self._tried.get(certificate_id)
        if last is not None and last[0] is line and now - last[1] < _AGAIN_S:
            return False
        self._tried[certificate_id] = (line, now)
        return True

    async def _make(self, wanted: PendingCertificate) -> str | None:
        """The chain, once it is on record; None where the request is gone."""
        now = datetime.now(UTC)
        issued = _described(await self._authority.sign(wanted.csr, now))
        # Known before it is on record: whether a commit that broke off was one shows only later.
        self._owners[issued.sha256] = wanted.station_id
        if not await write_issued(self._engine, wanted.id, issued, now):
            return None
        log.info(
            "station certificate issued",
            station_id=wanted.station_id,
            serial_number=issued.serial_number,
            not_after=issued.not_after.isoformat(),
        )
        return issued.chain


async def _bring(commands: Commands, wanted: PendingCertificate, chain: str) -> None:
    command = CertificateSigned(chain=chain, purpose=wanted.purpose, request_id=wanted.request_id)
    issued = _described(chain)
    shown = {"subject": issued.subject, "serial_number": issued.serial_number}
    try:
        await commands.send(wanted.station_id, command, shown, by=SYSTEM)
    except PayloadInvalid:
        if command.request_id is None:
            raise
        # Quirk: a station of 2.0.1 numbers its request, and its version has no place for the answer.
        plain = changed(command, request_id=None)
        await commands.send(wanted.station_id, plain, shown, by=SYSTEM)


def _described(chain: str) -> IssuedCertificate:
    leaf = x509.load_pem_x509_certificate(chain.encode())
    return IssuedCertificate(
        serial_number=f"{leaf.serial_number:x}",
        subject=leaf.subject.rfc4514_string(),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        sha256=leaf.fingerprint(SHA256()).hex(),
        chain=chain,
    )
