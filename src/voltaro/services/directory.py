"""Who may connect: registrations and credentials in memory, as the handshake needs them."""

from collections.abc import Iterable
from dataclasses import dataclass

from voltaro.domain.provisioning import Registration
from voltaro.domain.values import changed
from voltaro.services.token_aliases import TokenAliases


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRecord:
    """What the handshake must know of a station.

    `password_hash` is None where no password is set; `offered_password_hashes` let it in as well,
    see `voltaro.domain.credentials.Passwords`. `fallback_protocol` is the OCPP version that
    is assumed when the station offers none. `check_username` False lets any user name pass; `token_cut`
    is the text in an id token from which on it does not count. `serial_number` is what it told last.
    `offered_security_profiles` let it in as well, see `voltaro.domain.security_profile.Profiles`.
    """

    station_id: str
    registration: Registration
    security_profile: int
    password_hash: bytes | None
    strict: bool = False
    fallback_protocol: str | None = None
    check_username: bool = True
    token_cut: str | None = None
    offered_password_hashes: tuple[bytes, ...] = ()
    serial_number: str | None = None
    offered_security_profiles: tuple[int, ...] = ()


class Directory:
    """All stations by id, and other names of tokens.

    A write answers only after both the table and this were changed.
    """

    def __init__(
        self, records: Iterable[StationRecord] = (), aliases: TokenAliases | None = None
    ) -> None:
        self._records = {record.station_id: record for record in records}
        self.aliases = TokenAliases() if aliases is None else aliases

    def __len__(self) -> int:
        return len(self._records)

    def get(self, station_id: str) -> StationRecord | None:
        return self._records.get(station_id)

    def put(self, record: StationRecord) -> None:
        self._records[record.station_id] = record

    def booted(self, station_id: str, serial_number: str | None) -> None:
        """A station told its serial number, which is durable already; None tells nothing."""
        record = self._records.get(station_id)
        if record is not None and serial_number not in {None, record.serial_number}:
            self._records[station_id] = changed(record, serial_number=serial_number)

    def reached(self, station_id: str, profile: int) -> None:
        """A station came by a higher security profile: no lower one lets it in from now on."""
        record = self._records.get(station_id)
        if record is not None and record.security_profile < profile:
            self._records[station_id] = changed(record, security_profile=profile)

    def remove(self, station_id: str) -> None:
        self._records.pop(station_id, None)
