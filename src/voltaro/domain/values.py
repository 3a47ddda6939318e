"""Values: what is made once and never changed afterwards, and how another is made of one."""

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Value", "changed"]


@dataclass_transform(frozen_default=True)
class Value(Struct, frozen=True):
    """The base of what is made for every message: equal when all fields are, and hashable then.

    Fields are written as in a data class; `kw_only=True` stands beside the bases. Such an object is
    made, and changed into another, in compiled code (ADR 0035).
    """


if TYPE_CHECKING:
    from dataclasses import replace as changed
else:
    T = TypeVar("T")

    def changed(item: T, /, **changes: Any) -> T:
        """Another `Value` or frozen data class with all fields of this one, but for those that are named.

        Raises:
            TypeError: there is no such field; the type checker sees it before.
        """
        if isinstance(item, Struct):
            return replace(item, **changes)
        return dataclasses.replace(item, **changes)
