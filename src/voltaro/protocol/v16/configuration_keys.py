"""Which variable of OCPP 2.x each configuration key of 1.6 is (1.6 §9, security whitepaper §7)."""

from typing import Final

from voltaro.domain.variables import PASSWORD, Named, Variable, items_per_message
from voltaro.protocol.commands import Unspeakable

#: Of keys that 2.x has no variable for: a vendor's own, and limits that are attributes there.
_COMPONENT: Final = "Ocpp16"


def _variable(component: str, name: str, instance: str | None = None) -> Variable:
    return Variable(component=component, name=name, instance=instance)


_STANDARD: Final[dict[str, Variable]] = {
    "AdditionalRootCertificateCheck": _variable("SecurityCtrlr", "AdditionalRootCertificateCheck"),
    "AllowOfflineTxForUnknownId": _variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled"),
    "AuthorizationCacheEnabled": _variable("AuthCacheCtrlr", "Enabled"),
    "AuthorizationKey": PASSWORD,
    "AuthorizeRemoteTxRequests": _variable("AuthCtrlr", "AuthorizeRemoteStart"),
    "CertificateSignedMaxChainSize": _variable("SecurityCtrlr", "MaxCertificateChainSize"),
    "ChargeProfileMaxStackLevel": _variable("SmartChargingCtrlr", "ProfileStackLevel"),
    "ChargingScheduleAllowedChargingRateUnit": _variable("SmartChargingCtrlr", "RateUnit"),
    "ChargingScheduleMaxPeriods": _variable("SmartChargingCtrlr", "PeriodsPerSchedule"),
    "ClockAlignedDataInterval": _variable("AlignedDataCtrlr", "Interval"),
    "ConnectionTimeOut": _variable("TxCtrlr", "EVConnectionTimeOut"),
    "ConnectorSwitch3to1PhaseSupported": _variable("SmartChargingCtrlr", "Phases3to1"),
    "CpoName": _variable("SecurityCtrlr", "OrganizationName"),
    "GetConfigurationMaxKeys": items_per_message("GetVariables"),
    "HeartbeatInterval": _variable("OCPPCommCtrlr", "HeartbeatInterval"),
    "LocalAuthListEnabled": _variable("LocalAuthListCtrlr", "Enabled"),
    "LocalAuthorizeOffline": _variable("AuthCtrlr", "LocalAuthorizeOffline"),
    "LocalPreAuthorize": _variable("AuthCtrlr", "LocalPreAuthorize"),
    "MaxEnergyOnInvalidId": _variable("TxCtrlr", "MaxEnergyOnInvalidId"),
    "MeterValueSampleInterval": _variable("SampledDataCtrlr", "TxUpdatedInterval"),
    "MeterValuesAlignedData": _variable("AlignedDataCtrlr", "Measurands"),
    "MeterValuesSampledData": _variable("SampledDataCtrlr", "TxUpdatedMeasurands"),
    "ReserveConnectorZeroSupported": _variable("ReservationCtrlr", "NonEvseSpecific"),
    "ResetRetries": _variable("OCPPCommCtrlr", "ResetRetries"),
    "SecurityProfile": _variable("SecurityCtrlr", "SecurityProfile"),
    "SendLocalListMaxLength": _variable("LocalAuthListCtrlr", "ItemsPerMessage"),
    "StopTransactionOnEVSideDisconnect": _variable("TxCtrlr", "StopTxOnEVSideDisconnect"),
    "StopTransactionOnInvalidId": _variable("TxCtrlr", "StopTxOnInvalidId"),
    "StopTxnAlignedData": _variable("AlignedDataCtrlr", "TxEndedMeasurands"),
    "StopTxnSampledData": _variable("SampledDataCtrlr", "TxEndedMeasurands"),
    "SupportedFileTransferProtocols": _variable("OCPPCommCtrlr", "FileTransferProtocols"),
    "TransactionMessageAttempts": _variable("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
    "TransactionMessageRetryInterval": _variable(
        "OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"
    ),
    "UnlockConnectorOnEVSideDisconnect": _variable("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"),
    "WebSocketPingInterval": _variable("OCPPCommCtrlr", "WebSocketPingInterval"),
}
_BY_KEY: Final = {key.casefold(): variable for key, variable in _STANDARD.items()}
_BY_IDENTITY: Final = {variable.identity: key for key, variable in _STANDARD.items()}


def variable_of(key: str) -> Variable:
    """The variable that a station means by a key, in whatever case it writes it (quirk Q36)."""
    key = key.strip()
    return _BY_KEY.get(key.casefold()) or Variable(component=_COMPONENT, name=key)


def key_of(named: Named) -> str:
    """The text for a variable on the wire; the station's own where that is known.

    Raises:
        Unspeakable: 1.6 has no key for it.
    """
    if named.key is not None:
        return named.key
    variable = named.variable
    assert variable is not None
    standard = _BY_IDENTITY.get(variable.identity)
    if standard is not None:
        return standard
    if variable == Variable(component=variable.component, name=variable.name) and (
        variable.component.casefold() == _COMPONENT.casefold()
    ):
        return variable.name
    named_so = f"{variable.component}.{variable.name}"
    raise Unspeakable(f"OCPP 1.6 has no configuration key for {named_so}", "variables")
