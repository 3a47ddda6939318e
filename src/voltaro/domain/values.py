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

    T = TypeVar("T")

    def valueclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Any:
        """`dataclass(frozen=True, slots=True)` without the guard at run time."""
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)

    def changed(item: T, /, **changes: Any) -> T:
        """`dataclasses.replace` for a `valueclass`, whose fields all belong to its initialiser."""
        return _changer(type(item), tuple(changes))(item, **changes)

    @cache
    def _changer(kind: type, names: tuple[str, ...]) -> Callable[..., Any]:
        """What somebody would write who wrote it out: `lambda _old, a: Kind(a=a, b=_old.b)`."""
        known = [field.name for field in fields(kind)]
        if unknown := set(names).difference(known):
            raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        arguments = ", ".join(f"{n}={n}" if n in names else f"{n}=_old.{n}" for n in known)
        written = f"lambda _old, {', '.join(names)}: Kind({arguments})"
        return eval(written, {"Kind": kind})  # noqa: S307  names of fields and nothing else
