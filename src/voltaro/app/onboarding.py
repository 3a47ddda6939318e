"""Where stations find this server: its settings, its real port and its addresses of the moment."""

from collections.abc import Callable

from voltaro.config import Settings
from voltaro.protocol.versions import OcppVersion
from voltaro.services.onboarding import OcppPort, Onboarding, onboarding
from voltaro.services.own_addresses import in_container, own_addresses


def onboarding_of(settings: Settings, port: int) -> Callable[[], Onboarding]:
    """Tells anew at each call, for addresses change. `port` is the one really listened on."""
    station_port = OcppPort(
        bind=settings.bind,
        port=port,
        public_url=settings.public_ocpp_url,
        subprotocols=tuple(version.value for version in reversed(OcppVersion)),
        unknown_stations=settings.unknown_stations,
    )
    return lambda: onboarding(
        station_port, own_addresses(ipv6=settings.bind == "::"), contained=in_container()
    )
