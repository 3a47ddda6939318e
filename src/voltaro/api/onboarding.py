"""`/api/v1/onboarding`: what to type into a station, also as a QR code."""

import io
from dataclasses import asdict
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.parameters import Text

router = APIRouter(prefix="/onboarding", tags=["onboarding"])

#: A QR code of more is hard to read from a screen.
_LONGEST = 512
#: Light modules around the code (ISO/IEC 18004 asks for four).
_QUIET = 4


class StationUrl(BaseModel):
    """`url` in one piece, and in the parts that some stations ask for."""

    url: str = Field(
        description="The station adds its id.", examples=["ws://192.168.1.20:9000/ocpp/"]
    )
    scheme: Literal["ws", "wss"] = Field(examples=["ws"])
    host: str = Field(examples=["192.168.1.20"])
    port: int = Field(examples=[9000])
    path: str = Field(examples=["/ocpp/"])
    reachable: Literal["lan", "this machine only", "public"] = Field(examples=["lan"])


class Onboarding(BaseModel):
    urls: list[StationUrl]
    public_url_set: bool = Field(
        description="Whether the operator named the address.", examples=[False]
    )
    subprotocols: list[str] = Field(examples=[["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]])
    unknown_stations: Literal["refuse", "pending", "accept"] = Field(examples=["refuse"])
    tls: bool = Field(description="Whether the first address is one with TLS.", examples=[False])
    warnings: list[str] = Field(
        description="In sentences, what will get in the way.", examples=[[]]
    )


@router.get(
    "",
    operation_id="get_onboarding",
    summary="Show what to type into a station",
    response_model=Onboarding,
)
async def show(deps: Deps) -> Response:
    return json_response(asdict(deps.onboarding()))


@router.get(
    "/qr",
    operation_id="get_qr_code",
    summary="Show a text as a QR code",
    response_class=Response,
    responses={
        200: {
            "description": "Black on white, with its margin",
            "content": {
                "image/svg+xml": {
                    "schema": {"type": "string"},
                    "example": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37 37"/>',
                }
            },
        }
    },
)
async def draw(
    text: Annotated[
        Text,
        Query(min_length=1, max_length=_LONGEST, examples=["ws://192.168.1.20:9000/ocpp/CP-001"]),
    ],
) -> Response:
    drawing = io.BytesIO()
    code = segno.make_qr(text, error="m")
    # White is drawn as well: a code must not take the colour of a dark page.
    code.save(
        drawing,
        kind="svg",
        dark="#000",
        light="#fff",
        border=_QUIET,
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return Response(
        drawing.getvalue(),
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"},
    )
