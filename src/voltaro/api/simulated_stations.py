"""`/api/v1/simulated-stations`: stations without hardware, for a first look."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.idempotency import IDEMPOTENT, IdempotentRoute
from voltaro.api.parameters import Text
from voltaro.services.simulated import MOST, Order
from voltaro.services.simulated import SimulatedStation as Alive

router = APIRouter(
    prefix="/simulated-stations", tags=["simulated stations"], route_class=IdempotentRoute
)

ProtocolWord = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


class SimulatedStationsBody(models.Body):
    """All optional."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"count": 3, "protocol": "ocpp2.0.1"}]}
    )

    count: Annotated[StrictInt, Field(ge=1, le=MOST)] = 1
    protocol: ProtocolWord | None = Field(None, description="null: both in turn.")
    station_id: Text | None = Field(None, description="null: the next free id, such as SIM-001.")
    charging: StrictBool = Field(True, description="Drivers come and go by themselves.")


class SimulatedStation(BaseModel):
    station_id: str = Field(examples=["SIM-001"])
    protocol: ProtocolWord = Field(examples=["ocpp1.6"])
    state: Literal["connecting", "available", "charging"] = Field(examples=["charging"])


class SimulatedStationList(BaseModel):
    items: list[SimulatedStation]


@router.post(
    "",
    operation_id="start_simulated_stations",
    summary="Start simulated stations",
    status_code=201,
    response_model=SimulatedStationList,
    dependencies=[IDEMPOTENT],
    responses={409: {"model": models.Problem, "description": "The Idempotency-Key is in use"}},
)
async def start(deps: Deps, by: By, body: SimulatedStationsBody | None = None) -> Response:
    """They connect to this server, charge and obey commands until they or the server are stopped.

    They are registered like others, at the site `Simulated`, each with a token of its own.
    """
    order = Order(**body.model_dump()) if body is not None else Order()
    return json_response(_list(await deps.simulated.start(order, by=by)), status=201)


@router.get(
    "",
    operation_id="list_simulated_stations",
    summary="List the simulated stations that live now",
    response_model=SimulatedStationList,
)
async def list_all(deps: Deps) -> Response:
    return json_response(_list(deps.simulated.all()))


@router.delete(
    "/{station_id}",
    operation_id="stop_simulated_station",
    summary="Stop a simulated station",
    status_code=204,
)
async def stop(deps: Deps, station_id: Annotated[str, Path(examples=["SIM-001"])]) -> Response:
    """Its session is ended first; its registration and its records stay."""
    await deps.simulated.stop(station_id)
    return Response(status_code=204)


def _list(alive: list[Alive]) -> dict[str, Any]:
    return {"items": [asdict(each) for each in alive]}
