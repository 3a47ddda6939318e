"""`/api/v1/tariffs`: what charging costs; and under stations and sites, where each is in force."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import etag, json_response, moment
from voltaro.api.cost_bodies import CurrencyCode
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import if_match_header, storable
from voltaro.api.stations import StationId
from voltaro.domain.tariffs import Tariff
from voltaro.services.errors import NotFound
from voltaro.services.revisions import IfMatch
from voltaro.store.views.tariffs import (
    TariffRow,
    find_site_tariff,
    find_station_tariffs,
    find_tariff,
    list_tariffs,
)

router = APIRouter(tags=["tariffs"])

TariffName = Annotated[str, Path(description="The tariff's name.", examples=["day"])]
SiteId = Annotated[str, Path(description="The site.", examples=["garage"])]
_Assigned = Annotated[str, StringConstraints(min_length=1), AfterValidator(storable)]
#: Text, since JSON's numbers are floats to many; at most a million with six decimals.
_Price = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$"), Field(examples=["0.39"])
]
_Percent = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,2}(\.[0-9]{1,4})?|100)$"),
    Field(examples=["19"]),
]


class TariffBody(models.Body):
    """What is absent costs nothing. All prices are without tax."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "EUR",
                    "price_per_kwh": "0.39",
                    "price_per_minute": "0.02",
                    "start_fee": "0.50",
                    "tax_percent": "19",
                }
            ]
        }
    )

    currency: CurrencyCode
    price_per_kwh: _Price = Field("0", description="In major units of the currency.")
    price_per_minute: _Price = Field("0", description="From start to end of the session.")
    start_fee: _Price = Field("0", description="Once for each session.")
    tax_percent: _Percent = Field("0", description="On top of everything.")


class ShownTariff(BaseModel):
    """A tariff that is kept under a name."""

    name: str = Field(examples=["day"])
    currency: CurrencyCode
    price_per_kwh: str = Field(examples=["0.39"])
    price_per_minute: str = Field(examples=["0.02"])
    start_fee: str = Field(examples=["0.50"])
    tax_percent: str = Field(examples=["19"])
    created_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])
    updated_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])


class AssignmentBody(models.Body):
    """Which tariff is to be in force."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tariff": "day"}]})

    tariff: _Assigned


class StationTariff(BaseModel):
    """By which tariffs new sessions are priced, named: the station's own wins."""

    tariff: str | None = Field(description="What is in force.", examples=["day"])
    own: str | None = Field(examples=[None])
    of_site: str | None = Field(examples=["day"])


class SiteTariff(BaseModel):
    """The tariff of the stations of a site that have none of their own."""

    tariff: str | None = Field(examples=["day"])


@router.get(
    "/tariffs",
    operation_id="list_tariffs",
    summary="List tariffs by name",
    response_model=models.Page[ShownTariff],
)
async def list_all(deps: Deps, limit: Limit = 50, cursor: Cursor = None) -> Response:
    key = decode_cursor("tariffs", cursor, tuple[str])
    rows = await list_tariffs(deps.engine, after=key[0] if key else "", limit=limit + 1)
    return json_response(
        page(rows, limit, _item, lambda row: encode_cursor("tariffs", row.tariff.name))
    )


@router.get(
    "/tariffs/{name}",
    operation_id="get_tariff",
    summary="Show a tariff",
    response_model=ShownTariff,
)
async def show(deps: Deps, name: TariffName) -> Response:
    row = None if "\0" in name else await find_tariff(deps.engine, name)
    if row is None:
        raise NotFound("there is no such tariff")
    return json_response(_item(row), headers=etag(row.revision))


@router.put(
    "/tariffs/{name}",
    operation_id="put_tariff",
    summary="Create a tariff, or replace one",
    response_model=ShownTariff,
    responses={201: {"model": ShownTariff, "description": "Created"}},
)
async def put(
    deps: Deps,
    name: TariffName,
    body: TariffBody,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Sessions that have begun keep the prices that they began with."""
    tariff = Tariff(
        name=name,
        currency=body.currency,
        price_per_kwh=Decimal(body.price_per_kwh),
        price_per_minute=Decimal(body.price_per_minute),
        start_fee=Decimal(body.start_fee),
        tax_percent=Decimal(body.tax_percent),
    )
    done = await deps.tariffs.put(tariff, if_match, by=by)
    headers = etag(done.row.revision)
    if done.created:
        headers["Location"] = f"/api/v1/tariffs/{quote(name, safe='')}"
    return json_response(_item(done.row), status=201 if done.created else 200, headers=headers)


@router.delete(
    "/tariffs/{name}",
    operation_id="delete_tariff",
    summary="Remove a tariff",
    status_code=204,
    responses={409: {"model": models.Problem, "description": "A station or a site has it"}},
)
async def delete(
    deps: Deps,
    name: TariffName,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """What sessions cost stays."""
    if "\0" in name:
        raise NotFound("there is no such tariff")
    await deps.tariffs.delete(name, if_match, by=by)
    return Response(status_code=204)


@router.get(
    "/stations/{station_id}/tariff",
    operation_id="get_station_tariff",
    summary="Show by which tariff a station's new sessions are priced",
    response_model=StationTariff,
)
async def of_station(deps: Deps, station_id: StationId) -> Response:
    found = None if "\0" in station_id else await find_station_tariffs(deps.engine, station_id)
    if found is None:
        raise NotFound(f"there is no station {station_id!r}")
    own, of_site = found.station, found.site
    return json_response({"tariff": own or of_site, "own": own, "of_site": of_site})


@router.put(
    "/stations/{station_id}/tariff",
    operation_id="put_station_tariff",
    summary="Give a station a tariff of its own",
    response_model=StationTariff,
)
async def put_of_station(
    deps: Deps, station_id: StationId, body: AssignmentBody, by: By
) -> Response:
    """Sessions that begin from now on are priced by it."""
    await _assign_to_station(deps, station_id, body.tariff, by)
    return await of_station(deps, station_id)


@router.delete(
    "/stations/{station_id}/tariff",
    operation_id="delete_station_tariff",
    summary="Leave a station to the tariff of its site",
    status_code=204,
)
async def delete_of_station(deps: Deps, station_id: StationId, by: By) -> Response:
    await _assign_to_station(deps, station_id, None, by)
    return Response(status_code=204)


@router.get(
    "/sites/{site_id:path}/tariff",
    operation_id="get_site_tariff",
    summary="Show the tariff of a site",
    response_model=SiteTariff,
)
async def of_site(deps: Deps, site_id: SiteId) -> Response:
    found = None if "\0" in site_id else await find_site_tariff(deps.engine, site_id)
    if found is None:
        raise NotFound(f"there is no site {site_id!r}")
    return json_response({"tariff": found[0]})


@router.put(
    "/sites/{site_id:path}/tariff",
    operation_id="put_site_tariff",
    summary="Give the stations of a site a tariff",
    response_model=SiteTariff,
)
async def put_of_site(deps: Deps, site_id: SiteId, body: AssignmentBody, by: By) -> Response:
    """Those with a tariff of their own keep it."""
    await _assign_to_site(deps, site_id, body.tariff, by)
    return json_response({"tariff": body.tariff})


@router.delete(
    "/sites/{site_id:path}/tariff",
    operation_id="delete_site_tariff",
    summary="Take the tariff from a site",
    status_code=204,
)
async def delete_of_site(deps: Deps, site_id: SiteId, by: By) -> Response:
    await _assign_to_site(deps, site_id, None, by)
    return Response(status_code=204)


async def _assign_to_station(deps: Deps, station_id: str, tariff: str | None, by: By) -> None:
    if "\0" in station_id:
        raise NotFound("there is no such station")
    await deps.tariffs.assign_to_station(station_id, tariff, by=by)


async def _assign_to_site(deps: Deps, site_id: str, tariff: str | None, by: By) -> None:
    if "\0" in site_id:
        raise NotFound("there is no such site")
    await deps.tariffs.assign_to_site(site_id, tariff, by=by)


def _item(row: TariffRow) -> dict[str, Any]:
    tariff = row.tariff
    return {
        "name": tariff.name,
        "currency": tariff.currency,
        "price_per_kwh": f"{tariff.price_per_kwh:f}",
        "price_per_minute": f"{tariff.price_per_minute:f}",
        "start_fee": f"{tariff.start_fee:f}",
        "tax_percent": f"{tariff.tax_percent:f}",
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }
