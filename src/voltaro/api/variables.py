"""`/api/v1/stations/{id}/variables`: the configuration of a station, as far as it told."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text
from voltaro.api.stations import StationId
from voltaro.domain.variables import Attribute
from voltaro.services.errors import NotFound
from voltaro.store.views.stations import find_station
from voltaro.store.views.variables import VariableRow, list_variables

router = APIRouter(prefix="/stations", tags=["stations"])


class Variable(BaseModel):
    """A variable in words of OCPP 2.x; keys of 1.6 that are none there are of `Ocpp16`."""

    component: str = Field(examples=["OCPPCommCtrlr"])
    component_instance: str | None = Field(examples=[None])
    evse_id: int | None = Field(examples=[None])
    connector_id: int | None = Field(examples=[None])
    name: str = Field(examples=["HeartbeatInterval"])
    instance: str | None = Field(examples=[None])
    attribute: Attribute = Field(description="Which of its values this is.", examples=["actual"])
    key: str = Field(
        description="1.6: the station's own text for it. 2.x: all of its name in one word.",
        examples=["HeartbeatInterval"],
    )
    value: str | None = Field(
        description="null: it was not told. Passwords are never kept.", examples=["300"]
    )
    mutability: Literal["read_only", "read_write", "write_only"] | None = Field(
        description="null: it was not told.", examples=["read_write"]
    )
    persistent: bool | None = Field(
        description="The value outlives a restart. This and what follows: 2.x, null: not told.",
        examples=[True],
    )
    constant: bool | None = Field(description="The value never changes.", examples=[False])
    data_type: str | None = Field(description="The station's own word.", examples=["integer"])
    unit: str | None = Field(examples=["s"])
    min_limit: models.Number | None = Field(examples=[10])
    max_limit: models.Number | None = Field(
        description="Of a text or a list, how long it may be.", examples=[86400]
    )
    max_elements: int | None = Field(examples=[None])
    values_list: str | None = Field(
        description="The values it can have, separated by commas.", examples=[None]
    )
    supports_monitoring: bool | None = Field(examples=[True])
    request_id: int | None = Field(
        description="Of the report that told it last.", examples=[1804289383]
    )
    unknown: bool = Field(
        description="The station said that it does not know it.", examples=[False]
    )
    reboot_required: bool = Field(
        description="The value takes effect when the station boots next.", examples=[False]
    )
    reported_at: datetime | None = Field(
        description="When the station told it last.", examples=["2026-11-03T07:15:00.512Z"]
    )
    set_at: datetime | None = Field(
        description="When the station took a value last.", examples=[None]
    )


@router.get(
    "/{station_id}/variables",
    operation_id="list_variables",
    summary="List the configuration of a station by component and name",
    response_model=models.Page[Variable],
)
async def list_all(
    *,
    deps: Deps,
    station_id: StationId,
    component: Annotated[Text | None, Query(examples=["OCPPCommCtrlr"])] = None,
    name: Annotated[
        Text | None,
        Query(description="Its name, or the station's own text.", examples=["HeartbeatInterval"]),
    ] = None,
    request_id: Annotated[
        int | None,
        Query(ge=0, le=2**63 - 1, description="Only what this report told.", examples=[1804289383]),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """As it was told last; send the command `get_variables` to have it told again."""
    key = decode_cursor("variables", cursor, tuple[str])
    if "\0" in station_id or await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")
    rows = await list_variables(
        deps.engine,
        station_id,
        component=component,
        name=name,
        request_id=request_id,
        after=key[0] if key else "",
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("variables", row["identity"]))
    )


def _item(row: VariableRow) -> dict[str, Any]:
    return {
        "component": row["component"],
        "component_instance": row["component_instance"],
        "evse_id": row["evse_id"],
        "connector_id": row["connector_id"],
        "name": row["name"],
        "instance": row["instance"],
        "attribute": row["attribute"],
        "key": row["key"],
        "value": row["value"],
        "mutability": row["mutability"],
        "persistent": row["persistent"],
        "constant": row["constant"],
        "data_type": row["data_type"],
        "unit": row["unit"],
        "min_limit": row["min_limit"],
        "max_limit": row["max_limit"],
        "max_elements": row["max_elements"],
        "values_list": row["values_list"],
        "supports_monitoring": row["supports_monitoring"],
        "request_id": row["request_id"],
        "unknown": row["is_unknown"],
        "reboot_required": row["reboot_required"],
        "reported_at": moment(row["reported_at"]),
        "set_at": moment(row["set_at"]),
    }
