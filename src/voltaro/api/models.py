"""Shapes of bodies, for the OpenAPI document and for checking what comes in."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema

from voltaro.api.cost_bodies import ShownCost

T = TypeVar("T")

#: Every digit that was measured; a number in JSON.
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
ConnectorWord = Literal["available", "occupied", "reserved", "unavailable", "faulted"]


class Body(BaseModel):
    """What comes in: a field that we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """RFC 9457. `code` is stable, texts are not."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:voltaro:problem:invalid",
                "title": "Unprocessable Entity",
                "status": 422,
                "code": "invalid",
                "detail": "security_profile: Input should be less than or equal to 3",
                "instance": "/api/v1/stations/CP-001",
                "request_id": "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11",
                "errors": [
                    {
                        "pointer": "/security_profile",
                        "detail": "Input should be less than or equal to 3",
                    }
                ],
            }
        },
    )

    type: str
    title: str
    status: int
    code: str
    instance: str
    request_id: str
    detail: str | None = None
    errors: list[dict[str, str | int]] | None = None


class Page(BaseModel, Generic[T]):
    """A part of a list; `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = Field(examples=["WyJzdGF0aW9ucyIsIkNQLTA1MCJd"])


class Connector(BaseModel):
    """`status` is the OCPP 2.x word, `reported` the station's own."""

    evse_id: int = Field(examples=[1])
    connector_id: int = Field(examples=[1])
    status: ConnectorWord = Field(examples=["occupied"])
    charging_state: str | None = Field(examples=["charging"])
    reported: str = Field(examples=["Charging"])
    error_code: str | None = Field(examples=["NoError"])
    status_at: datetime = Field(examples=["2026-11-03T07:12:44.120Z"])


class ConnectorDetails(Connector):
    """With what the vendor has to add."""

    info: str | None = Field(examples=["emergency stop pressed"])
    vendor_id: str | None = Field(examples=["org.example"])
    vendor_error_code: str | None = Field(examples=["E17"])


class StationStatus(BaseModel):
    """What a station is doing now."""

    station_id: str = Field(examples=["CP-001"])
    online: bool = Field(examples=[True])
    last_seen: datetime | None = Field(examples=["2026-11-03T07:15:02.004Z"])
    protocol: str | None = Field(examples=["ocpp2.0.1"])
    status: ConnectorWord | None = Field(
        description="Of the station as a whole, where it reports one.", examples=[None]
    )
    connectors: list[Connector]


class StatusList(BaseModel):
    stations: list[StationStatus]


class Session(BaseModel):
    """A charging session; open ones with duration and energy so far."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    station_id: str = Field(examples=["CP-001"])
    evse_id: int | None = Field(examples=[1])
    connector_id: int | None = Field(examples=[1])
    token: str | None = Field(examples=["04A2B7C1"])
    started_at: datetime = Field(examples=["2026-11-03T06:01:00.000Z"])
    ended_at: datetime | None = Field(examples=["2026-11-03T07:01:00.000Z"])
    duration_s: int = Field(description="Whole seconds, so far when open.", examples=[3600])
    energy_wh: int | None = Field(
        description="Wh, so far when open; null while nothing was measured.", examples=[11040]
    )
    stop_reason: str | None = Field(description="The OCPP 2.x word.", examples=["Local"])
    open: bool = Field(examples=[False])
    power_w: int | None = Field(
        description="While it is open: the latest that was measured, or derived. Null: unknown.",
        examples=[None],
    )
    power_at: datetime | None = Field(description="When that was.", examples=[None])
    power_derived: bool = Field(
        description="The station measures no power; this is the mean between two readings of "
        "energy.",
        examples=[False],
    )
    soc_percent: int | None = Field(
        description="State of charge of the vehicle, where the station tells it.", examples=[None]
    )
    offered_w: int | None = Field(
        description="What the station offers to the vehicle at most.", examples=[None]
    )
    cost: ShownCost | None = Field(
        description="So far when open, by the tariff that was in force when it began; null: none "
        "was. A total of 0 is free of charge.",
        examples=[{"currency": "EUR", "total_minor": 0, "lines": []}],
    )


class SessionList(BaseModel):
    sessions: list[Session]


class MissingEvents(BaseModel):
    """Sequence numbers of events, the last one included."""

    first: int = Field(examples=[3])
    last: int = Field(examples=[4])


class Transaction(Session):
    """A charging transaction as it was recorded."""

    station_ref: str = Field(description="Its id on the wire.", examples=["117"])
    token_type: str | None = Field(examples=["ISO14443"])
    token_status: str | None = Field(
        description="What the station was told about the token.", examples=["accepted"]
    )
    group_token: str | None = Field(examples=[None])
    reservation_id: int | None = Field(examples=[None])
    remote_start_id: int | None = Field(
        description="Of the remote start that it followed.", examples=[None]
    )
    trigger_reason: str | None = Field(
        description="Why the station sent its newest event, in its words; OCPP 2.x only.",
        examples=["MeterValuePeriodic"],
    )
    missing_events: list[MissingEvents] = Field(
        description="Events that did not come; OCPP 2.x only. Once it has ended, the station is "
        "asked for them.",
    )
    register_start_wh: Number | None = Field(examples=[1204500])
    register_last_wh: Number | None = Field(examples=[1215540])
    charging_state: str | None = Field(examples=[None])
    flags: list[str] = Field(
        description="What is unusual about how it was recorded.", examples=[["assumed_end"]]
    )


class MeterValue(BaseModel):
    """One reading. `value` is null where the station sent no number; `raw` then has its text."""

    sampled_at: datetime = Field(examples=["2026-11-03T06:15:00.000Z"])
    received_at: datetime = Field(examples=["2026-11-03T06:15:00.381Z"])
    measurand: str = Field(examples=["Energy.Active.Import.Register"])
    value: Number | None = Field(examples=[1207251.5])
    unit: str | None = Field(examples=["Wh"])
    phase: str | None = Field(examples=[None])
    context: str = Field(examples=["Sample.Periodic"])
    location: str = Field(examples=["Outlet"])
    raw: str | None = Field(examples=[None])
    evse_id: int | None = Field(examples=[1])


class Message(BaseModel):
    """An exchange with a station; secrets in it are masked."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    station_id: str = Field(examples=["CP-001"])
    received_at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    direction: Literal["in", "out"] = Field(description='"in": the station asked.')
    protocol: str = Field(examples=["ocpp1.6"])
    message_id: str | None = Field(examples=["19223201"])
    action: str | None = Field(examples=["Heartbeat"])
    frame: str = Field(examples=['[2,"19223201","Heartbeat",{}]'])
    reply: str | None = Field(examples=['{"currentTime":"2026-11-03T07:15:02.004Z"}'])
    verdict: str = Field(
        description='"ok", "repeated", "quarantined", "ignored", "answer_refused" (the station '
        "could not use our answer) or the code of a CALLERROR.",
        examples=["ok"],
    )
    handling_ms: float = Field(examples=[3.2])
    summary: str = Field(
        description="In one line; at least the action, where it is known.", examples=["Heartbeat"]
    )


class Attempt(BaseModel):
    """Handshakes that were refused, of one station, from one address, for one reason."""

    station_id: str = Field(
        description="Empty where a TLS handshake failed: nobody had said a name yet.",
        examples=["CP-007"],
    )
    remote_host: str = Field(examples=["192.0.2.17"])
    reason: str = Field(examples=["unknown_station"])
    status: int = Field(
        description="Of the HTTP answer; 0 where a TLS handshake failed.", examples=[404]
    )
    path: str = Field(examples=["/ocpp/CP-007"])
    subprotocols: str = Field(examples=["ocpp1.6"])
    first_at: datetime = Field(examples=["2026-11-03T06:15:00.000Z"])
    last_at: datetime = Field(examples=["2026-11-03T07:15:00.000Z"])
    count: int = Field(examples=[121])


#: Words and numbers are taken as they are: "1" is no number and "yes" no truth value.
StrictFlag = StrictBool
StrictNumber = Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)]
Example = dict[str, Any]
