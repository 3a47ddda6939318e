"""What this server was told, and where from: its effective settings for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from voltaro import __version__
from voltaro.config import SETTINGS, Setting, Settings

Source = Literal["default", "environment", "option"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSetting:
    """Texts as documentation shows them, secrets masked; empty: not set, or no default."""

    name: str
    value: str
    default: str
    source: Source
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationFacts:
    version: str
    database: Literal["embedded", "external"]
    data_dir: str
    settings: tuple[EffectiveSetting, ...]


def installation_facts(settings: Settings, environ: Mapping[str, str]) -> InstallationFacts:
    """What is in effect, given the environment that the settings were read from."""
    defaults = Settings.from_env({})
    rows = zip(SETTINGS, settings.describe(), strict=True)
    return InstallationFacts(
        version=__version__,
        database="embedded" if settings.database_url is None else "external",
        data_dir=str(settings.data_dir.absolute()),
        settings=tuple(
            EffectiveSetting(
                name=row.name,
                value=shown,
                default=row.default,
                source=_source(row, settings, defaults, environ),
                meaning=meaning,
            )
            for row, (_, shown, meaning) in rows
        ),
    )


def _source(
    row: Setting, settings: Settings, defaults: Settings, environ: Mapping[str, str]
) -> Source:
    value = getattr(settings, row.field)
    if text := environ.get(row.name, "").strip():
        # An option wins over its variable, which then need not even be valid.
        try:
            if row.parse(text) == value:
                return "environment"
        except ValueError:
            pass
        return "option"
    return "default" if value == getattr(defaults, row.field) else "option"
