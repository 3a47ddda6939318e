"""SetNetworkProfile (B09), by which a station is told of a higher security profile (A05)."""

from typing import Final

from voltaro.domain.network_profiles import Interface, SetNetworkProfile, Spoken
from voltaro.domain.security_profile import ProfileChanged, ProfileStep
from voltaro.protocol.commands import CallRoute, CommandRoute, Target, single
from voltaro.protocol.wire import v21 as wire

_HIGHEST: Final = 3
_INTERFACES: Final[dict[Interface, wire.OCPPInterfaceEnumType]] = {
    Interface.WIRED0: "Wired0",
    Interface.WIRED1: "Wired1",
    Interface.WIRED2: "Wired2",
    Interface.WIRED3: "Wired3",
    Interface.WIRELESS0: "Wireless0",
    Interface.WIRELESS1: "Wireless1",
    Interface.WIRELESS2: "Wireless2",
    Interface.WIRELESS3: "Wireless3",
    Interface.ANY: "Any",
}
_VERSIONS: Final[dict[Spoken, wire.OCPPVersionEnumType]] = {
    Spoken.OCPP16: "OCPP16",
    Spoken.OCPP201: "OCPP20",  # 2.0.1 has no word but this for itself; 2.1 does not look at it
    Spoken.OCPP21: "OCPP21",
}


def _write(command: SetNetworkProfile) -> wire.SetNetworkProfileRequest:
    return wire.SetNetworkProfileRequest(
        configuration_slot=command.slot,
        connection_data=wire.NetworkConnectionProfileType(
            ocpp_version=_VERSIONS[command.spoken],
            ocpp_interface=_INTERFACES[command.interface],
            ocpp_transport="JSON",
            message_timeout=command.message_timeout_s,
            ocpp_csms_url=command.url,
            security_profile=command.security_profile,
        ),
    )


def _offered(req: wire.SetNetworkProfileRequest, target: Target) -> tuple[ProfileChanged, ...]:
    return _step(req, target, ProfileStep.OFFERED)


def _answered(
    req: wire.SetNetworkProfileRequest, res: wire.SetNetworkProfileResponse | None, target: Target
) -> tuple[ProfileChanged, ...]:
    if res is not None and res.status == "Accepted":
        return ()
    return _step(req, target, ProfileStep.REFUSED)


def _step(
    req: wire.SetNetworkProfileRequest, target: Target, step: ProfileStep
) -> tuple[ProfileChanged, ...]:
    profile = req.connection_data.security_profile
    if profile > _HIGHEST:
        return ()
    return (ProfileChanged(target.station_id, step, profile),)


CALLS = (
    CallRoute(
        request=wire.SetNetworkProfileRequest,
        response=wire.SetNetworkProfileResponse,
        before=_offered,
        after=_answered,
    ),
)
COMMANDS = (CommandRoute(SetNetworkProfile, single(_write)),)
