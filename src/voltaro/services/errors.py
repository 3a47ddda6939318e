"""Why a request of a person is refused; the API turns each into a problem."""

from collections.abc import Sequence
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


class InForce(Refused):
    """It cannot go while something is priced by it."""

    code = "tariff_in_force"


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


class PayloadInvalid(Refused):
    """What was to be sent breaks the official schema; `faults` are JSON pointers and why."""

    code = "invalid"

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer or '/'}: {why}" for pointer, why in faults))
        self.faults = tuple(faults)


class UnknownAction(Refused):
    """The version that the station speaks has no such action."""

    code = "unknown_action"


class NotServed(Refused):
    """The command is not there for the version that the station speaks."""

    code = "command_not_served"


class NotAccepted(Refused):
    """The station's registration does not let it be asked this."""

    code = "not_accepted"


class NotCancellable(Refused):
    """It was sent, or has ended."""

    code = "not_cancellable"


class TooLarge(Refused):
    """More bytes than the bound that is set."""

    code = "body_too_large"


class NoRoom(Refused):
    """The disk is full, or what is left of it belongs to the database."""

    code = "no_room"


class Gone(Refused):
    """An address that was used up, expired or withdrawn."""

    code = "gone"
