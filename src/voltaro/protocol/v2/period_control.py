"""What a period does beside limiting, in words of 2.1 (ChargingSchedulePeriodType)."""

from typing import Any, Final

from voltaro.domain.period_control import (
    RATES,
    FrequencyPoint,
    OperationMode,
    PeriodControl,
    SignalPoint,
)
from voltaro.protocol.amounts import are_usual, are_usual_rates, plain
from voltaro.protocol.wire import v21 as wire

_MODES: Final[dict[OperationMode, wire.OperationModeEnumType]] = {
    OperationMode.IDLE: "Idle",
    OperationMode.CHARGING_ONLY: "ChargingOnly",
    OperationMode.CENTRAL_SETPOINT: "CentralSetpoint",
    OperationMode.EXTERNAL_SETPOINT: "ExternalSetpoint",
    OperationMode.EXTERNAL_LIMITS: "ExternalLimits",
    OperationMode.CENTRAL_FREQUENCY: "CentralFrequency",
    OperationMode.LOCAL_FREQUENCY: "LocalFrequency",
    OperationMode.LOCAL_LOAD_BALANCING: "LocalLoadBalancing",
}
_MODE_OF: Final = {word: mode for mode, word in _MODES.items()}


def control_fields(control: PeriodControl | None) -> dict[str, Any]:
    """The fields of a ChargingSchedulePeriodType that say it."""
    if control is None:
        return {}
    mode = control.operation_mode
    rates = {name: getattr(control, name) for name in RATES}
    return {name: plain(rate) for name, rate in rates.items() if rate is not None} | {
        "operation_mode": _MODES[mode] if mode is not None else None,
        "preconditioning_request": control.preconditioning_request,
        "evse_sleep": control.evse_sleep,
        "v2x_freq_watt_curve": [
            wire.V2XFreqWattPointType(frequency=plain(each.frequency), power=plain(each.power))
            for each in control.v2x_freq_watt_curve
        ]
        or None,
        "v2x_signal_watt_curve": [
            wire.V2XSignalWattPointType(signal=each.signal, power=plain(each.power))
            for each in control.v2x_signal_watt_curve
        ]
        or None,
    }


def can_be_held(period: wire.ChargingSchedulePeriodType) -> bool:
    """Whether its numbers are such that they can be kept, and its mode is one that exists."""
    curve, signals = period.v2x_freq_watt_curve or (), period.v2x_signal_watt_curve or ()
    rates = [getattr(period, name) for name in RATES]
    rates += [rate for each in curve for rate in (each.frequency, each.power)]
    rates += [each.power for each in signals]
    known = period.operation_mode is None or period.operation_mode in _MODE_OF
    return known and are_usual_rates(rates) and are_usual(each.signal for each in signals)


def read_control(period: wire.ChargingSchedulePeriodType) -> PeriodControl | None:
    """The control of a period; None where it only limits."""
    mode = period.operation_mode
    control = PeriodControl(
        operation_mode=_MODE_OF[mode] if mode is not None else None,
        preconditioning_request=period.preconditioning_request,
        evse_sleep=period.evse_sleep,
        v2x_freq_watt_curve=tuple(
            FrequencyPoint(frequency=each.frequency, power=each.power)
            for each in period.v2x_freq_watt_curve or ()
        ),
        v2x_signal_watt_curve=tuple(
            SignalPoint(signal=each.signal, power=each.power)
            for each in period.v2x_signal_watt_curve or ()
        ),
        **{name: getattr(period, name) for name in RATES},
    )
    return control if control != PeriodControl() else None
