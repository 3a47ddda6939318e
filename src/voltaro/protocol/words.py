"""Words of the wire as words of the domain: `InstallRebooting` is `install_rebooting`."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

W = TypeVar("W", bound=StrEnum)


def reader(kind: type[W]) -> Callable[[str], W | None]:
    """Reads the wire's spelling of an enum whose values differ from it only in their form."""
    known = {word.value.replace("_", ""): word for word in kind}
    return lambda text: known.get(text.strip().lower())
