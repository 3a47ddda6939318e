"""CustomerInformation, and the NotifyCustomerInformation that it brings (N09, N10)."""

from typing import Final

from voltaro.domain.customer_information import (
    CUSTOMER_INFORMATION,
    CustomerInformation,
    CustomerInformationTold,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.told_parts import ToldPart
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.authorization import write_token
from voltaro.protocol.v2.certificates import write_hash
from voltaro.protocol.wire import v21 as wire

_NOTIFY: Final = "NotifyCustomerInformation"
#: From the answer to the last part.
_WITHIN_S: Final = 600


def _read(req: wire.NotifyCustomerInformationRequest, origin: Origin) -> CustomerInformationTold:
    return CustomerInformationTold(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        request_id=req.request_id,
        part=ToldPart(number=req.seq_no, is_last=not req.tbc, text=req.data),
    )


def _write(_reply: None) -> wire.NotifyCustomerInformationResponse:
    return wire.NotifyCustomerInformationResponse()


ROUTES = (
    Route(_NOTIFY, wire.NotifyCustomerInformationRequest, _read, CUSTOMER_INFORMATION, _write),
)


def _ask(command: CustomerInformation) -> wire.CustomerInformationRequest:
    token, certificate = command.token, command.certificate
    return wire.CustomerInformationRequest(
        customer_certificate=write_hash(certificate) if certificate is not None else None,
        id_token=write_token(token) if token is not None else None,
        request_id=command.request_id,
        report=command.report,
        clear=command.clear,
        customer_identifier=command.identifier,
    )


def _awaits(req: wire.CustomerInformationRequest) -> Expectation:
    """One that is only to clear tells that it did (N10.FR.06)."""
    return Expectation(
        follows=Followed.REPORT,
        within_s=_WITHIN_S,
        missed="the station agreed, and did not tell what it knows, or not the whole of it",
        request_id=req.request_id,
    )


CALLS = (
    CallRoute(
        request=wire.CustomerInformationRequest,
        response=wire.CustomerInformationResponse,
        awaits=_awaits,
        elicits=lambda _req: _NOTIFY,
    ),
)
COMMANDS = (CommandRoute(CustomerInformation, single(_ask)),)
