"""How a station connects."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.network_profiles import Interface, SetNetworkProfile, Spoken

#: 2.0.1 has room for 512 characters, 2.1 for 2000.
_Url = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=r"^wss?://[^\s@]+$"),
    AfterValidator(storable),
]


class SetNetworkProfileBody(models.Body):
    """Put a connection into a slot of the station (OCPP 2.x).

    The station uses it once its variable OCPPCommCtrlr.NetworkConfigurationPriority names the slot
    and it has booted.
    """

    command: Literal["set_network_profile"]
    slot: int = Field(strict=True, ge=0, le=2**31 - 1, examples=[2])
    url: _Url = Field(
        description="Without the station's id, which it appends.",
        examples=["wss://ocpp.example.org"],
    )
    interface: Interface = Field(
        Interface.WIRED0, description="any: whichever there is; OCPP 2.1 only."
    )
    security_profile: int = Field(strict=True, ge=0, le=3, examples=[2])
    ocpp_version: Spoken = Field(Spoken.OCPP201, description="2.1: for stations that speak 2.1.")
    message_timeout_s: int = Field(30, strict=True, ge=1, le=3600)


async def _build(_deps: ApiDeps, _station_id: str, body: SetNetworkProfileBody) -> Order:
    return Order(
        SetNetworkProfile(
            slot=body.slot,
            url=body.url,
            interface=body.interface,
            security_profile=body.security_profile,
            spoken=body.ocpp_version,
            message_timeout_s=body.message_timeout_s,
        )
    )


BODIES = (CommandBody(SetNetworkProfileBody, _build),)
