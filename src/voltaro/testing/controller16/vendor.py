"""Data transfers by vendor and message (1.6 §5.6)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from voltaro.testing.link import Payload


@dataclass(slots=True)
class VendorMessages:
    """What the station understands: by vendor and message id, what it answers to the data.

    A function that returns None rejects.
    """

    known: dict[str, dict[str, Callable[[str], str | None]]] = field(
        default_factory=lambda: {"Voltaro": {"Echo": lambda data: data}}
    )

    def take(self, request: Payload) -> Payload:
        """DataTransfer."""
        messages = self.known.get(request["vendorId"])
        if messages is None:
            return {"status": "UnknownVendorId"}
        answer = messages.get(request.get("messageId", ""))
        if answer is None:
            return {"status": "UnknownMessageId"}
        told = answer(request.get("data", ""))
        if told is None:
            return {"status": "Rejected"}
        return {"status": "Accepted", "data": told} if told else {"status": "Accepted"}
