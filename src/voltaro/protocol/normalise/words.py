"""Words of OCPP in other spellings (quirks Q59 to Q61)."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

#: Spellings that differ by more than case and blanks, by property; in lower case.
_ALIASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "unit": {
            "c": "Celsius",
            "degc": "Celsius",
            "°c": "Celsius",
            "f": "Fahrenheit",
            "%": "Percent",
            "watt": "W",
            "ampere": "A",
            "amp": "A",
            "volt": "V",
            "hz": "Hertz",
        },
        "context": {"triggered": "Trigger", "periodic": "Sample.Periodic"},
        "reason": {"evdisconnect": "EVDisconnected", "poweroff": "PowerLoss"},
    }
)

#: Units of 2.x, where any text is a valid unit (2.x part 2 appendix 2).
UNITS: Final = (
    "Wh", "kWh", "varh", "kvarh", "VAh", "kVAh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V",
    "K", "Celsius", "Fahrenheit", "Percent", "Hz", "ASU", "B", "dB", "dBm", "Deg", "ms", "m", "N",
    "Pa", "lx", "RPM",
)  # fmt: skip


def respelled(word: str, options: Iterable[str], name: str) -> str | None:
    """The one of `options` that is meant by a value of the property `name`; None if none is."""
    spellings = _spellings(tuple(options))
    key = word.strip().lower()
    alias = _ALIASES.get(name, {}).get(key)
    if alias is not None and alias.lower() in spellings:
        return spellings[alias.lower()]
    return spellings.get(key)


@cache
def _spellings(options: tuple[str, ...]) -> Mapping[str, str]:
    return {option.lower(): option for option in options}
