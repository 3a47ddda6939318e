"""What a station knows of a customer (OCPP 2.x)."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from voltaro.api import models
from voltaro.api.command_bodies.certificates import HashText, SerialText
from voltaro.api.command_bodies.order import CommandBody, Order, TokenText
from voltaro.api.command_bodies.tokens import TYPE_TOLD, TokenType, known_token, shown_with_token
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.certificates import CertificateHash, HashAlgorithm
from voltaro.domain.customer_information import CustomerInformation
from voltaro.services.request_ids import new_request_id

_Identifier = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(storable),
]


class CustomerCertificate(models.Body):
    """A certificate as the station named it, by the algorithm it was installed with."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: HashText
    issuer_key_hash: HashText
    serial_number: SerialText


class CustomerInformationBody(models.Body):
    """Have a station tell what it knows of a customer, forget it, or both.

    Name the customer by a token, an identifier or a certificate. Done when all was told; it is in
    `result.information`. A token that is forgotten is also taken off the station's local list.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "customer_information",
                    "report": True,
                    "clear": True,
                    "token": "04A2B7C1",
                }
            ]
        }
    )

    command: Literal["customer_information"]
    report: StrictBool = True
    clear: StrictBool = False
    token: TokenText | None = None
    token_type: TokenType | None = Field(None, description=TYPE_TOLD)
    identifier: _Identifier | None = Field(None, description="What the station knows them by.")
    certificate: CustomerCertificate | None = None

    @model_validator(mode="after")
    def _to_the_point(self) -> Self:
        if not self.report and not self.clear:
            raise ValueError("ask for report, clear or both")
        named = (self.token, self.identifier, self.certificate)
        if sum(each is not None for each in named) != 1:
            raise ValueError("name the customer by exactly one of token, identifier, certificate")
        if self.token is None and self.token_type is not None:
            raise ValueError("token_type goes with token")
        return self


async def _ask(deps: ApiDeps, _station_id: str, body: CustomerInformationBody) -> Order:
    token = None
    if body.token is not None:
        token = await known_token(deps, body.token, body.token_type)
    command = CustomerInformation(
        request_id=new_request_id(),
        report=body.report,
        clear=body.clear,
        token=token,
        identifier=body.identifier,
        certificate=_named(body.certificate) if body.certificate is not None else None,
    )
    return Order(command, shown_with_token(body, token) if token is not None else None)


def _named(body: CustomerCertificate) -> CertificateHash:
    return CertificateHash(
        hash_algorithm=body.hash_algorithm,
        issuer_name_hash=body.issuer_name_hash,
        issuer_key_hash=body.issuer_key_hash,
        serial_number=body.serial_number,
    )


BODIES = (CommandBody(CustomerInformationBody, _ask),)
