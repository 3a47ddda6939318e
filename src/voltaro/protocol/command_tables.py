"""Which CALLs of ours, and which commands, each negotiated version has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voltaro.domain.command import Command
from voltaro.protocol.commands import AnyCall, AnyCommand, Conversation
from voltaro.protocol.decode import Decoder, decoder
from voltaro.protocol.v2 import authorization as v2_authorization
from voltaro.protocol.v2 import availability as v2_availability
from voltaro.protocol.v2 import certificates as v2_certificates
from voltaro.protocol.v2 import charging_calls as v2_charging_calls
from voltaro.protocol.v2 import charging_reports as v2_charging_reports
from voltaro.protocol.v2 import costs as v2_costs
from voltaro.protocol.v2 import customer_information as v2_customer_information
from voltaro.protocol.v2 import data_transfer as v2_data_transfer
from voltaro.protocol.v2 import diagnostics as v2_diagnostics
from voltaro.protocol.v2 import display_messages as v2_display_messages
from voltaro.protocol.v2 import firmware as v2_firmware
from voltaro.protocol.v2 import local_list as v2_local_list
from voltaro.protocol.v2 import monitoring as v2_monitoring
from voltaro.protocol.v2 import network_profiles as v2_network_profiles
from voltaro.protocol.v2 import provisioning as v2_provisioning
from voltaro.protocol.v2 import remote_control as v2_remote_control
from voltaro.protocol.v2 import reports as v2_reports
from voltaro.protocol.v2 import reservations as v2_reservations
from voltaro.protocol.v2 import transactions as v2_transactions
from voltaro.protocol.v2 import variables as v2_variables
from voltaro.protocol.v16 import authorization as v16_authorization
from voltaro.protocol.v16 import availability as v16_availability
from voltaro.protocol.v16 import certificates as v16_certificates
from voltaro.protocol.v16 import data_transfer as v16_data_transfer
from voltaro.protocol.v16 import diagnostics as v16_diagnostics
from voltaro.protocol.v16 import firmware as v16_firmware
from voltaro.protocol.v16 import local_list as v16_local_list
from voltaro.protocol.v16 import provisioning as v16_provisioning
from voltaro.protocol.v16 import remote_control as v16_remote_control
from voltaro.protocol.v16 import reservations as v16_reservations
from voltaro.protocol.v16 import smart_charging as v16_smart_charging
from voltaro.protocol.v16 import variables as v16_variables
from voltaro.protocol.versions import OcppVersion

_V16_CALLS = (
    *v16_provisioning.CALLS,
    *v16_variables.CALLS,
    *v16_availability.CALLS,
    *v16_authorization.CALLS,
    *v16_remote_control.CALLS,
    *v16_smart_charging.CALLS,
    *v16_data_transfer.CALLS,
    *v16_local_list.CALLS,
    *v16_reservations.CALLS,
    *v16_firmware.CALLS,
    *v16_diagnostics.CALLS,
    *v16_certificates.CALLS,
)
_V16_COMMANDS = (
    *v16_provisioning.COMMANDS,
    *v16_variables.COMMANDS,
    *v16_availability.COMMANDS,
    *v16_authorization.COMMANDS,
    *v16_remote_control.COMMANDS,
    *v16_smart_charging.COMMANDS,
    *v16_data_transfer.COMMANDS,
    *v16_local_list.COMMANDS,
    *v16_reservations.COMMANDS,
    *v16_firmware.COMMANDS,
    *v16_diagnostics.COMMANDS,
    *v16_certificates.COMMANDS,
)
_V2_CALLS: tuple[AnyCall, ...] = (
    *v2_customer_information.CALLS,
    *v2_monitoring.CALLS,
    *v2_variables.CALLS,
    *v2_reports.CALLS,
    *v2_network_profiles.CALLS,
    *v2_diagnostics.CALLS,
    *v2_firmware.CALLS,
    *v2_certificates.CALLS,
    *v2_charging_reports.CALLS,
    *v2_charging_calls.CALLS,
    *v2_transactions.CALLS,
    *v2_costs.CALLS,
    *v2_provisioning.CALLS,
    *v2_availability.CALLS,
    *v2_authorization.CALLS,
    *v2_remote_control.CALLS,
    *v2_data_transfer.CALLS,
    *v2_local_list.CALLS,
    *v2_reservations.CALLS,
    *v2_display_messages.CALLS,
)
_V2_COMMANDS: tuple[AnyCommand, ...] = (
    *v2_customer_information.COMMANDS,
    *v2_monitoring.COMMANDS,
    *v2_variables.COMMANDS,
    *v2_reports.COMMANDS,
    *v2_network_profiles.COMMANDS,
    *v2_diagnostics.COMMANDS,
    *v2_firmware.COMMANDS,
    *v2_certificates.COMMANDS,
    *v2_charging_reports.COMMANDS,
    *v2_charging_calls.COMMANDS,
    *v2_transactions.COMMANDS,
    *v2_costs.COMMANDS,
    *v2_provisioning.COMMANDS,
    *v2_availability.COMMANDS,
    *v2_authorization.COMMANDS,
    *v2_remote_control.COMMANDS,
    *v2_data_transfer.COMMANDS,
    *v2_local_list.COMMANDS,
    *v2_reservations.COMMANDS,
    *v2_display_messages.COMMANDS,
)
#: Instead of those above; what 2.0.1 has no words for is refused with the reason.
_V201_COMMANDS: tuple[AnyCommand, ...] = (
    *_V2_COMMANDS,
    *v2_charging_calls.COMMANDS_201,
    *v2_remote_control.COMMANDS_201,
    *v2_local_list.COMMANDS_201,
    *v2_display_messages.COMMANDS_201,
)


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A CALL of ours with the decoders of its two halves."""

    route: AnyCall
    request: Decoder[Any]
    response: Decoder[Any]


def _calls(version: OcppVersion, routes: tuple[AnyCall, ...]) -> Mapping[str, KnownCall]:
    return {
        route.action: KnownCall(
            route, decoder(route.request, version), decoder(route.response, version)
        )
        for route in routes
    }


def _commands(
    routes: tuple[AnyCommand, ...],
) -> Mapping[type[Command], Callable[[Any], Conversation]]:
    return {route.command: route.converse for route in routes}


CALLS: Mapping[OcppVersion, Mapping[str, KnownCall]] = {
    OcppVersion.V16: _calls(OcppVersion.V16, _V16_CALLS),
    OcppVersion.V201: _calls(OcppVersion.V201, _V2_CALLS),
    OcppVersion.V21: _calls(OcppVersion.V21, _V2_CALLS),
}
COMMANDS: Mapping[OcppVersion, Mapping[type[Command], Callable[[Any], Conversation]]] = {
    OcppVersion.V16: _commands(_V16_COMMANDS),
    OcppVersion.V201: _commands(_V201_COMMANDS),
    OcppVersion.V21: _commands(_V2_COMMANDS),
}
