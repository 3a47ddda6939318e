"""`/api/v1/messages/{id}/explanation`: what a message says, for people."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps
from voltaro.api.messages import MessageId, message_of

router = APIRouter(prefix="/messages", tags=["messages"])


class ExplainedField(BaseModel):
    """A property that is there; what is not known of it is null."""

    pointer: str = Field(description="RFC 6901, in the payload.", examples=["/status"])
    name: str = Field(examples=["status"])
    text: str | None = Field(examples=["The state of the connector."])
    unit: str | None = Field(examples=[None])
    values: dict[str, str] | None = Field(
        description="Words that it can have, and what they mean.",
        examples=[{"Available": "free", "Charging": "energy may flow"}],
    )


class SchemaError(BaseModel):
    pointer: str = Field(description='RFC 6901; "" is the payload.', examples=["/errorCode"])
    detail: str = Field(examples=["required property is absent"])


class ExplainedPart(BaseModel):
    fields: list[ExplainedField] = Field(description="In the order in which they were sent.")
    errors: list[SchemaError] = Field(
        description="Where it breaks the official schema of the version that the station speaks."
    )


class MessageExplanation(BaseModel):
    action: str | None = Field(examples=["StatusNotification"])
    about: str | None = Field(
        description="What the action is for.",
        examples=["A connector, or the whole station, is in another state now."],
    )
    request: ExplainedPart
    response: ExplainedPart | None = Field(
        description="null: there was no answer, or an error instead of one."
    )


@router.get(
    "/{message_id}/explanation",
    operation_id="explain_message",
    summary="Explain a message",
    response_model=MessageExplanation,
)
async def explain(deps: Deps, message_id: MessageId) -> Response:
    """At most 2,000 properties are explained; masked secrets are taken for what they stand for."""
    row = await message_of(deps, message_id)
    found = deps.explain(
        row["protocol"], row["direction"], row["action"], row["frame"], row["reply"]
    )
    return json_response(asdict(found))
