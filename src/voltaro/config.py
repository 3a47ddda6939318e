"""Settings: read once from ``VOLTARO_*`` variables and flags; values are handed on from there.

``SETTINGS`` is the one table of what can be set. ``docs/operate/settings.md`` lists the same rows
and a test compares the two.
"""

import dataclasses
import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, cast

from voltaro.setting_values import (
    Network,
    PortRange,
    amount,
    as_path,
    as_paths,
    as_text,
    choice,
    days,
    interval,
    ipv4,
    message_size,
    networks,
    port,
    port_range,
    seconds,
    url,
    waiting_seconds,
)
from voltaro.urls import MASK, mask_url

UnknownStations = Literal["refuse", "pending", "accept"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "console", "json"]
Tracing = Literal["auto", "on", "off"]

PREFIX = "VOLTARO_"

#: Variables with our prefix that other parts read: no warning for them.
OTHER_VARIABLES = frozenset(
    {"VOLTARO_URL", "VOLTARO_API_KEY", "VOLTARO_CHAOS_SECONDS", "VOLTARO_CHAOS_SEED"}
    | {"VOLTARO_POSTGRES_BIN", "VOLTARO_SKIP_UI", "VOLTARO_CHROMIUM", "VOLTARO_REQUIRE_BROWSER"}
)


class SettingError(ValueError):
    """A setting cannot be used; the text is one line fit for the person who set it."""

    def __init__(self, name: str, problem: str, example: str) -> None:
        super().__init__(f"{name}: {problem}. Example: {name}={example}")
        self.name = name
        self.problem = problem
        self.example = example


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process was told. Secrets do not show in ``repr``."""

    ocpp_port: int = 9000
    #: None: no TLS of our own.
    ocpp_tls_port: int | None = None
    tls_cert: tuple[Path, ...] = ()
    #: In the order of the certificates.
    tls_key: tuple[Path, ...] = ()
    tls_client_ca: Path | None = None
    operator_name: str | None = None
    http_port: int = 8080
    bind: str = "0.0.0.0"  # noqa: S104 - stations connect from elsewhere; documented
    #: None: a PostgreSQL of our own under ``data_dir``.
    database_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path("voltaro-data")
    unknown_stations: UnknownStations = "refuse"
    heartbeat_interval_s: int = 300
    boot_retry_interval_s: int = 30
    bootstrap_api_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    public_url: str | None = None
    public_ocpp_url: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    max_message_bytes: int = 1024 * 1024
    #: 0 turns pings off.
    ping_interval_s: float = 60.0
    ping_timeout_s: float = 60.0
    #: A station that never booted is asked to after this long; 0: it is not.
    boot_patience_s: float = 60.0
    inventory: Literal["auto", "off"] = "auto"
    running_cost_s: float = 300.0
    #: How long a station has for the answer to a command, counted from sending.
    command_timeout_s: float = 30.0
    #: How long messages wait for a database that is away before sockets are closed with 1013.
    database_patience_s: float = 30.0
    #: 0 keeps for ever, or sets no bound.
    journal_days: int = 30
    journal_max_bytes: int = 10 * 1024**3
    meter_values_days: int = 0
    attempts_days: int = 90
    records_days: int = 730
    disk_warn_bytes: int = 2 * 1024**3
    disk_journal_bytes: int = 512 * 1024**2
    #: Of one file, whoever brings it.
    file_max_bytes: int = 512 * 1024**2
    received_files_days: int = 30
    #: None: no FTP.
    ftp_port: int | None = None
    #: None: any free one.
    ftp_passive_ports: PortRange | None = None
    ftp_public_host: str | None = None
    #: None: only on the HTTP port.
    metrics_port: int | None = None
    tracing: Tracing = "auto"
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"
    #: VOLTARO_* variables nobody reads, each with the nearest name that exists.
    unknown: tuple[tuple[str, str | None], ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str], **overrides: object) -> Self:
        """Settings from variables; an override (a flag) that is not None wins.

        An empty variable counts as not set. Raises SettingError for a value that cannot be used
        and TypeError for an override that is no setting.
        """
        if strange := overrides.keys() - {row.field for row in SETTINGS}:
            raise TypeError(f"no such setting: {', '.join(sorted(strange))}")
        values: dict[str, Any] = {}
        for row in SETTINGS:
            override = overrides.get(row.field)
            if override is not None:
                values[row.field] = _read(row, row.flag, str(override))
            elif text := environ.get(row.name, "").strip():
                values[row.field] = _read(row, row.name, text)
        values.setdefault("data_dir", default_data_dir())
        return cls(**values, unknown=_unknown(environ))

    def describe(self) -> list[tuple[str, str, str]]:
        """(variable, value in effect, meaning) of every setting, secrets masked."""
        return [(row.name, _show(row, getattr(self, row.field)), row.meaning) for row in SETTINGS]


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the table: field of Settings, how to read it, what it means, an example."""

    field: str
    parse: Callable[[str], object]
    meaning: str
    example: str
    secret: bool = False

    @property
    def name(self) -> str:
        return PREFIX + self.field.upper()

    @property
    def flag(self) -> str:
        return "--" + self.field.replace("_", "-")

    @property
    def default(self) -> str:
        """The default as documentation shows it; empty when there is none."""
        fields = {each.name: each.default for each in dataclasses.fields(Settings)}
        return _show(self, fields[self.field])


def default_data_dir(
    cwd: Path | None = None, *, is_root: bool | None = None, system: Path = Path("/var/lib/voltaro")
) -> Path:
    """``./voltaro-data``, or as root the system's place where others cannot reach the former.

    PostgreSQL refuses to run as root, so as root it runs as another user, who must be able to
    walk down to the data.
    """
    cwd = Path.cwd() if cwd is None else cwd
    root = (hasattr(os, "geteuid") and os.geteuid() == 0) if is_root is None else is_root
    if root and not all(_traversable(folder) for folder in (cwd, *cwd.parents)):
        return system
    return cwd / "voltaro-data"


def _traversable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


def _read(row: Setting, name: str, text: str) -> object:
    try:
        return row.parse(text)
    except ValueError as error:
        problem = str(error)
        if text.startswith(("tcp://", "udp://")) and not row.secret:
            problem += " (Kubernetes sets such variables: enableServiceLinks: false stops it)"
        raise SettingError(name, problem, row.example) from None


def _show(row: Setting, value: object) -> str:
    if value is None or value == ():
        return ""
    if row.secret:
        return MASK
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return mask_url(value) if isinstance(value, str) and "://" in value else str(value)


def _unknown(environ: Mapping[str, str]) -> tuple[tuple[str, str | None], ...]:
    known = [row.name for row in SETTINGS]
    strange = sorted(
        name
        for name in environ
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES and name not in known
    )
    nearest = [difflib.get_close_matches(name, known, n=1, cutoff=0.8) for name in strange]
    return tuple(
        (name, near[0] if near else None) for name, near in zip(strange, nearest, strict=True)
    )


SETTINGS: tuple[Setting, ...] = (
    Setting("ocpp_port", port, "Port that stations connect to; 0 picks a free one", "9000"),
    Setting(
        "ocpp_tls_port",
        port,
        "Port that stations connect to with TLS; 0 picks a free one; without it none",
        "9443",
    ),
    Setting(
        "tls_cert",
        as_paths,
        "Certificates of that port with their chains, PEM files separated by commas: one RSA, one EC",
        "/etc/voltaro/rsa.pem,/etc/voltaro/ec.pem",
    ),
    Setting(
        "tls_key",
        as_paths,
        "Their private keys, in the same order",
        "/etc/voltaro/rsa.key,/etc/voltaro/ec.key",
    ),
    Setting(
        "tls_client_ca",
        as_path,
        "Roots of station certificates that somebody else issued, a PEM file",
        "/etc/voltaro/stations-root.pem",
    ),
    Setting(
        "operator_name",
        as_text,
        "Organisation (O) that a station's certificate must name; without it any",
        "Example Charging Ltd",
    ),
    Setting("http_port", port, "Port of API and console; 0 picks a free one", "8080"),
    Setting("bind", as_text, "Address to listen on", "127.0.0.1"),
    Setting(
        "database_url",
        url("postgresql", "postgres"),
        "PostgreSQL to use; without it Voltaro runs its own under the data directory",
        "postgresql://voltaro:secret@db.example.org/voltaro",
    ),
    Setting(
        "data_dir",
        as_path,
        "Database files and local keys; as root /var/lib/voltaro where other users cannot"
        " reach the working directory",
        "/var/lib/voltaro",
    ),
    Setting(
        "unknown_stations",
        choice("refuse", "pending", "accept"),
        "A station nobody registered: refuse it, let it in as pending, or accept it",
        "refuse",
    ),
    Setting("heartbeat_interval_s", interval, "Interval told to accepted stations", "300"),
    Setting(
        "boot_retry_interval_s",
        interval,
        "Interval told to pending and rejected stations, after which they boot again",
        "30",
    ),
    Setting(
        "bootstrap_api_key",
        as_text,
        "Presets an administrator's API key",
        "a-long-random-text",
        secret=True,
    ),
    Setting(
        "secret_key",
        as_text,
        "Key that other secrets derive from; without it a file in the data directory",
        "a-long-random-text",
        secret=True,
    ),
    Setting(
        "public_url",
        url("https", "http"),
        "How people reach API and console from outside",
        "https://charging.example.org",
    ),
    Setting(
        "public_ocpp_url",
        url("wss", "ws"),
        "How stations reach the OCPP port from outside",
        "wss://ocpp.example.org",
    ),
    Setting(
        "trusted_proxies",
        networks,
        "Addresses and networks whose X-Forwarded-For is believed, separated by commas",
        "10.0.0.0/8,192.0.2.7",
    ),
    Setting(
        "max_message_bytes", message_size, "Largest message taken from a station (KiB, MiB)", "1MiB"
    ),
    Setting("ping_interval_s", seconds, "A quiet station is pinged after this; 0 = never", "60"),
    Setting("ping_timeout_s", waiting_seconds, "A ping unanswered this long ends the socket", "60"),
    Setting(
        "boot_patience_s", seconds, "A station that never booted is asked to then; 0 = never", "60"
    ),
    Setting("inventory", choice("auto", "off"), "A new 2.x station tells all its variables", "off"),
    Setting("running_cost_s", seconds, "A cost not told for so long is sent; 0 = never", "60"),
    Setting("command_timeout_s", waiting_seconds, "How long a station has for an answer", "30"),
    Setting(
        "database_patience_s",
        seconds,
        "While the database is away messages wait this long; then sockets are closed with 1013",
        "30",
    ),
    Setting("journal_days", days, "Days that the journal of messages is kept; 0 = for ever", "30"),
    Setting(
        "journal_max_bytes",
        amount,
        "Size of the journal beyond which its oldest days are dropped, never today's; 0 = no bound",
        "50GiB",
    ),
    Setting(
        "meter_values_days",
        days,
        "Days that meter values are kept, by whole months; 0 = for ever",
        "730",
    ),
    Setting(
        "attempts_days",
        days,
        "Days that refused upgrades and ended connections are remembered; 0 = for ever",
        "90",
    ),
    Setting(
        "records_days",
        days,
        "Days that commands, security and monitoring events, and the audit log are kept; 0 = for ever",
        "730",
    ),
    Setting(
        "disk_warn_bytes",
        amount,
        "Free space of the own database's disk below which it is warned about; 0 = never",
        "5GiB",
    ),
    Setting(
        "disk_journal_bytes",
        amount,
        "Free space below which the journal is not written any more, sessions are; 0 = never",
        "1GiB",
    ),
    Setting("file_max_bytes", amount, "Largest file taken from people and stations", "1GiB"),
    Setting("received_files_days", days, "Days that stations' files are kept; 0 = for ever", "90"),
    Setting("ftp_port", port, "Port of FTP for stations, in clear text; without it none", "2121"),
    Setting("ftp_passive_ports", port_range, "Ports of FTP's data connections", "50000-50031"),
    Setting("ftp_public_host", ipv4, "Address told for FTP's data connections", "192.0.2.7"),
    Setting(
        "metrics_port",
        port,
        "Port of /metrics without a key, besides the HTTP port's; 0 picks a free one",
        "9464",
    ),
    Setting(
        "tracing",
        choice("auto", "on", "off"),
        "OpenTelemetry traces; auto: on when OTEL_EXPORTER_OTLP_ENDPOINT is set",
        "on",
    ),
    Setting("log_level", choice("debug", "info", "warning", "error"), "Least level logged", "info"),
    Setting(
        "log_format",
        choice("auto", "console", "json"),
        "auto: coloured lines on a terminal, JSON elsewhere",
        "json",
    ),
)


def from_process(**overrides: object) -> Settings:
    """Settings of this process's environment."""
    return Settings.from_env(cast("Mapping[str, str]", os.environ), **overrides)
