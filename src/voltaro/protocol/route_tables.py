"""Which routes serve which negotiated version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voltaro.protocol.decode import Decoder, actions, decoder
from voltaro.protocol.errors import ErrorCode, RpcError
from voltaro.protocol.routes import AnyRoute
from voltaro.protocol.v2 import announcements as v2_announcements
from voltaro.protocol.v2 import authorization as v2_authorization
from voltaro.protocol.v2 import availability as v2_availability
from voltaro.protocol.v2 import certificates as v2_certificates
from voltaro.protocol.v2 import charging_limits as v2_charging_limits
from voltaro.protocol.v2 import charging_reports as v2_charging_reports
from voltaro.protocol.v2 import customer_information as v2_customer_information
from voltaro.protocol.v2 import data_transfer as v2_data_transfer
from voltaro.protocol.v2 import diagnostics as v2_diagnostics
from voltaro.protocol.v2 import display_messages as v2_display_messages
from voltaro.protocol.v2 import dynamic_profiles as v2_dynamic_profiles
from voltaro.protocol.v2 import ev_charging as v2_ev_charging
from voltaro.protocol.v2 import event_streams as v2_event_streams
from voltaro.protocol.v2 import firmware as v2_firmware
from voltaro.protocol.v2 import metering as v2_metering
from voltaro.protocol.v2 import monitoring as v2_monitoring
from voltaro.protocol.v2 import monitoring_events as v2_monitoring_events
from voltaro.protocol.v2 import provisioning as v2_provisioning
from voltaro.protocol.v2 import reports as v2_reports
from voltaro.protocol.v2 import requests_beyond_us as v2_requests_beyond_us
from voltaro.protocol.v2 import reservations as v2_reservations
from voltaro.protocol.v2 import security as v2_security
from voltaro.protocol.v2 import transactions as v2_transactions
from voltaro.protocol.v16 import authorization as v16_authorization
from voltaro.protocol.v16 import availability as v16_availability
from voltaro.protocol.v16 import data_transfer as v16_data_transfer
from voltaro.protocol.v16 import diagnostics as v16_diagnostics
from voltaro.protocol.v16 import firmware as v16_firmware
from voltaro.protocol.v16 import metering as v16_metering
from voltaro.protocol.v16 import provisioning as v16_provisioning
from voltaro.protocol.v16 import security as v16_security
from voltaro.protocol.v16 import transactions as v16_transactions
from voltaro.protocol.versions import OcppVersion

_V16 = (
    *v16_provisioning.ROUTES,
    *v16_availability.ROUTES,
    *v16_authorization.ROUTES,
    *v16_transactions.ROUTES,
    *v16_metering.ROUTES,
    *v16_data_transfer.ROUTES,
    *v16_firmware.ROUTES,
    *v16_diagnostics.ROUTES,
    *v16_security.ROUTES,
)
_V2 = (
    *v2_provisioning.ROUTES,
    *v2_availability.ROUTES,
    *v2_authorization.ROUTES,
    *v2_transactions.ROUTES,
    *v2_metering.ROUTES,
    *v2_ev_charging.ROUTES,
    *v2_charging_limits.ROUTES,
    *v2_charging_reports.ROUTES,
    *v2_data_transfer.ROUTES,
    *v2_firmware.ROUTES,
    *v2_diagnostics.ROUTES,
    *v2_customer_information.ROUTES,
    *v2_display_messages.ROUTES,
    *v2_monitoring.ROUTES,
    *v2_monitoring_events.ROUTES,
    *v2_security.ROUTES,
    *v2_certificates.ROUTES,
    *v2_reports.ROUTES,
    *v2_reservations.ROUTES,
    *v2_requests_beyond_us.ROUTES,
)
#: What only 2.1 has, or says otherwise: the later row counts.
_V21: tuple[AnyRoute, ...] = (
    *_V2,
    *v2_authorization.ROUTES_21,
    *v2_transactions.ROUTES_21,
    *v2_event_streams.ROUTES_21,
    *v2_dynamic_profiles.ROUTES_21,
    *v2_announcements.ROUTES_21,
    *v2_requests_beyond_us.ROUTES_21,
)


@dataclass(frozen=True, slots=True)
class Served:
    """A route with the decoder for the version it is served on."""

    route: AnyRoute
    decoder: Decoder[Any]


def _table(version: OcppVersion, routes: tuple[AnyRoute, ...]) -> Mapping[str, Served]:
    return {route.action: Served(route, decoder(route.request, version)) for route in routes}


ROUTES: Mapping[OcppVersion, Mapping[str, Served]] = {
    OcppVersion.V16: _table(OcppVersion.V16, _V16),
    OcppVersion.V201: _table(OcppVersion.V201, _V2),
    OcppVersion.V21: _table(OcppVersion.V21, _V21),
}


def served_by(action: str, version: OcppVersion) -> Served:
    """What serves an action.

    Raises:
        RpcError: nothing does; the code tells whether the version has such an action.
    """
    served = ROUTES[version].get(action)
    if served is None:
        known = action in actions(version)
        raise RpcError(
            ErrorCode.NOT_SUPPORTED if known else ErrorCode.NOT_IMPLEMENTED,
            "this action is not served here" if known else "no such action",
        )
    return served
