"""Why a request of a person is refused; the API turns each into a problem."""

from typing import ClassVar


class Refused(Exception):
    """`code` is stable; the text says what to do about it."""

    code: ClassVar[str]


class NotFound(Refused):
    code = "not_found"


class RevisionChanged(Refused):
    """It is not, or no longer, what the request was made for (If-Match)."""

    code = "revision_changed"


class AlreadyEnded(Refused):
    """What was to be ended has ended."""

    code = "already_ended"


class BuiltIn(Refused):
    """It belongs to the installation and cannot be removed here."""

    code = "built_in"


class KeyReused(Refused):
    """The Idempotency-Key of one request came with another."""

    code = "idempotency_key_reused"


class StillRunning(Refused):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "idempotency_in_progress"


class OutcomeUnknown(Refused):
    """The first request with this Idempotency-Key was cut off."""

    code = "idempotency_outcome_unknown"


class Invalid(Refused):
    """`field` is the name of the field to blame; None: the name in the path."""

    code = "invalid"

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field
