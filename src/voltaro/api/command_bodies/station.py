"""Restarting, availability, cache, and messages of vendors."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, ConnectorId, EvseId, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.authorization import ClearCache
from voltaro.domain.availability import ChangeAvailability
from voltaro.domain.data_transfer import SendData
from voltaro.domain.provisioning import Reset, ResetKind

_VendorId = Annotated[
    str, StringConstraints(min_length=1, max_length=255), AfterValidator(storable)
]
_MessageId = Annotated[str, StringConstraints(max_length=50), AfterValidator(storable)]
_Data = Annotated[str, StringConstraints(max_length=65536), AfterValidator(storable)]


class ResetBody(models.Body):
    """Restart the station; done when it has booted again.

    One EVSE does not boot: done when its transaction has ended, or when it reports to be free.
    """

    command: Literal["reset"]
    kind: ResetKind = Field(
        ResetKind.ON_IDLE,
        description=(
            "1.6: immediate is Hard, on_idle is Soft, which ends transactions too. "
            "immediate_and_resume is of OCPP 2.1: transactions go on afterwards."
        ),
    )
    evse_id: EvseId | None = Field(None, description="OCPP 2.x only: this EVSE alone.")


async def _reset(_deps: ApiDeps, _station_id: str, body: ResetBody) -> Order:
    return Order(Reset(kind=body.kind, evse_id=body.evse_id))


class ChangeAvailabilityBody(models.Body):
    """Take out of service, or back into it; done when the station has reported it."""

    command: Literal["change_availability"]
    operative: StrictBool
    evse_id: EvseId | None = Field(None, description="Absent: the whole station.")
    connector_id: ConnectorId | None = None

    @model_validator(mode="after")
    def _connector_of_an_evse(self) -> Self:
        if self.connector_id is not None and self.evse_id is None:
            raise ValueError("a connector is one of an EVSE: give evse_id as well")
        return self


async def _availability(_deps: ApiDeps, _station_id: str, body: ChangeAvailabilityBody) -> Order:
    return Order(
        ChangeAvailability(
            operative=body.operative, evse_id=body.evse_id, connector_id=body.connector_id
        )
    )


class ClearCacheBody(models.Body):
    """Make the station forget which tokens it saw."""

    command: Literal["clear_cache"]


async def _clear_cache(_deps: ApiDeps, _station_id: str, _body: ClearCacheBody) -> Order:
    return Order(ClearCache())


class DataTransferBody(models.Body):
    """Send something of the vendor's own."""

    command: Literal["data_transfer"]
    vendor_id: _VendorId
    message_id: _MessageId | None = None
    data: _Data | None = None


async def _data(_deps: ApiDeps, _station_id: str, body: DataTransferBody) -> Order:
    return Order(SendData(vendor_id=body.vendor_id, message_id=body.message_id, data=body.data))


BODIES = (
    CommandBody(ResetBody, _reset),
    CommandBody(ChangeAvailabilityBody, _availability),
    CommandBody(ClearCacheBody, _clear_cache),
    CommandBody(DataTransferBody, _data),
)
