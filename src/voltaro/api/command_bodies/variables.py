"""The configuration of stations, and their passwords."""

import secrets
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, ConnectorId, EvseId, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.credentials import RotatePassword
from voltaro.domain.variables import (
    PASSWORD,
    Attribute,
    GetVariables,
    Named,
    Setting,
    SetVariables,
    Variable,
    is_credential,
)
from voltaro.services.variables import portion_of, spelled

_MASK = "***"
#: 1.6 security whitepaper §7.2: 40 hex digits at most.
_PASSWORD_BYTES = 20

_Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    AfterValidator(storable),
]
#: 1.6 CiString500; 2.x SetVariables takes 2500 at most.
_Value = Annotated[str, StringConstraints(max_length=2500), AfterValidator(storable)]


class VariableName(models.Body):
    """A variable: by component and name in words of OCPP 2.x, or by the text of a 1.6 key alone."""

    component: _Word | None = Field(None, examples=["TxCtrlr"])
    name: _Word = Field(examples=["EVConnectionTimeOut"])
    instance: _Word | None = None
    component_instance: _Word | None = None
    evse_id: EvseId | None = None
    connector_id: ConnectorId | None = None
    attribute: Attribute | None = Field(
        None, description="Which of its values; actual when absent. OCPP 2.x only."
    )


class GetVariablesBody(models.Body):
    """Let the station tell its configuration; what it tells is kept under `variables`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "get_variables",
                    "variables": [
                        "HeartbeatInterval",
                        {"component": "TxCtrlr", "name": "EVConnectionTimeOut"},
                    ],
                }
            ]
        }
    )

    command: Literal["get_variables"]
    variables: list[_Word | VariableName] | None = Field(
        None, min_length=1, max_length=1000, description="Absent: all of them (OCPP 1.6)."
    )


async def _get(deps: ApiDeps, station_id: str, body: GetVariablesBody) -> Order:
    if body.variables is None:
        return Order(GetVariables(variables=None))
    wanted = [Named(key=each) if isinstance(each, str) else _named(each) for each in body.variables]
    return Order(
        GetVariables(
            variables=await spelled(deps.engine, station_id, wanted),
            portion=await portion_of(deps.engine, station_id, "GetVariables"),
        )
    )


class VariableSetting(VariableName):
    """A variable and the value that it shall have."""

    value: _Value = Field(examples=["300"])


class SetVariablesBody(models.Body):
    """Change variables, one after the other; the answer tells what the station said to each.

    A password that is set so is valid beside the old one until the station logs in with it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "set_variables",
                    "variables": [{"name": "HeartbeatInterval", "value": "300"}],
                }
            ]
        }
    )

    command: Literal["set_variables"]
    variables: list[VariableSetting] = Field(min_length=1, max_length=200)


async def _set(deps: ApiDeps, station_id: str, body: SetVariablesBody) -> Order:
    named = await spelled(deps.engine, station_id, [_named(each) for each in body.variables])
    settings = tuple(
        Setting(named=name, value=each.value)
        for name, each in zip(named, body.variables, strict=True)
    )
    shown = [_shown(each, name) for each, name in zip(body.variables, named, strict=True)]
    portion = await portion_of(deps.engine, station_id, "SetVariables")
    return Order(SetVariables(settings=settings, portion=portion), {"variables": shown})


class RotatePasswordBody(models.Body):
    """Give the station a new random password, which nobody is shown.

    It is valid beside the old one until the station logs in with it, or says that it refused it.
    """

    command: Literal["rotate_password"]


async def _rotate(deps: ApiDeps, station_id: str, _body: RotatePasswordBody) -> Order:
    (named,) = await spelled(deps.engine, station_id, [Named(variable=PASSWORD)])
    return Order(RotatePassword(named=named, secret=secrets.token_bytes(_PASSWORD_BYTES)))


def _named(body: VariableName) -> Named:
    if body.component is None:
        return Named(key=body.name)
    variable = Variable(
        component=body.component,
        name=body.name,
        instance=body.instance,
        component_instance=body.component_instance,
        evse_id=body.evse_id,
        connector_id=body.connector_id,
        attribute=body.attribute or Attribute.ACTUAL,
    )
    return Named(variable=variable)


def _shown(setting: VariableSetting, named: Named) -> dict[str, Any]:
    shown = setting.model_dump(mode="json", exclude_none=True)
    hidden = named.secret or is_credential(setting.name)
    return shown | {"value": _MASK} if hidden else shown


BODIES = (
    CommandBody(GetVariablesBody, _get),
    CommandBody(SetVariablesBody, _set),
    CommandBody(RotatePasswordBody, _rotate),
)
