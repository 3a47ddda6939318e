"""Values that the type checker keeps from being changed, and that cost little to make.

`frozen=True` guards every assignment at run time, also those of the initialiser, which makes it four
times as slow; and `dataclasses.replace` asks for each field by name. On the path of a message that
adds up. The type checker sees the originals, so it forbids what they forbid (ADR 0027).
"""

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["changed", "valueclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as valueclass
    from dataclasses import replace as changed
else:
    from collections.abc import Callable
    from dataclasses import dataclass, fields
    from functools import cache
    from operator import attrgetter

    T = TypeVar("T")

    def valueclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Any:
        """`dataclass(frozen=True, slots=True)` without the guard at run time."""
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)

    def changed(item: T, /, **changes: Any) -> T:
        """`dataclasses.replace` for a `valueclass`, whose fields all belong to its initialiser."""
        kind = type(item)
        names, read = _fields(kind)
        return kind(**{**dict(zip(names, read(item), strict=True)), **changes})

    @cache
    def _fields(kind: type) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
        names = tuple(field.name for field in fields(kind))
        return names, attrgetter(*names)
