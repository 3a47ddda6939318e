"""Reading the texts of settings: each function returns a value or raises ValueError with a line."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _number(text: str, kind: type[int] | type[float], least: float, most: float) -> int | float:
    try:
        value = kind(text)
    except ValueError:
        whole = "a whole number" if kind is int else "a number"
        raise ValueError(f"{text!r} is not {whole}") from None
    if not least <= value <= most:
        raise ValueError(f"{text!r} is not between {least:.0f} and {most:.0f}")
    return value


def port(text: str) -> int:
    return int(_number(text, int, 0, 65535))


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def numbers(self) -> range:
        return range(self.first, self.last + 1)


def port_range(text: str) -> PortRange:
    first, dash, last = text.partition("-")
    found = PortRange(port(first.strip()), port(last.strip() if dash else first.strip()))
    if not 0 < found.first <= found.last:
        raise ValueError(f"{text!r} is not a range of ports, such as 50000-50031")
    return found


def ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 address") from None


def interval(text: str) -> int:
    return int(_number(text, int, 1, 86400 * 7))


def seconds(text: str) -> float:
    return float(_number(text, float, 0, 86400))


def waiting_seconds(text: str) -> float:
    return float(_number(text, float, 1, 86400))


def days(text: str) -> int:
    return int(_number(text, int, 0, 36_500))


_SIZES = {"": 1, "B": 1, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3, "TIB": 1024**4}


def amount(text: str) -> int:
    found = re.fullmatch(r"(\d{1,15})\s*([A-Za-z]*)", text)
    if not found or found[2].upper() not in _SIZES:
        raise ValueError(f"{text!r} is not a size in bytes, KiB, MiB, GiB or TiB")
    return int(found[1]) * _SIZES[found[2].upper()]


def message_size(text: str) -> int:
    size = amount(text)
    # The protocols ask for 64 KiB at the least (reports, certificates, transaction data).
    if not 65536 <= size <= 64 * 1024 * 1024:
        raise ValueError(f"{text!r} is not between 64 KiB and 64 MiB")
    return size


def as_text(text: str) -> str:
    return text


def as_path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def as_paths(text: str) -> tuple[Path, ...]:
    return tuple(as_path(each.strip()) for each in text.split(",") if each.strip())


def choice(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"{text!r} is not one of {', '.join(words)}")
        return text.lower()

    return parse


def url(*schemes: str) -> Callable[[str], str]:
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)

    def parse(text: str) -> str:
        # The text may hold a password: it is not repeated in the message.
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError("that is not a URL") from None
        if parts.scheme not in schemes:
            raise ValueError(f"the URL does not begin with {wanted}")
        if not parts.netloc and "postgresql" not in schemes:
            raise ValueError("the URL names no host")
        return text if "postgresql" in schemes else text.rstrip("/")

    return parse


def networks(text: str) -> tuple[Network, ...]:
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ipaddress.ip_network(each))
        except ValueError:
            raise ValueError(f"{each!r} is not an address or a network") from None
    return tuple(found)
