"""Conditions on the revision of what is to be changed (RFC 9110 §13.1.1, If-Match)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from voltaro.services.errors import RevisionChanged


@dataclass(frozen=True, slots=True)
class IfMatch:
    """`revisions` None means any, as long as it exists."""

    revisions: AbstractSet[int] | None

    def check(self, revision: int | None) -> None:
        """`revision` None: it does not exist.

        Raises:
            RevisionChanged: it is not what the condition names.
        """
        if revision is None:
            raise RevisionChanged("it does not exist")
        if self.revisions is not None and revision not in self.revisions:
            raise RevisionChanged(f"it is at revision {revision} now; read it again")
