"""What a station knows of a customer: told, and forgotten (2.x N09, N10)."""

from dataclasses import dataclass
from typing import ClassVar

from voltaro.domain.certificates import CertificateHash
from voltaro.domain.command import Command
from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent
from voltaro.domain.ids import IdToken
from voltaro.domain.told_parts import ToldPart


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInformation(Command):
    """Tell what there is about a customer (`report`), remove it (`clear`), or both.

    Exactly one of `token`, `identifier` and `certificate` names the customer (N09.FR.09).
    """

    name: ClassVar[str] = "customer_information"

    request_id: int
    report: bool
    clear: bool
    token: IdToken | None = None
    identifier: str | None = None
    certificate: CertificateHash | None = None


class CustomerInformationTold(StationEvent, kw_only=True):
    """One message of what was asked for under `request_id`."""

    request_id: int
    part: ToldPart


def _decide(_event: CustomerInformationTold, _facts: None) -> Decision[None]:
    return Decision(None)  # it is shown with the command that asked for it, and nowhere else


CUSTOMER_INFORMATION: Rule[CustomerInformationTold, None, None] = Rule(
    lambda _event: Nothing(), _decide
)
