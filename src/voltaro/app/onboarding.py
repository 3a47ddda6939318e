"""Where stations find this server: its settings, its real port and its addresses of the moment."""

from collections.abc import Callable

from voltaro.app.station_ports import StationPorts
from voltaro.config import Settings
from voltaro.protocol.versions import OcppVersion
from voltaro.services.onboarding import OcppPort, Onboarding, onboarding
from voltaro.services.own_addresses import in_container, own_addresses


def onboarding_of(settings: Settings, ports: StationPorts) -> Callable[[], Onboarding]:
    """Tells anew at each call, for addresses change. `ports` are those really listened on."""
    tls = None
    if ports.tls is not None and ports.tls_name and "*" not in ports.tls_name:
        tls = (ports.tls_name, ports.tls)
    station_port = OcppPort(
        bind=settings.bind,
        port=ports.plain,
        public_url=settings.public_ocpp_url,
        subprotocols=tuple(version.value for version in reversed(OcppVersion)),
        unknown_stations=settings.unknown_stations,
        tls=tls,
    )
    return lambda: onboarding(
        station_port, own_addresses(ipv6=settings.bind == "::"), contained=in_container()
    )
