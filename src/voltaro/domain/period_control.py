"""What a charging period does beside limiting: set points, discharging, modes (2.1 blocks K and Q)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class OperationMode(StrEnum):
    """Who decides about power in a period (2.1 OperationModeEnumType)."""

    IDLE = "idle"
    CHARGING_ONLY = "charging_only"
    CENTRAL_SETPOINT = "central_setpoint"
    EXTERNAL_SETPOINT = "external_setpoint"
    EXTERNAL_LIMITS = "external_limits"
    CENTRAL_FREQUENCY = "central_frequency"
    LOCAL_FREQUENCY = "local_frequency"
    LOCAL_LOAD_BALANCING = "local_load_balancing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyPoint:
    """At this frequency of the grid (Hz) so much power (W)."""

    frequency: Decimal
    power: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPoint:
    """At this aFRR signal so much power (W)."""

    signal: int
    power: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodControl:
    """Rates are in the unit of their schedule; what the vehicle gives back is negative.

    The names are those of ChargingSchedulePeriodType; `l2` and `l3` are of the other phases, where
    the value without is that of the first.
    """

    operation_mode: OperationMode | None = None
    limit_l2: Decimal | None = None
    limit_l3: Decimal | None = None
    discharge_limit: Decimal | None = None
    discharge_limit_l2: Decimal | None = None
    discharge_limit_l3: Decimal | None = None
    setpoint: Decimal | None = None
    setpoint_l2: Decimal | None = None
    setpoint_l3: Decimal | None = None
    setpoint_reactive: Decimal | None = None
    setpoint_reactive_l2: Decimal | None = None
    setpoint_reactive_l3: Decimal | None = None
    preconditioning_request: bool | None = None
    evse_sleep: bool | None = None
    v2x_baseline: Decimal | None = None
    v2x_freq_watt_curve: tuple[FrequencyPoint, ...] = ()
    v2x_signal_watt_curve: tuple[SignalPoint, ...] = ()


#: The fields of a control that are rates.
RATES = (
    "limit_l2",
    "limit_l3",
    "discharge_limit",
    "discharge_limit_l2",
    "discharge_limit_l3",
    "setpoint",
    "setpoint_l2",
    "setpoint_l3",
    "setpoint_reactive",
    "setpoint_reactive_l2",
    "setpoint_reactive_l3",
    "v2x_baseline",
)
